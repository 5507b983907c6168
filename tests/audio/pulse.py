"""A separate PulseAudio daemon whose speaker is wired to its microphone.

Other tests use it with `from tests.audio.pulse import pulse`. It is started once per session;
PortAudio in this process sees it as the devices `pulse` and `default`.
"""

import contextlib
import ctypes.util
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

_ALSA = """\
pcm.!default { type pulse }
ctl.!default { type pulse }
pcm.pulse { type pulse }
ctl.pulse { type pulse }
"""
_START_S = 300.0


class Pulse:
    """A daemon that can be killed and restarted."""

    def __init__(self, folder: Path) -> None:
        self._socket = folder / "native"
        self.environment = {
            "HOME": str(folder),
            "XDG_RUNTIME_DIR": str(folder),
            "XDG_CONFIG_HOME": str(folder),
            "PULSE_SERVER": f"unix:{self._socket}",
            "PULSE_COOKIE": f"{folder}/cookie",
        }
        """The environment that a process needs to find it."""
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def start(self) -> None:
        """Start it and wait until it is usable; skips the test where it cannot be started."""
        self._process = _daemon(self.environment, self._socket)
        self.environment["ALSA_CONFIG_PATH"] = str(self._socket.with_name("asound.conf"))
        _wait(self, self._process)

    def kill(self) -> None:
        """Kill it at once."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def control(self, *arguments: str) -> str:
        """Run pactl, for example `control("set-sink-mute", "speaker", "1")`."""
        return subprocess.run(
            ["pactl", *arguments],
            env={**os.environ, **self.environment},
            capture_output=True,
            text=True,
            timeout=300,
            check=True,
        ).stdout


def missing() -> str:
    """What the machine lacks to run it; empty if nothing."""
    for program in ("pulseaudio", "pactl"):
        if shutil.which(program) is None:
            return f"{program} is not installed"
    if ctypes.util.find_library("portaudio") is None:
        return "libportaudio2 is not installed"
    if not list(Path("/usr/lib").glob("**/alsa-lib/libasound_module_pcm_pulse.so")):
        return "libasound2-plugins is not installed"
    return ""


@pytest.fixture(scope="session")
def pulse() -> Iterator[Pulse]:
    """A daemon shared by all tests, with the sink `speaker` and the source `microphone` as
    defaults.
    """
    with running() as sound, pytest.MonkeyPatch.context() as patch:
        use(sound, patch)
        _restart_portaudio()
        yield sound


@pytest.fixture
def pulse_of_my_own(pulse: Pulse, monkeypatch: pytest.MonkeyPatch) -> Iterator[Pulse]:
    """A daemon that the test may kill."""
    with running() as sound:
        use(sound, monkeypatch)
        yield sound


def use(sound: Pulse, patch: pytest.MonkeyPatch) -> None:
    """Make this process use that daemon from now on."""
    for key in ("PULSE_SERVER", "PULSE_COOKIE", "ALSA_CONFIG_PATH"):
        patch.setenv(key, sound.environment[key])


@contextlib.contextmanager
def running() -> Iterator[Pulse]:
    """A running daemon; skips the test where there is none."""
    if reason := missing():
        pytest.skip(f"no virtual sound card: {reason}")
    # Not tmp_path: a socket path has at most 108 bytes.
    with tempfile.TemporaryDirectory(prefix="marvin-", ignore_cleanup_errors=True) as name:
        (Path(name) / "asound.conf").write_text(_ALSA)
        sound = Pulse(Path(name))
        try:
            sound.start()
            yield sound
        finally:
            sound.kill()


def _daemon(environment: dict[str, str], socket: Path) -> "subprocess.Popen[bytes]":
    modules = (
        "module-null-sink sink_name=speaker rate=48000 channels=2 norewinds=1",
        "module-remap-source master=speaker.monitor source_name=microphone",
        f"module-native-protocol-unix socket={socket} auth-anonymous=1",
    )
    options = ["-n", "--daemonize=no", "--exit-idle-time=-1", "--use-pid-file=no"]
    options += ["--disable-shm=yes", "--realtime=no", "--high-priority=no", "--log-level=error"]
    socket.unlink(missing_ok=True)
    # The user's own daemon may be running too; this one has a separate home and socket.
    clean = {key: value for key, value in os.environ.items() if not key.startswith("PULSE_")}
    return subprocess.Popen(
        ["pulseaudio", *options, *(f"--load={module}" for module in modules)],
        env={**clean, **{k: v for k, v in environment.items() if not k.startswith("PULSE_")}},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def _wait(sound: Pulse, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + _START_S
    while process.poll() is None and time.monotonic() < deadline:
        try:
            sound.control("set-default-sink", "speaker")
            sound.control("set-default-source", "microphone")
        except (subprocess.CalledProcessError, subprocess.TimeoutExpired):
            time.sleep(0.05)
        else:
            return
    pytest.skip("no virtual sound card: pulseaudio does not start here")


def _restart_portaudio() -> None:
    """PortAudio lists devices once, on import, possibly before the daemon was running."""
    import sounddevice

    sounddevice._terminate()
    sounddevice._initialize()
