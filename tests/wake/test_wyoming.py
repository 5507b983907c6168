"""The wake word from a Wyoming server: what is sent, what is detected, and outages."""
# ruff: noqa: TID253

import asyncio
import re
import threading
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np
import pytest
from wyoming.error import Error
from wyoming.event import Event as WireEvent
from wyoming.info import Info
from wyoming.ping import Ping
from wyoming.wake import Detection as Detected

from marvin.config.wake import WyomingWakeConfig
from marvin.errors import ModelLoadError
from marvin.events import EngineNotice, Event, ServerBack, ServerLost
from marvin.types import CHUNK_SAMPLES, RATE_HZ, AudioChunk, Detection
from marvin.wake.wyoming.wake_link import WakeLink
from marvin.wake.wyoming.wyoming_detector import WyomingWakeWordDetector
from tests.backends.wyoming.faults import FAULTS
from tests.faulty_server import WAIT_S
from tests.wyoming_service import HEARING, WAKING, WyomingService

SAMPLES = np.full(CHUNK_SAMPLES, 0.5, np.float32)
CHUNK_MS = 40


class Room:
    """A detector with its ear, and what it reports."""

    def __init__(self, at: WyomingService, **keys: Any) -> None:
        self.at = at
        self.naps: list[float] = []
        self._changed = threading.Condition()
        self._wake: Callable[[], object] | None = None
        config = WyomingWakeConfig(url=at.url, **{"timeout_s": 300.0, **keys})
        self.link = WakeLink(config, sleep=self._sleep)
        self.refusal = self.link.start()
        self.detector = WyomingWakeWordDetector(self.link, config)
        self.events: list[Event] = []
        self.detector.report_to(self._report)
        self.position = 0

    def hear(self, chunks: int = 1) -> Detection | None:
        """The next chunks; the last detection in them."""
        found = None
        for _ in range(chunks):
            chunk = AudioChunk(SAMPLES, start=self.position)
            self.position = chunk.end
            found = self.detector.process(chunk, voice=True) or found
        return found

    def listen(self) -> Detection:
        """Until something is detected."""
        for _ in range(1_000):
            if (found := self.hear()) is not None:
                return found
            threading.Event().wait(0.005)
        raise AssertionError("nothing was detected")

    def told(self, kind: type[Event]) -> Any:
        """Wait for an event of a kind."""
        with self._changed:
            assert self._changed.wait_for(lambda: self._first(kind), WAIT_S)
        event = self._first(kind)
        self.events.remove(event)
        return event

    def audio(self) -> list[WireEvent]:
        return self.at.of("audio-chunk")

    def _first(self, kind: type[Event]) -> Any:
        return next((event for event in self.events if isinstance(event, kind)), None)

    def _report(self, event: Event) -> None:
        with self._changed:
            self.events.append(event)
            self._changed.notify_all()

    def end_nap(self) -> None:
        """Let the link's current wait end."""
        with self._changed:
            assert self._changed.wait_for(lambda: self._wake, WAIT_S)
            wake, self._wake = self._wake, None
        assert wake is not None
        wake()

    async def _sleep(self, seconds: float) -> None:
        over = asyncio.Event()
        with self._changed:
            self.naps.append(seconds)
            self._wake = partial(asyncio.get_running_loop().call_soon_threadsafe, over.set)
            self._changed.notify_all()
        try:
            await over.wait()
        finally:
            with self._changed:
                self._wake = None


Enter = Callable[..., Room]


@pytest.fixture
def enter() -> Iterator[Enter]:
    rooms: list[Room] = []

    def enter(at: WyomingService, **keys: Any) -> Room:
        rooms.append(Room(at, **keys))
        return rooms[-1]

    yield enter
    for room in rooms:
        room.detector.close()


def test_audio_is_sent_and_a_detection_has_its_place(enter: Enter) -> None:
    with WyomingService(WAKING, {}) as at:
        room = enter(at)
        room.hear(20)
        at.wait(lambda: len(room.audio()) == 20)
        assert at.of("detect")[0].data["names"] == ["hey_jarvis_v0.1"]
        assert [event.data["timestamp"] for event in room.audio()[:3]] == [0, 40, 80]
        assert room.audio()[0].payload == np.full(CHUNK_SAMPLES, 16384, "<i2").tobytes()
        at.send(Detected("hey_jarvis_v0.1", timestamp=10 * CHUNK_MS))
        assert room.listen() == Detection("hey jarvis", 1.0, 10 * CHUNK_SAMPLES)
        # The same word again, and then another.
        at.send(Detected("hey_jarvis_v0.1", timestamp=11 * CHUNK_MS))
        room.hear(80)
        at.wait(lambda: len(at.of("detect")) == 2)
        at.send(Detected("hey_jarvis_v0.1", timestamp=90 * CHUNK_MS))
        assert room.listen().at == 90 * CHUNK_SAMPLES
        assert room.events == []


@pytest.mark.parametrize("timestamp", [None, -5, 10**15, "1", [1]])
def test_senseless_time_means_now(enter: Enter, timestamp: Any) -> None:
    with WyomingService(WAKING, {}) as at:
        room = enter(at)
        room.hear(20)
        at.send(Detected("hey_jarvis_v0.1", timestamp=timestamp))
        found = room.listen()
    assert found.at == room.position


def test_detection_in_forgotten_audio_does_not_count(enter: Enter) -> None:
    with WyomingService(WAKING, {}) as at:
        room = enter(at)
        room.hear(20)
        room.detector.reset()
        room.hear(5)
        at.wait(lambda: len(at.of("detect")) == 2)
        at.send(Detected(timestamp=19 * CHUNK_MS), Detected(timestamp=22 * CHUNK_MS))
        assert room.listen().at == 22 * CHUNK_SAMPLES


@pytest.mark.parametrize(
    ("keys", "name"),
    [
        ({"label": "Hey Jarvis"}, "hey_jarvis_v0.1"),
        ({"label": "okay marvin"}, "m7"),
        ({"label": "marvin", "word": "m7"}, "m7"),
    ],
)
def test_word_is_found_by_its_name_or_phrase(enter: Enter, keys: Any, name: str) -> None:
    with WyomingService(WAKING, {}) as at:
        enter(at, **keys).hear()
        at.wait(lambda: at.of("detect"))
        assert at.of("detect")[0].data["names"] == [name]


@pytest.mark.parametrize(
    ("keys", "info", "message"),
    [
        (
            {"label": "marvin"},
            WAKING,
            r"^wake\.label: .* has no 'marvin'; it has okay marvin, hey_jarvis_v0\.1$",
        ),
        ({"word": "m8"}, WAKING, r"^wake\.word: the server at \S+ has no 'm8'; it has hey_jarvis"),
        (
            {},
            HEARING,
            r"^wake\.url: .* has no wake words, but speech to text: is it the right port",
        ),
        ({}, Info(), r"^wake\.url: the server at \S+ has no wake words, but nothing"),
    ],
)
def test_server_without_the_word_is_an_error(keys: Any, info: Info, message: str) -> None:
    with WyomingService(info, {}) as at, pytest.raises(ModelLoadError, match=message):
        WyomingWakeWordDetector.load(WyomingWakeConfig(url=at.url, **keys))


def test_lost_server_is_reported_and_found_again(enter: Enter) -> None:
    with WyomingService(WAKING, {}) as at:
        room = enter(at)
        room.hear(3)
        at.wait(lambda: len(room.audio()) == 3)
        at.stop()
        lost = room.told(ServerLost)
        assert (lost.stage, lost.address) == ("wake", at.url)
        assert "closed the connection early" in lost.message
        for _ in range(6):
            room.end_nap()
            room.hear()
        at.start()
        room.end_nap()
        assert room.told(ServerBack).address == at.url
        assert room.naps[:7] == [10.0, 0.5, 1.0, 2.0, 4.0, 8.0, 15.0]
        # Nothing from before is sent.
        missed, before = room.position, len(room.audio())
        room.hear(2)
        at.wait(lambda: len(room.audio()) == before + 2)
        assert room.audio()[-2].data["timestamp"] == missed * 1000 // RATE_HZ
        assert len(at.of("detect")) == 2
        assert room.events == []


def test_server_that_is_down_at_the_start_is_looked_for(enter: Enter) -> None:
    with WyomingService(WAKING, {}) as at:
        at.stop()
        room = enter(at)
        assert room.refusal == ""
        assert "nothing answers at" in room.told(ServerLost).message
        at.start()
        room.end_nap()
        room.told(ServerBack)


@pytest.mark.parametrize(("sent", "message"), [*FAULTS, ((Error("x"),), "reports an error")])
def test_broken_server_counts_as_lost(enter: Enter, sent: Any, message: str) -> None:
    with WyomingService(WAKING, {"audio-chunk": sent}) as at:
        room = enter(at)
        room.hear()
        lost = room.told(ServerLost)
        expected = "flood" if "flood" in message else message.format(t="wake")
        assert re.search(expected, lost.message)


def test_server_that_stops_answering_counts_as_lost(enter: Enter) -> None:
    with WyomingService(WAKING, {}) as at:
        room = enter(at, timeout_s=0.05)
        at.script = {}
        room.end_nap()
        assert "wake.timeout_s: waited 0.05 s for" in room.told(ServerLost).message


def test_question_of_the_server_is_answered(enter: Enter) -> None:
    with WyomingService(WAKING, {"detect": (Ping(),)}) as at:
        enter(at).hear()
        at.wait(lambda: at.of("pong"))
        assert at.of("pong")


def test_ear_does_not_wait_for_a_slow_network(enter: Enter) -> None:
    with WyomingService(WAKING, {}) as at:
        room = enter(at)
        # Nobody takes anything out of the queue.
        go_on = threading.Event()
        room.link._loop.call_soon_threadsafe(go_on.wait)
        room.hear(120)
        go_on.set()
        assert "too slow" in room.told(EngineNotice).message
        at.wait(lambda: len(at.of("detect")) >= 1 and len(room.audio()) >= 20)
        assert len(room.audio()) <= 50


def test_ended_thread_is_no_quiet_room(enter: Enter) -> None:
    with WyomingService(WAKING, {}) as at:
        room = enter(at)
        room.detector.close()
        with pytest.raises(RuntimeError, match="has ended"):
            room.hear()
