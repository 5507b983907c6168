"""Losing the microphone, where a virtual sound card cannot reproduce the fault."""

import asyncio
import itertools
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import numpy as np
import pytest

from marvin.audio import capture, inlet, outage
from marvin.audio.capture import Microphone
from marvin.audio.soundsystem import SoundSystem
from marvin.config.tables import AudioConfig
from marvin.errors import AudioDeviceError
from marvin.events import DeviceBack, DeviceLost, DeviceSilent, Event
from marvin.types import CHUNK_SAMPLES, RATE_HZ, AudioChunk
from tests.audio.fakesound import FakeSound, Stream, device

USB = device("USB Microphone: Audio (hw:1,0)", inputs=1)
ENDS = "it was unplugged, or its sound system ended"


class Room:
    """A microphone on a scripted sound card, a listener, and a clock that the test advances."""

    def __init__(self, sound: FakeSound, **options: float) -> None:
        self.sound = sound
        self.system = SoundSystem()
        self.events: list[Event] = []
        self.chunks: list[AudioChunk] = []
        self.slept_s = 0.0
        self.listening: asyncio.Task[None] | None = None
        self.microphone = Microphone(
            "usb",
            report=self.events.append,
            system=self.system,
            clock=lambda: time.monotonic() + self.slept_s,
            **options,
        )

    async def listen(self) -> None:
        async for chunk in self.microphone.chunks():
            self.chunks.append(chunk)

    async def until(self, condition: Callable[[], object]) -> None:
        async with asyncio.timeout(300):
            while not condition():
                if self.listening is not None and self.listening.done():
                    self.listening.result()
                await asyncio.sleep(0.001)

    async def stream(self, number: int) -> Stream:
        """A running stream, in order of opening."""
        await self.until(lambda: len(self.sound.streams) > number)
        await self.until(lambda: self.sound.streams[number].running)
        return self.sound.streams[number]

    async def hear(self, stream: Stream, value: float = 0.1) -> AudioChunk:
        """Let the device send a block; returns the resulting chunk."""
        before = len(self.chunks)
        block = np.full((CHUNK_SAMPLES, 1), value, np.float32)
        block[::2] *= -1
        stream.record(block)
        await self.until(lambda: len(self.chunks) > before)
        return self.chunks[-1]


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outage, "_FIRST_S", 0.01)


@pytest.fixture
def sound(monkeypatch: pytest.MonkeyPatch) -> FakeSound:
    fake = FakeSound([device("inside", inputs=1), dict(USB)], default=(0, -1))
    monkeypatch.setitem(sys.modules, "sounddevice", fake)
    return fake


@asynccontextmanager
async def heard(sound: FakeSound, **options: float) -> AsyncIterator[tuple[Room, Stream]]:
    """A room whose microphone has sent its first block, and its stream."""
    room = Room(sound, **options)
    room.listening = listening = asyncio.create_task(room.listen())
    stream = await room.stream(0)
    await room.hear(stream)
    try:
        yield room, stream
    finally:
        await stopped(listening)
    assert all(stream.closed for stream in sound.streams)


async def stopped(listening: "asyncio.Task[None]") -> None:
    listening.cancel()
    await asyncio.gather(listening, return_exceptions=True)


def kinds(events: list[Event]) -> list[str]:
    return [type(event).__name__ for event in events]


async def test_replugged_microphone_is_found_by_name(
    sound: FakeSound,
) -> None:
    async with heard(sound) as (room, stream):
        sound.room[:] = [sound.room[0]]
        stream.end()
        # PortAudio's old list still has it.
        sound._devices = list(sound.room)
        await room.until(lambda: sound.starts > 1)
        assert room.microphone.away
        assert room.events == [DeviceLost("input", USB["name"], ENDS)]
        sound.room.insert(0, dict(USB))
        second = await room.stream(1)
        assert second.options["device"] == 0
        await room.hear(second)
        assert kinds(room.events) == ["DeviceLost", "DeviceBack"]
        assert (room.microphone.away, room.microphone.outages) == (False, 1)


async def test_new_listener_gets_the_lost_device_when_it_returns(sound: FakeSound) -> None:
    async with heard(sound) as (room, stream):
        sound.room[:] = sound._devices = [sound.room[0]]
        stream.end()
        await room.until(lambda: room.microphone.away)
        assert room.listening is not None
        await stopped(room.listening)
        room.listening = asyncio.create_task(room.listen())
        sound.room.append(dict(USB))
        await room.hear(await room.stream(1))
        assert kinds(room.events) == ["DeviceLost", "DeviceBack"]
        assert not room.microphone.away
        await stopped(room.listening)


async def test_new_listener_gets_the_device_configured_by_then(sound: FakeSound) -> None:
    async with heard(sound) as (room, _):
        room.microphone.aim(AudioConfig(input="inside"))
        assert room.listening is not None
        await stopped(room.listening)
        room.listening = asyncio.create_task(room.listen())
        await room.hear(await room.stream(1))
        assert (room.microphone.device, room.events) == ("inside", [])
        await stopped(room.listening)


async def test_silently_stalled_stream_is_reopened(
    sound: FakeSound, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inlet, "_SILENT_S", 0.05)
    async with heard(sound) as (room, stream):
        second = await room.stream(1)
        assert stream.closed
        chunk = await room.hear(second)
        lost, back = room.events
        assert isinstance(lost, DeviceLost)
        assert lost.reason.startswith("no audio for")
        assert isinstance(back, DeviceBack)
        # The positions skip the time in which nothing was heard, and nothing else.
        gap_s = (chunk.start - room.chunks[-2].end) / RATE_HZ
        assert 0.0 < gap_s < back.away_s + 0.1


async def test_positions_jump_by_the_time_the_machine_slept(sound: FakeSound) -> None:
    async with heard(sound) as (room, stream):
        room.slept_s = 8 * 3600.0
        # The driver continues as if nothing had happened.
        stream.record(np.full((CHUNK_SAMPLES, 1), 0.1, np.float32))
        chunk = await room.hear(await room.stream(1))
        assert stream.closed
        assert (chunk.start - CHUNK_SAMPLES) / RATE_HZ == pytest.approx(8 * 3600, abs=2)
        lost, back = room.events
        assert isinstance(lost, DeviceLost)
        assert lost.reason == "the machine slept for 28800 s"
        assert isinstance(back, DeviceBack)


async def test_busy_event_loop_is_not_mistaken_for_sleep(sound: FakeSound) -> None:
    async with heard(sound) as (room, stream):
        for _ in range(5):
            stream.record(np.full((CHUNK_SAMPLES, 1), 0.1, np.float32))
        time.sleep(0.03)  # noqa: ASYNC251 (it is what is tested)
        await room.until(lambda: len(room.chunks) == 6)
        assert room.events == []
        assert [chunk.start for chunk in room.chunks] == list(range(0, 6 * 640, 640))


async def test_failed_portaudio_restart_is_retried(sound: FakeSound) -> None:
    async with heard(sound) as (room, stream):
        sound._devices = []
        sound.failing_starts = 2
        stream.end()
        await room.hear(await room.stream(1))
        assert sound.starts == 1
        assert kinds(room.events) == ["DeviceLost", "DeviceBack"]


async def test_device_that_opens_but_sends_nothing_still_counts_as_lost(
    sound: FakeSound, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with heard(sound) as (room, stream):
        monkeypatch.setattr(inlet, "_FIRST_S", 0.05)
        stream.end()
        await room.until(lambda: len(sound.streams) > 2)
        assert sound.streams[1].closed
        assert room.microphone.away
        monkeypatch.setattr(inlet, "_FIRST_S", 5.0)

        def sends() -> bool:
            if sound.streams[-1].running:
                sound.streams[-1].record(np.full((CHUNK_SAMPLES, 1), 0.1, np.float32))
            return not room.microphone.away

        await room.until(sends)
        assert kinds(room.events) == ["DeviceLost", "DeviceBack"]


async def test_new_sample_rate_after_an_outage_keeps_the_positions(sound: FakeSound) -> None:
    async with heard(sound) as (room, stream):
        sound._opens = lambda rate_hz, channels: rate_hz == 48_000
        stream.end()
        second = await room.stream(1)
        for _ in range(4):
            second.record(np.full((1920, 1), 0.1, np.float32))
        await room.until(lambda: len(room.chunks) >= 4)
        assert room.microphone.rate_hz == 48_000
        assert all(a.end <= b.start for a, b in itertools.pairwise(room.chunks))
        assert [len(chunk.samples) for chunk in room.chunks] == [640] * len(room.chunks)


async def test_portaudio_restart_by_another_stream_reports_nothing(sound: FakeSound) -> None:
    async with heard(sound) as (room, _):
        assert not await room.system.reinitialise(0)
        assert await room.system.reinitialise(0, force=True)
        await room.hear(await room.stream(1))
        assert (room.events, room.microphone.outages) == ([], 0)
        # A caller with the old generation asks for what has already been done.
        await room.system.reinitialise(0, force=True)
        assert sound.starts == 1


async def test_giving_up_raises_an_error_with_the_reason(sound: FakeSound) -> None:
    async with heard(sound, patience_s=0.1) as (room, stream):
        sound.room[:] = sound._devices = [sound.room[0]]
        stream.end()
        with pytest.raises(AudioDeviceError, match=r"'USB Mic.*not come back for 0 s: there is"):
            await room.until(lambda: False)


async def test_permanently_hung_sound_system_ends_the_process(
    sound: FakeSound, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(SoundSystem, "stuck_s", 31.0)
    monkeypatch.setattr(capture, "HUNG_S", 30.0)
    async with heard(sound) as (room, stream):
        sound._devices = []
        stream.end()
        with pytest.raises(AudioDeviceError, match="answered for 30 s; only a restart helps"):
            await room.until(lambda: False)


async def test_microphone_that_was_never_there_fails_at_once(sound: FakeSound) -> None:
    room = Room(sound)
    sound._devices = [sound.room[0]]
    with pytest.raises(AudioDeviceError, match="there is no input device 'usb'"):
        await room.listen()
    assert (room.events, sound.starts) == ([], 0)


@pytest.mark.parametrize("value", [0.0, 0.25])
async def test_ten_seconds_of_one_value_are_reported_once_and_so_is_their_end(
    sound: FakeSound, value: float
) -> None:
    async with heard(sound) as (room, stream):
        for _ in range(30):
            stream.record(np.full((RATE_HZ // 2, 1), value, np.float32))
            await asyncio.sleep(0)
        await room.until(lambda: room.events)
        assert room.microphone.silent
        await room.hear(stream)
        silent, again = room.events
        assert isinstance(silent, DeviceSilent)
        assert isinstance(again, DeviceSilent)
        assert silent.seconds == pytest.approx(10, abs=0.6)
        assert again.seconds == pytest.approx(15, abs=0.6)
        assert (silent.over, again.over) == (False, True)
        assert not room.microphone.silent


async def test_stopping_during_an_outage_leaves_nothing_open(sound: FakeSound) -> None:
    async with heard(sound) as (room, stream):
        stream.end()
        await room.stream(1)
    # heard() has checked that all streams are closed.
    assert room.microphone.away
