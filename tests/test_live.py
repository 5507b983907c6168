"""`marvin run` with a microphone, a speaker, and the echo of its own voice."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.audio.pulse import Pulse
from tests.audio.pulse import pulse as pulse
from tests.paths import SAMPLES


@pytest.fixture
def room(pulse: Pulse, tmp_path: Path) -> Iterator["Room"]:
    """Marvin in a room where the microphone hears the speaker."""
    room = Room(pulse, tmp_path)
    yield room
    room.process.kill()
    room.process.communicate()


class Room:
    def __init__(self, pulse: Pulse, folder: Path) -> None:
        self._environment = {
            **os.environ,
            **pulse.environment,
            "XDG_CONFIG_HOME": str(folder),
            "XDG_STATE_HOME": str(folder),
        }
        self.process = subprocess.Popen(
            [sys.executable, "-m", "marvin", "run", "--json"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=self._environment,
        )
        self.events: list[dict[str, object]] = []

    def configure(self, text: str) -> None:
        file = Path(self._environment["XDG_CONFIG_HOME"]) / "marvin" / "models.toml"
        file.parent.mkdir(exist_ok=True)
        file.write_text(text)

    def until(self, name: str, value: object) -> dict[str, object]:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            event: dict[str, object] = json.loads(line)
            self.events.append(event)
            if event.get(name) == value:
                return event
        raise AssertionError(f"{name} {value} never arrived: {self.process.communicate()[1]}")

    def marvin(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, "-m", "marvin", *arguments],
            capture_output=True,
            text=True,
            env=self._environment,
            timeout=300,
        )

    def play(self, sample: str) -> None:
        subprocess.run(
            ["paplay", str(SAMPLES / f"{sample}.wav")], env=self._environment, check=True
        )


def test_spoken_question_is_answered_and_the_answer_does_not_wake(room: Room) -> None:
    room.until("event", "armed")
    room.play("what_time_is_it")
    turn = room.until("event", "turn_finished")
    assert turn["outcome"] == "answered"
    room.until("after", "idle")
    heard = [event["text"] for event in room.events if event["event"] == "heard"]
    assert heard == ["what time is it"]

    # It is armed again, and its own voice did not wake it.
    room.play("arithmetic")
    turn = room.until("event", "turn_finished")
    assert turn["outcome"] == "answered"
    wakes = [event for event in room.events if event["event"] == "wake_word_heard"]
    assert len(wakes) == 2

    room.process.send_signal(signal.SIGTERM)
    assert room.process.wait(timeout=300) == 0


def test_other_programs_can_control_it_and_a_second_marvin_is_refused(room: Room) -> None:
    room.until("event", "armed")
    status = json.loads(room.marvin("status", "--json").stdout)
    assert (status["state"], status["muted"]) == ("idle", False)
    assert status["devices"]["input"]["device"]
    assert room.marvin("say", "Dinner is ready.").returncode == 0
    room.until("text", "Dinner is ready.")
    assert room.marvin("listen").returncode == 0
    room.until("after", "listening")
    assert room.marvin("stop").returncode == 0
    room.until("cause", "told to stop")
    second = room.marvin("run")
    assert second.returncode == 1
    assert f"another Marvin (process {room.process.pid})" in second.stderr
    room.configure('[audio]\noutput = "pulse"\n')
    assert room.marvin("reload").returncode == 0
    room.until("event", "armed")
    room.configure('[audio]\noutput = "no such speaker"\n')
    refused = room.marvin("reload")
    assert (refused.returncode, "no such speaker" in refused.stderr) == (78, True)
    assert room.marvin("say", "Dinner is cold.").returncode == 0
    status = json.loads(room.marvin("status", "--json").stdout)
    assert status["devices"]["output"]["device"] == "pulse"
    room.process.send_signal(signal.SIGTERM)
    assert room.process.wait(300) == 0
