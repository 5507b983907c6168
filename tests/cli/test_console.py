"""Events as shown to people and to programs."""

import json

import pytest

from marvin.cli.console import event_printer, json_printer
from marvin.events import (
    Armed,
    AudioLost,
    Event,
    Heard,
    Replied,
    ServerBack,
    ServerLost,
    StateChanged,
    TurnFinished,
)
from marvin.state import State, Trigger

EVENTS: list[Event] = [
    Armed("marvin", 3.84),
    StateChanged(State.IDLE, State.LISTENING, Trigger.WAKE_WORD, 1.5),
    Heard("my [secret] plan", 0.81234567),
    Replied("It is noon."),
    TurnFinished("answered", 0.93, 1.1, 0.7, 0.05, 0.002, 0.084, 1.9),
]


def test_each_event_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    for event in EVENTS:
        event_printer(print, private=False)(event)
    lines = capsys.readouterr().out.splitlines()
    assert lines == [
        "armed after 3.8 s: say marvin",
        "    1.50 s  idle → listening  wake word",
        "            heard  my [secret] plan",
        "            says   It is noon.",
        "            turn   answered: wake 0.93 · speech 1.10 s · endpoint 0.70 s · stt 50 ms"
        " · first token 2 ms · first audio 84 ms · total 1.90 s",
    ]


@pytest.mark.parametrize(("speaker", "shown"), [("Anna", "Anna"), ("", "somebody")])
def test_speaker_is_shown_but_not_logged(
    capsys: pytest.CaptureFixture[str], speaker: str, shown: str
) -> None:
    for private in (False, True):
        event_printer(print, private=private)(Heard("hello", 1.0, speaker))
    assert capsys.readouterr().out == (
        f"            heard  hello  {shown}\n            heard  (5 characters)\n"
    )


def test_lost_audio_is_shown_only_if_there_is_some(capsys: pytest.CaptureFixture[str]) -> None:
    for seconds in (0.0, 0.04, 0.05, 1.0):
        event_printer(print, private=False)(AudioLost(seconds))
    assert capsys.readouterr().out.split("\n") == ["0.1 s of audio lost", "1.0 s of audio lost", ""]


def test_lost_server_and_its_return_are_shown(capsys: pytest.CaptureFixture[str]) -> None:
    for event in (ServerLost("wake", "tcp://a:1", "no answer"), ServerBack("wake", "tcp://a:1", 3)):
        event_printer(print, private=True)(event)
    assert capsys.readouterr().out.splitlines() == [
        "wake is off: no answer; looking for the server",
        "wake works again: the server tcp://a:1 is back after 3.0 s",
    ]


def test_log_output_contains_nothing_that_was_said(capsys: pytest.CaptureFixture[str]) -> None:
    for event in EVENTS:
        event_printer(print, private=True)(event)
    text = capsys.readouterr().out
    assert "secret" not in text
    assert "noon" not in text
    assert "heard  (16 characters)" in text


def test_each_event_is_one_line_of_json(capsys: pytest.CaptureFixture[str]) -> None:
    for event in EVENTS:
        json_printer(print)(event)
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert lines[1] == {
        "event": "state_changed",
        "before": "idle",
        "after": "listening",
        "cause": "wake word",
        "at_s": 1.5,
    }
    assert lines[2] == {
        "event": "heard",
        "text": "my [secret] plan",
        "confidence": 0.8123,
        "speaker": None,
    }
    assert lines[4]["event"] == "turn_finished"
    assert lines[4]["first_audio_s"] == 0.084
