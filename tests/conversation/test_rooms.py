"""Several rooms hear one call: the one that hears it most clearly answers."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from marvin.conversation.called_rooms import CalledRoom, Rooms
from marvin.conversation.session_room import SessionRoom
from marvin.errors import ControlError
from marvin.events import AnsweredElsewhere, StateChanged
from marvin.state import State, Trigger
from tests.fake_line import Line, outcomes, said
from tests.fakes import PAUSE, TURN, FakeSource

COMMAND = "s" * 15 + PAUSE
NEAR, FAR = "s" * 12 + "W", "...W"
"""The same call, with a loud and with a quiet voice before the wake word."""


class CalledOnce:
    """A room that has heard the wake word."""

    def __init__(self, name: str, *, leaves: bool = True) -> None:
        self.name = name
        self.left_for = ""
        self._leaves = leaves

    def leave(self, other: CalledRoom) -> bool:
        if self._leaves:
            self.left_for = other.name
        return self._leaves

    async def say(self, text: str) -> None:
        raise NotImplementedError


class Clock:
    now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.mark.parametrize(
    ("later_s", "later_db", "answers"),
    [
        (0.3, 20.0, "kitchen"),  # as clear
        (0.3, 22.9, "kitchen"),  # not clearer by more than chance
        (0.3, 23.0, "hall"),
        (0.0, 30.0, "hall"),
        (0.99, 30.0, "hall"),
        (0.3, -60.0, "kitchen"),
    ],
)
def test_clearest_room_answers_one_call(
    clock: Clock, later_s: float, later_db: float, answers: str
) -> None:
    rooms, kitchen, hall = Rooms(1.0, clock), CalledOnce("kitchen"), CalledOnce("hall")
    assert rooms.called(kitchen, 20.0) is kitchen
    clock.now_s = later_s
    assert rooms.called(hall, later_db).name == answers
    assert kitchen.left_for == ("hall" if answers == "hall" else "")


def test_later_wake_word_is_another_call(clock: Clock) -> None:
    rooms, kitchen, hall = Rooms(1.0, clock), CalledOnce("kitchen"), CalledOnce("hall")
    rooms.called(kitchen, 20.0)
    clock.now_s = 1.0
    assert rooms.called(hall, 5.0) is hall
    assert kitchen.left_for == ""


def test_room_that_is_called_again_answers(clock: Clock) -> None:
    rooms, kitchen = Rooms(1.0, clock), CalledOnce("kitchen")
    rooms.called(kitchen, 20.0)
    clock.now_s = 0.5
    assert rooms.called(kitchen, 5.0) is kitchen


def test_call_is_not_prolonged_by_the_rooms_that_take_it(clock: Clock) -> None:
    rooms = Rooms(1.0, clock)
    kitchen, hall, study = (CalledOnce(name) for name in ("kitchen", "hall", "study"))
    rooms.called(kitchen, 10.0)
    clock.now_s = 0.8
    assert rooms.called(hall, 20.0) is hall
    clock.now_s = 1.1
    assert rooms.called(study, 5.0) is study


def test_what_has_been_begun_is_not_begun_twice(clock: Clock) -> None:
    rooms, kitchen, hall = Rooms(1.0, clock), CalledOnce("kitchen", leaves=False), CalledOnce("h")
    rooms.called(kitchen, 10.0)
    assert rooms.called(hall, 40.0) is kitchen


def test_room_that_is_gone_answers_nobody(clock: Clock) -> None:
    rooms, kitchen, hall = Rooms(1.0, clock), CalledOnce("kitchen"), CalledOnce("hall")
    rooms.called(kitchen, 40.0)
    rooms.closed(kitchen)
    assert rooms.called(hall, 10.0) is hall


def test_every_room_answers_if_that_is_wanted(clock: Clock) -> None:
    rooms, kitchen, hall = Rooms(0.0, clock), CalledOnce("kitchen"), CalledOnce("hall")
    assert rooms.called(kitchen, 40.0) is kitchen
    assert rooms.called(hall, 10.0) is hall


@asynccontextmanager
async def two_rooms(rooms: Rooms) -> AsyncIterator[tuple[Line, Line]]:
    lines: list[Line] = []
    for name in ("kitchen", "hall"):
        line = Line(FakeSource(live=True))
        line.room = SessionRoom(name, rooms, line._note)
        lines.append(line)
    async with asyncio.TaskGroup() as group:
        for line in lines:
            group.create_task(line.run())
        yield lines[0], lines[1]
        for line in lines:
            line.source.end()


def left(line: Line) -> list[State]:
    """The states that were ended for another room."""
    changes = [one for one in line.events if isinstance(one, StateChanged)]
    return [one.before for one in changes if one.cause is Trigger.OTHER_ROOM]


async def test_room_that_was_first_gives_way_to_a_clearer_one_without_a_sound() -> None:
    async with two_rooms(Rooms(60.0)) as (kitchen, hall):
        kitchen.source.say(FAR)
        await kitchen.until(lambda: kitchen.states() == ["listening"])
        hall.source.say(NEAR)
        await kitchen.until(lambda: kitchen.states() == ["listening", "idle"])
        kitchen.source.say(COMMAND)
        hall.source.say(COMMAND)
        await hall.until(lambda: hall.states() == TURN)
        while kitchen.source.waiting:  # noqa: ASYNC110 (it tells nobody)
            await asyncio.sleep(0.01)
    assert (left(kitchen), left(hall)) == ([State.LISTENING], [])
    assert kitchen.of(AnsweredElsewhere) == [AnsweredElsewhere("hall")]
    assert (said(kitchen), kitchen.sink.played, outcomes(kitchen)) == ([], [], [])
    assert said(hall) == ["Hello yourself."]


async def test_less_clear_room_stays_silent_and_is_called_again_at_once() -> None:
    clock = Clock()
    async with two_rooms(Rooms(1.0, clock)) as (kitchen, hall):
        hall.source.say(NEAR + COMMAND)
        await hall.until(lambda: "listening" in hall.states())
        kitchen.source.say(FAR + COMMAND)
        await hall.until(lambda: hall.states() == TURN)
        await kitchen.until(lambda: kitchen.events == [AnsweredElsewhere("hall")])
        clock.now_s = 2.0
        kitchen.source.say(FAR + COMMAND)
        await kitchen.until(lambda: kitchen.states() == TURN)
    assert (said(kitchen), said(hall)) == (["Hello yourself."], ["Hello yourself."])


async def test_announcement_waits_for_the_reply_and_stop_drops_it() -> None:
    async with two_rooms(rooms := Rooms()) as (kitchen, _):
        rooms.opened(kitchen.room)
        kitchen.sink.hold()
        kitchen.source.say(NEAR + COMMAND)
        await kitchen.until(lambda: kitchen.states() == TURN[:3])
        saying = asyncio.create_task(rooms.say("kitchen", "Dinner is ready."))
        for _ in range(10):
            await asyncio.sleep(0)
        assert said(kitchen) == ["Hello yourself."]
        kitchen.assistant.stop()
        with pytest.raises(ControlError, match="kitchen: it was told to stop"):
            await saying
        kitchen.sink.release()
        await rooms.say("Everywhere", "Dinner is ready.")
    assert said(kitchen) == ["Hello yourself.", "Dinner is ready."]


async def test_room_that_hears_a_call_for_another_one_goes_on_speaking() -> None:
    clock = Clock()
    async with two_rooms(rooms := Rooms(1.0, clock)) as (kitchen, hall):
        kitchen.sink.hold()
        kitchen.source.say(FAR + COMMAND)
        await kitchen.until(lambda: kitchen.states() == TURN[:3])
        clock.now_s = 10.0
        rooms.called(CalledOnce("study"), 90.0)
        kitchen.source.say(FAR)
        await kitchen.until(lambda: bool(kitchen.of(AnsweredElsewhere)))
        assert kitchen.sink.flushed == 0
        kitchen.sink.release()
        await kitchen.until(lambda: kitchen.states() == TURN)
    assert outcomes(kitchen) == ["answered"]
    assert hall.events == []
