"""Messages to systemd, on a clock moved by hand."""

import math
from collections.abc import Iterator

import pytest

from marvin.events import (
    Armed,
    DeviceBack,
    DeviceLost,
    DeviceSilent,
    Heard,
    ServerBack,
    ServerLost,
    StateChanged,
)
from marvin.service.systemd.notify import Notify
from marvin.service.systemd.supervision import LOADING_S, Supervision
from marvin.service.systemd.watchdog import AWAY_S
from marvin.state import State, Trigger
from tests.service.systemd.fake_loop import FakeLoop, FakeNotify

ARMED = Armed("marvin", 4.0)
LOST = DeviceLost("input", "USB microphone", "it has sent nothing for 1 s")


class Told:
    """A supervision with its loop and its messages."""

    def __init__(self, watchdog_s: float = 30.0) -> None:
        self.loop = FakeLoop()
        self.notify = FakeNotify()
        self.supervision = Supervision(self.notify, watchdog_s, self.loop.clock)

    def hear_for(self, seconds: float) -> None:
        """Hear one chunk per second."""
        for _ in range(round(seconds)):
            self.supervision.heard()
            self.loop.advance(1.0)

    def fed(self) -> int:
        return self.notify.sent.count("WATCHDOG")


@pytest.fixture
def told() -> Iterator[Told]:
    told = Told()
    with told.supervision.running(told.loop):
        yield told


def armed(told: Told) -> None:
    told.supervision.report(ARMED)
    told.supervision.heard()


def test_ready_is_sent_once_after_the_armed_ear_has_heard_audio(told: Told) -> None:
    told.supervision.heard()
    assert "READY" not in told.notify.sent, "not armed"
    told.supervision.report(ARMED)
    assert "READY" not in told.notify.sent, "armed, but nothing was heard"
    told.hear_for(3)
    assert told.notify.sent.count("READY") == 1
    assert told.notify.said[-1] == 'listening for "marvin"'


def test_loading_extends_the_start_timeout(told: Told) -> None:
    told.loop.advance(100.0)
    assert told.notify.sent.count("EXTEND_TIMEOUT_USEC") == 21
    armed(told)
    told.loop.advance(100.0)
    assert told.notify.sent.count("EXTEND_TIMEOUT_USEC") == 21


def test_endless_loading_is_not_extended_for_ever(told: Told) -> None:
    told.loop.advance(10 * LOADING_S)
    assert told.notify.sent.count("EXTEND_TIMEOUT_USEC") == LOADING_S / 5.0
    assert told.loop.pending() == 0


def test_missing_microphone_is_waited_for_less_long(told: Told) -> None:
    told.supervision.report(ARMED)
    told.loop.advance(10 * LOADING_S)
    assert told.notify.sent.count("EXTEND_TIMEOUT_USEC") == AWAY_S / 5.0
    assert "READY" not in told.notify.sent


def test_watchdog_is_fed_while_audio_is_heard(told: Told) -> None:
    armed(told)
    told.hear_for(60)
    assert told.fed() == 8
    told.loop.advance(3600.0)
    assert told.fed() == 8, "an hour of nothing"
    told.hear_for(8)
    assert told.fed() == 9, "it is fed again as soon as audio is heard"


def test_outage_of_a_device_feeds_the_watchdog_but_not_for_ever(told: Told) -> None:
    armed(told)
    told.supervision.report(LOST)
    assert told.notify.said[-1] == "deaf: USB microphone is gone; looking for it"
    for _ in range(1000):
        told.loop.advance(1.0)
        told.supervision.report(LOST)
    assert told.fed() == AWAY_S / 7.5 - 1


def test_audio_ends_an_outage(told: Told) -> None:
    armed(told)
    told.supervision.report(LOST)
    told.loop.advance(50.0)
    told.supervision.heard()
    assert told.notify.said[-1] == 'listening for "marvin"'
    fed = told.fed()
    told.supervision.report(LOST)
    told.loop.advance(50.0)
    assert told.fed() >= fed + 6, "the next one has its own minute"


def test_state_change_does_not_hide_deafness(told: Told) -> None:
    armed(told)
    told.supervision.report(StateChanged(State.IDLE, State.LISTENING, Trigger.WAKE_WORD, 1.0))
    assert told.notify.said[-1] == "listening"
    told.supervision.report(LOST)
    told.supervision.report(StateChanged(State.LISTENING, State.IDLE, Trigger.NO_SPEECH, 9.0))
    assert told.notify.said[-1] == "deaf: USB microphone is gone; looking for it"
    told.supervision.heard()
    assert told.notify.said[-1] == 'listening for "marvin"'


def test_reconnected_device_alone_does_not_end_an_outage(told: Told) -> None:
    armed(told)
    told.supervision.report(LOST)
    told.supervision.report(DeviceBack("input", "USB microphone", 3.0))
    assert told.notify.said[-1].startswith("deaf:"), "nothing has been heard yet"


def test_lost_loudspeaker_and_silent_microphone_are_shown(told: Told) -> None:
    armed(told)
    told.supervision.report(DeviceLost("output", "HDMI", "unplugged"))
    assert told.notify.said[-1] == 'listening for "marvin"; no loudspeaker: HDMI is gone'
    told.supervision.report(DeviceSilent("USB microphone", 10.0, over=False))
    assert told.notify.said[-1].endswith("; USB microphone sends only zeros: is it muted?")
    told.supervision.report(DeviceBack("output", "HDMI", 3.0))
    told.supervision.report(DeviceSilent("USB microphone", 0.0, over=True))
    assert told.notify.said[-1] == 'listening for "marvin"'


@pytest.mark.parametrize(("stage", "what"), [("wake", "deaf"), ("satellite", "no answers")])
def test_lost_server_is_shown(told: Told, stage: str, what: str) -> None:
    armed(told)
    told.supervision.report(ServerLost(stage, "tcp://nas:10400", "no answer"))
    assert f"{what}: the server tcp://nas:10400 is gone" in told.notify.said[-1]
    told.supervision.report(ServerBack(stage, "tcp://nas:10400", 3.0))
    assert told.notify.said[-1] == 'listening for "marvin"'


def test_speech_never_appears_in_the_status(told: Told) -> None:
    armed(told)
    told.supervision.report(Heard("what is my blood pressure", 1.0))
    assert "blood" not in " ".join(told.notify.said)


def test_only_a_supervised_daemon_gives_up_on_a_lost_microphone(told: Told) -> None:
    assert told.supervision.patience_s == AWAY_S
    assert Supervision(Notify(), 0.0).patience_s == math.inf


def test_muted_microphone_is_shown_and_feeds_the_watchdog(told: Told) -> None:
    armed(told)
    told.supervision.muted(True)
    assert told.notify.said[-1] == "muted"
    told.hear_for(30)
    assert told.fed() == 4
    told.supervision.muted(False)
    assert told.notify.said[-1] == 'listening for "marvin"'


def test_reload_ends_when_the_ear_hears_again(told: Told) -> None:
    armed(told)
    told.supervision.report(StateChanged(State.IDLE, State.SPEAKING, Trigger.ANNOUNCEMENT, 1.0))
    told.supervision.reloading()
    told.supervision.heard()
    assert told.notify.sent[-2:] == ["RELOADING", "EXTEND_TIMEOUT_USEC"], (
        "the last chunk of the old ear"
    )
    # Longer than the watchdog's limit, which has been extended.
    told.loop.advance(100.0)
    assert told.notify.sent[-20:] == ["EXTEND_TIMEOUT_USEC"] * 20
    armed(told)
    assert told.notify.sent[-1] == "READY"
    assert told.notify.said[-1] == 'listening for "marvin"'
    told.hear_for(8)
    assert told.fed() == 1
    assert told.loop.pending() == 1


def test_reload_during_the_start_does_not_end_the_start(told: Told) -> None:
    told.supervision.reloading()
    assert told.notify.sent == ["EXTEND_TIMEOUT_USEC"]


def test_stopping_is_sent_once_and_nothing_after_it() -> None:
    told = Told()
    with told.supervision.running(told.loop):
        armed(told)
        told.supervision.stopping()
        said = list(told.notify.said)
        told.supervision.report(StateChanged(State.SPEAKING, State.IDLE, Trigger.TURN_OVER, 1.0))
        told.hear_for(60)
    assert told.notify.sent == ["EXTEND_TIMEOUT_USEC", "READY", "STOPPING"]
    assert told.notify.said == said
    assert said[-1] == "stopping"
    assert told.loop.pending() == 0


def test_without_a_watchdog_only_the_other_messages_are_sent() -> None:
    told = Told(watchdog_s=0.0)
    with told.supervision.running(told.loop):
        armed(told)
        told.hear_for(120)
        assert told.loop.pending() == 0
    assert told.notify.sent == ["EXTEND_TIMEOUT_USEC", "READY", "STOPPING"]


@pytest.mark.parametrize(
    ("watchdog", "feeds"),
    [
        ({"WATCHDOG_USEC": "30000000"}, True),
        ({"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "1"}, False),
        ({"WATCHDOG_USEC": "soon"}, False),
        ({}, False),
    ],
)
def test_watchdog_settings_come_from_the_environment(watchdog: dict[str, str], feeds: bool) -> None:
    environ = {"NOTIFY_SOCKET": "@marvin-nobody-reads-this", **watchdog}
    loop = FakeLoop()
    supervision = Supervision.from_environment(environ)
    assert environ == {}, "child processes must not feed it"
    with supervision.running(loop):
        supervision.report(ARMED)
        supervision.heard()
        assert (loop.pending() == 1) is feeds


def test_without_systemd_no_timer_runs() -> None:
    loop = FakeLoop()
    supervision = Supervision(Notify(), 30.0, loop.clock)
    with supervision.running(loop):
        supervision.report(ARMED)
        supervision.heard()
        assert loop.pending() == 0
