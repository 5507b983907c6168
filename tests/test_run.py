"""The real `marvin run` on the project's recordings: whole turns, signals, files."""

import json
import signal
import subprocess
import sys
import time
import wave
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.paths import SAMPLES

QUESTION = SAMPLES / "what_time_is_it.wav"

Event = dict[str, object]


class Run:
    """`marvin run` in a separate process."""

    def __init__(self, folder: Path, *arguments: str, config: str = "") -> None:
        self.reply = folder / "reply.wav"
        (folder / "models.toml").write_text(config)
        self._process = subprocess.Popen(
            [sys.executable, "-m", "marvin", "run", "--json", "--config",
             str(folder / "models.toml"), "--output", str(self.reply), *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={"PATH": "/usr/bin:/bin", "HOME": str(folder), "XDG_STATE_HOME": str(folder)},
        )  # fmt: skip
        self.events: list[Event] = []

    def __iter__(self) -> Iterator[Event]:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            event: Event = json.loads(line)
            self.events.append(event)
            yield event

    def until(self, wanted: Callable[[Event], bool]) -> None:
        assert any(wanted(event) for event in self), self.end()

    def end(self) -> str:
        """Read to the end; returns standard error."""
        _, errors = self._process.communicate(timeout=300)
        return errors

    def stop(self, number: signal.Signals) -> int:
        """The exit code; does not wait for slower processes."""
        self._process.send_signal(number)
        self.end()
        return self._process.returncode

    def states(self) -> list[object]:
        return [event["after"] for event in self.events if event["event"] == "state_changed"]

    def texts(self, kind: str) -> list[object]:
        return [event["text"] for event in self.events if event["event"] == kind]

    def reply_s(self) -> float:
        with wave.open(str(self.reply)) as file:
            assert file.getnchannels() == 1
            return float(file.getnframes() / file.getframerate())


def whole_run(folder: Path, *arguments: str, config: str = "", complaint: str = "") -> Run:
    run = Run(folder, *arguments, config=config)
    list(run)
    errors = run.end()
    assert run._process.returncode == 0, errors
    if complaint:
        assert complaint in errors
    else:
        assert errors == ""
    return run


TURN = ["listening", "thinking", "speaking", "idle"]


@pytest.mark.parametrize(
    ("sample", "heard", "said"),
    [
        ("what_time_is_it", ["what time is it"], "It is"),
        ("set_a_timer", ["set a pasta timer for ten minutes"], "10 minutes"),
        ("arithmetic", ["what is seven times twelve"], "84"),
        ("one_breath", ["what day is it"], "day"),
        ("two_questions", ["what is the date", "what can you do"], "You can"),
    ],
)
def test_every_recorded_question_is_answered(
    sample: str, heard: list[str], said: str, tmp_path: Path
) -> None:
    run = whole_run(tmp_path, "--input", str(SAMPLES / f"{sample}.wav"))
    assert [state for state in run.states() if state == "speaking"] == ["speaking"] * len(heard)
    assert run.states()[-1] == "idle"
    assert [text for text in run.texts("heard") if text] == heard
    assert said in " ".join(map(str, run.texts("replied")))
    assert run.reply_s() > 0.5


def test_wake_word_and_then_nothing(tmp_path: Path) -> None:
    run = whole_run(tmp_path, "--input", str(SAMPLES / "wake_word_and_silence.wav"))
    assert run.states()[0] == "listening"
    assert run.states()[-1] == "idle"
    assert run.texts("replied") == []
    assert run.reply_s() == 0


def test_speech_not_addressed_to_marvin_is_ignored(tmp_path: Path) -> None:
    run = whole_run(tmp_path, "--input", str(SAMPLES / "not_for_me.wav"))
    assert run.states() == []


def test_turn_reports_where_its_time_went(tmp_path: Path) -> None:
    run = whole_run(tmp_path, "--input", str(QUESTION))
    turn = next(event for event in reversed(run.events) if event["event"] == "turn_finished")
    assert turn["outcome"] == "answered"
    times = [turn[name] for name in ("stt_s", "first_token_s", "first_audio_s", "total_s")]
    assert all(isinstance(one, float) and one >= 0 for one in times)
    # Less than the 0.7 s of `turn.silence_s`, because the skill understands it.
    assert turn["endpoint_s"] == pytest.approx(0.48, abs=0.05)


SLOW = '[[skills.commands]]\nsentences = ["what time is it"]\nrun = ["sleep", "3000"]\n'
SLOW += "timeout_s = 300\n"
LONG = '[[skills.commands]]\nsentences = ["what time is it"]\nsay = "' + "Very long. " * 60 + '"\n'


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["SIGINT", "SIGTERM"])
@pytest.mark.parametrize(
    ("state", "config"),
    [("armed", ""), ("listening", ""), ("thinking", SLOW), ("speaking", LONG)],
    ids=lambda value: value if value.isalpha() else "",
)
def test_signal_ends_it_cleanly_in_every_state(
    state: str, config: str, number: signal.Signals, tmp_path: Path
) -> None:
    run = Run(tmp_path, "--realtime", "--input", str(QUESTION), config=config)
    run.until(lambda event: state in (event["event"], event.get("after")))
    if state == "speaking":
        while run.reply_s() == 0:
            time.sleep(0.01)
    assert run.stop(number) == 0
    assert (run.reply_s() > 0) == (state == "speaking")


def test_timer_of_a_recording_is_forgotten_with_it(tmp_path: Path) -> None:
    run = whole_run(tmp_path, "--input", str(SAMPLES / "set_a_timer.wav"))
    assert run.texts("replied") == ["Pasta timer set for 10 minutes."]
    assert list(tmp_path.rglob("timers.*")) == []


def test_closed_terminal_ends_it_cleanly(tmp_path: Path) -> None:
    run = Run(tmp_path, "--realtime", "--input", str(QUESTION))
    run.until(lambda event: event["event"] == "armed")
    assert run.stop(signal.SIGHUP) == 0


def test_signal_during_loading_ends_it(tmp_path: Path) -> None:
    run = Run(tmp_path, "--realtime", "--input", str(QUESTION))
    time.sleep(0.8)
    assert run.stop(signal.SIGTERM) in (0, -signal.SIGTERM)


def test_missing_model_is_named(tmp_path: Path) -> None:
    run = Run(tmp_path, "--input", str(QUESTION), config='[wake]\nmodel = "/no/such/model"\n')
    errors = run.end()
    assert run._process.returncode == 1
    assert "/no/such/model" in errors
    assert "wake.model" in errors
    assert "Traceback" not in errors
