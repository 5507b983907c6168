"""`marvin run` with a virtual sound card and a simulated systemd."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from itertools import pairwise
from pathlib import Path

from benchmarks.robustness.breakable import BrokenError, Fault
from tests.audio.pulse import Pulse

ROOT = Path(__file__).resolve().parents[2]
NOISE_DBFS = -55.0
WATCHDOG_S = 8.0
_START_S = 60.0
_ANSWER_S = 25.0


class Room:
    """The microphone hears the speaker and some noise."""

    def __init__(self, pulse: Pulse, folder: Path, config: str) -> None:
        self.pulse = pulse
        self.folder = folder
        self.events: list[tuple[float, dict[str, object]]] = []
        """Events with their monotonic times."""
        self.fed: list[float] = []
        """Times of watchdog feeds."""
        self._heard: list[float] = []
        """Wall-clock times of heard chunks."""
        self._noise: subprocess.Popen[bytes] | None = None
        (folder / "marvin").mkdir(exist_ok=True)
        (folder / "marvin" / "models.toml").write_text(config)
        self._notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._notify.bind(str(folder / "notify"))
        threading.Thread(target=self._listen_to_notify, daemon=True).start()
        threading.Thread(target=self._watch_the_ear, daemon=True).start()
        self.process: subprocess.Popen[str]
        self.start()

    def start(self) -> None:
        """Start Marvin and wait until it hears."""
        environment = {
            **os.environ,
            **self.pulse.environment,
            "XDG_CONFIG_HOME": str(self.folder),
            "XDG_STATE_HOME": str(self.folder),
            "BREAK_FOLDER": str(self.folder),
            "NOTIFY_SOCKET": str(self.folder / "notify"),
            "WATCHDOG_USEC": str(round(WATCHDOG_S * 1e6)),
            "PYTHONPATH": str(ROOT),
        }
        self.make_noise()
        began = time.time()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.robustness.breakable", "run", "--json"],
            stdout=subprocess.PIPE,
            stderr=(self.folder / "stderr").open("wb"),
            text=True,
            env=environment,
        )
        threading.Thread(target=self._read, args=(self.process,), daemon=True).start()
        if self.heard_after(began, _START_S) is None:
            raise SystemExit(f"marvin run does not start: {self.complaint()}")

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        self.hush()
        self._notify.close()

    # Actions

    def make_noise(self) -> None:
        """Start the noise, again after a restart of the sound server."""
        self.hush()
        self._noise = self._play(self.folder / "noise.wav")

    def hush(self) -> None:
        """Stop the noise."""
        if self._noise is not None:
            self._noise.kill()
            self._noise.wait()

    def ask(self, sample: str = "what_time_is_it") -> str:
        """Play a question; returns the outcome of the turn."""
        since = time.monotonic()
        self._play(ROOT / "samples" / f"{sample}.wav").wait(_ANSWER_S)
        turn = self.event_after(since, "turn_finished", _ANSWER_S)
        return "nothing" if turn is None else str(turn["outcome"])

    def tell(self, fault: Fault) -> None:
        """Trigger a fault."""
        (self.folder / fault.value).touch()

    def send(self, number: signal.Signals) -> None:
        """Send a signal."""
        self.process.send_signal(number)

    # Observations

    def heard_after(self, moment: float, limit_s: float) -> float | None:
        """Seconds from `moment` to the next heard chunk; None if there was none."""

        def found() -> float | None:
            return next((at - moment for at in self._heard if at > moment), None)

        self.wait(lambda: found() is not None, moment + limit_s - time.time())
        return found()

    def deaf_since(self, moment: float) -> float:
        """The longest time without a chunk since `moment`, in seconds."""
        heard = [moment, *(at for at in self._heard if at > moment), time.time()]
        return max(after - before for before, after in pairwise(heard))

    def event_after(self, moment: float, name: str, limit_s: float) -> dict[str, object] | None:
        """The first event of this name after a monotonic time."""

        def found() -> dict[str, object] | None:
            return next((e for at, e in self.events if at > moment and e["event"] == name), None)

        self.wait(lambda: found() is not None, limit_s)
        return found()

    def wait(self, condition: Callable[[], bool], limit_s: float) -> bool:
        """Wait for the condition, the end of the process or the limit; returns the condition."""
        ends = time.monotonic() + limit_s
        while not condition() and time.monotonic() < ends and self.process.poll() is None:
            time.sleep(0.02)
        return condition()

    def state(self) -> str:
        """State of the assistant."""
        changes = [event for _, event in self.events if event["event"] == "state_changed"]
        return str(changes[-1]["after"]) if changes else "idle"

    def wakes(self) -> int:
        """Number of wake-ups."""
        return sum(event["event"] == "wake_word_heard" for _, event in self.events)

    def log(self) -> str:
        """The content of stderr."""
        return (self.folder / "stderr").read_text(errors="replace")

    def complaint(self) -> str:
        """The error message, otherwise the last line."""
        lines = self.log().strip().splitlines()
        last = lines[-1] if lines else ""
        return next((line for line in lines if line.startswith("marvin: ")), last)

    def traceback(self) -> bool:
        """Whether there is a traceback, apart from injected bugs."""
        log = self.log()
        return log.count("Traceback") > log.count(f"{BrokenError.__name__}: ")

    def _play(self, path: Path) -> "subprocess.Popen[bytes]":
        return subprocess.Popen(
            ["paplay", "--device=speaker", str(path)],
            env={**os.environ, **self.pulse.environment},
            stderr=subprocess.DEVNULL,
        )

    def _read(self, process: "subprocess.Popen[str]") -> None:
        assert process.stdout is not None
        for line in process.stdout:
            self.events.append((time.monotonic(), json.loads(line)))

    def _watch_the_ear(self) -> None:
        path = self.folder / "heard"
        while self._notify.fileno() >= 0:
            with suppress(FileNotFoundError):
                if (at := path.stat().st_mtime) not in self._heard[-1:]:
                    self._heard.append(at)
            time.sleep(0.01)

    def _listen_to_notify(self) -> None:
        while True:
            try:
                message = self._notify.recv(4096)
            except OSError:
                return
            if b"WATCHDOG=1" in message:
                self.fed.append(time.monotonic())
