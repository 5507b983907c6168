"""Device events as shown to people and to other programs."""

import json

import pytest

from marvin.cli.console import event_printer, json_printer
from marvin.events import DeviceBack, DeviceLost, DeviceSilent, Event

EVENTS: list[Event] = [
    DeviceLost("input", "USB [Mic]", "it has sent nothing for 2 s"),
    DeviceBack("output", "USB Speaker", 12.345),
    DeviceSilent("USB [Mic]", 10.04, over=False),
    DeviceSilent("USB [Mic]", 25.0, over=True),
]


def test_each_event_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    print_event = event_printer(print, private=True)
    for event in EVENTS:
        print_event(event)
    assert capsys.readouterr().out.splitlines() == [
        "the microphone 'USB [Mic]' is lost: it has sent nothing for 2 s; looking for it",
        "the loudspeaker 'USB Speaker' is back after 12.3 s",
        "the microphone 'USB [Mic]' has sent only zeros for 10 s: is it muted?",
        "the microphone 'USB [Mic]' hears something again",
    ]


def test_each_event_is_one_line_of_json(capsys: pytest.CaptureFixture[str]) -> None:
    print_event = json_printer(print)
    for event in EVENTS[1:3]:
        print_event(event)
    assert [json.loads(line) for line in capsys.readouterr().out.splitlines()] == [
        {"event": "device_back", "direction": "output", "device": "USB Speaker", "away_s": 12.345},
        {"event": "device_silent", "device": "USB [Mic]", "seconds": 10.04, "over": False},
    ]
