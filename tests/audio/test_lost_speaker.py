"""Losing the loudspeaker may end a reply, but never Marvin."""

import asyncio
import sys
from collections.abc import AsyncIterator, Callable

import numpy as np
import pytest

from marvin.audio import outage, outlet, playback
from marvin.audio.devices import Direction
from marvin.audio.playback import Speaker
from marvin.audio.soundsystem import SoundSystem, StreamOptions
from marvin.config.tables import AudioConfig
from marvin.errors import PlaybackError
from marvin.events import DeviceBack, DeviceLost, Event
from marvin.pcm import fade_in
from marvin.types import AudioChunk, Samples
from tests.audio.fakesound import FakeSound, Stream, device
from tests.audio.sounds import tone

USB = device("USB Speaker: Audio (hw:2,0)", outputs=2)


class Room:
    """A loudspeaker on a scripted sound card that plays by itself while it `runs`."""

    def __init__(self, sound: FakeSound) -> None:
        self.sound = sound
        self.system = SoundSystem()
        self.events: list[Event] = []
        self.speaker = Speaker("usb", report=self.events.append, system=self.system)
        self.played: list[Samples] = []
        self.runs = True

    async def run(self) -> None:
        while True:
            for stream in self.sound.streams:
                if self.runs and stream.running and "latency" in stream.options:
                    self.played.append(stream.render(960)[:, 0])
            await asyncio.sleep(0.002)

    async def until(self, condition: Callable[[], object]) -> None:
        async with asyncio.timeout(300):
            while not condition():  # noqa: ASYNC110 (a fake)
                await asyncio.sleep(0.001)

    async def stream(self, number: int) -> Stream:
        """A running stream, in order of opening."""
        await self.until(lambda: len(self.sound.streams) > number)
        await self.until(lambda: self.sound.streams[number].running)
        return self.sound.streams[number]

    def unplug(self) -> None:
        self.sound.room[:] = self.sound._devices = [self.sound.room[0]]
        for stream in self.sound.streams:
            stream.end()

    def plug_in(self) -> None:
        self.sound.room.append(dict(USB))


@pytest.fixture
async def room(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Room]:
    fake = FakeSound([device("inside", inputs=1, outputs=2), dict(USB)], default=(0, 0))
    monkeypatch.setitem(sys.modules, "sounddevice", fake)
    monkeypatch.setattr(outage, "_FIRST_S", 0.01)
    monkeypatch.setattr(outlet, "_FILL_S", 0.01)
    monkeypatch.setattr(outlet, "_FLOWING_S", 0.2)
    room = Room(fake)
    running = asyncio.create_task(room.run())
    yield room
    running.cancel()
    room.speaker.close()
    await asyncio.gather(running, return_exceptions=True)
    assert all(stream.closed for stream in fake.streams)


def chunk(seconds: float, value: float = 0.5) -> AudioChunk:
    return AudioChunk(np.full(round(seconds * 48_000), value, np.float32), 48_000)


async def test_reply_resumes_where_the_device_was_lost_without_a_click(room: Room) -> None:
    samples = fade_in(chunk(0.5).samples, 480)
    await room.speaker.play(AudioChunk(samples, 48_000))
    await room.until(lambda: len(room.played) > 5)
    room.sound.streams[0].end()
    await room.speaker.drained()
    samples = np.concatenate(room.played)
    assert len(samples[samples > 0.0]) == pytest.approx(24_000, abs=2)
    # A step where the device was lost is unavoidable; where it returns there must be none.
    assert np.diff(samples).max() < 0.01
    assert [type(event) for event in room.events] == [DeviceLost, DeviceBack]
    assert room.speaker.outages == 1


async def test_switching_to_a_new_default_device_reports_no_loss(
    room: Room,
) -> None:
    room.speaker.open()
    room.speaker.aim(AudioConfig(output="usb"))
    assert len(room.sound.streams) == 1, "it is already that one"
    await room.speaker.play(chunk(0.1))
    room.speaker.aim(AudioConfig(output="inside"))
    await room.speaker.drained()
    assert room.speaker.device == "inside"
    assert room.sound.streams[0].closed
    assert room.events == []


async def test_lost_speaker_ends_the_turn_after_some_seconds_and_the_next_is_heard(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(playback, "_AWAY_S", 0.1)
    monkeypatch.setattr(playback, "_STILL_AWAY_S", 0.05)
    await room.speaker.play(chunk(1.0))
    room.unplug()
    with pytest.raises(PlaybackError, match=r"speaker 'USB Speaker.* is lost: was it unplugged"):
        await room.speaker.drained()
    with pytest.raises(PlaybackError):
        await room.speaker.play(chunk(0.1))
    # No more audio can be heard, so there is nothing to wait for.
    await room.speaker.drained()
    assert room.speaker.flush() == 0.0
    room.played.clear()
    room.plug_in()
    await room.until(lambda: not room.speaker.away)
    await room.speaker.play(chunk(0.1, 0.3))
    await room.speaker.drained()
    assert np.concatenate(room.played).max() == pytest.approx(0.3)
    assert [type(event) for event in room.events] == [DeviceLost, DeviceBack]


async def test_audio_flushed_during_an_outage_is_never_heard(room: Room) -> None:
    await room.speaker.play(chunk(2.0))
    room.unplug()
    await room.until(lambda: room.speaker.away)
    room.played.clear()
    assert room.speaker.flush() == pytest.approx(2.0, abs=0.5)
    room.plug_in()
    await room.until(lambda: not room.speaker.away)
    await room.speaker.play(chunk(0.02, 0.0))
    await room.speaker.drained()
    assert not np.concatenate(room.played).any()


async def test_speaker_that_is_lost_in_a_pause_comes_back_paused(room: Room) -> None:
    await room.speaker.play(chunk(0.5))
    room.speaker.set_paused(True)
    room.unplug()
    await room.until(lambda: room.speaker.away)
    room.plug_in()
    await room.until(lambda: not room.speaker.away)
    room.played.clear()
    await room.until(lambda: len(room.played) > 30)
    assert not np.concatenate(room.played).any()
    room.speaker.set_paused(False)
    await room.speaker.drained()
    assert np.concatenate(room.played).max() == pytest.approx(0.5)


async def test_stuck_device_ends_only_the_turn(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(playback, "_STUCK_S", 0.05)
    monkeypatch.setattr(playback, "_AWAY_S", 0.1)
    monkeypatch.setattr(outlet, "_FLOWING_S", 0.05)
    room.speaker.open()
    room.runs = False
    await room.speaker.play(chunk(0.5))
    with pytest.raises(PlaybackError):
        await room.speaker.drained()
    assert room.speaker.away
    room.runs = True
    await room.until(lambda: not room.speaker.away)
    await room.speaker.play(chunk(0.1))
    await room.speaker.drained()


async def test_microphone_is_interrupted_only_if_there_is_something_to_play(room: Room) -> None:
    microphone = Listener()
    options = StreamOptions("inside", Direction.INPUT, 0.04)
    await room.system.open(options, microphone)
    room.speaker.open()
    room.sound.room[:] = room.sound._devices = [room.sound.room[0]]
    room.sound.streams[1].end()
    await room.until(lambda: room.speaker.away)
    room.plug_in()
    # PortAudio's old list lacks it, and nobody needs it.
    looked = room.sound.looked
    await room.until(lambda: room.sound.looked > looked + 2)
    assert (room.sound.starts, microphone.endings) == (0, [])
    await room.speaker.play(chunk(0.1))
    await room.speaker.drained()
    assert (room.sound.starts, microphone.endings) == (1, [""])


async def test_portaudio_is_not_restarted_during_a_reply(room: Room) -> None:
    await room.speaker.play(chunk(1.0))
    await room.until(lambda: len(room.played) > 2)
    assert not await room.system.reinitialise(0)
    await room.speaker.drained()
    assert await room.system.reinitialise(0)
    await room.stream(1)
    # It was not lost, so nobody is told, and it need not prove that it works.
    await room.speaker.play(chunk(0.1))
    await room.speaker.drained()
    assert (room.events, room.speaker.outages) == ([], 0)


async def test_two_simultaneous_first_replies_open_one_device(room: Room) -> None:
    await asyncio.gather(room.speaker.play(chunk(0.1)), room.speaker.play(chunk(0.1)))
    await room.speaker.drained()
    assert [stream.closed for stream in room.sound.streams] == [False, True]


async def test_new_sample_rate_after_an_outage_keeps_pitch_and_length(room: Room) -> None:
    await room.speaker.play(AudioChunk(tone(0.4, 48_000), 48_000))
    await room.until(lambda: len(room.played) > 2)
    left_s = 0.4 - 0.02 * len(room.played)
    room.sound._opens = lambda rate_hz, channels: rate_hz == 24_000
    room.sound.streams[0].end()
    count = len(room.played)
    await room.speaker.drained()
    assert room.speaker.rate_hz == 24_000
    heard = np.concatenate(room.played[count:])
    assert np.count_nonzero(heard) / 24_000 == pytest.approx(left_s, abs=0.03)


class Listener:
    """A microphone, as seen by the sound system."""

    def __init__(self) -> None:
        self.endings: list[str] = []

    def opening(self, stream: object) -> None: ...

    def callback(self, *arguments: object) -> None: ...

    def ended(self, reason: str) -> None:
        self.endings.append(reason)

    def in_use(self) -> bool:
        return not self.endings
