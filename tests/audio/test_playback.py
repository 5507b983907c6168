"""The speaker on a scripted sound card."""

import asyncio
import sys

import numpy as np
import pytest

from marvin.audio import playback
from marvin.audio.playback import Speaker
from marvin.types import AudioChunk, Samples
from tests.audio.fakesound import FakeSound, Stream, device
from tests.audio.sounds import chunks_of, heard, pitch_hz, tone


@pytest.fixture
def sound(monkeypatch: pytest.MonkeyPatch) -> FakeSound:
    fake = FakeSound([device("speaker", outputs=2)], default=(-1, 0))
    monkeypatch.setitem(sys.modules, "sounddevice", fake)
    return fake


async def run(stream: Stream, seconds: float) -> Samples:
    """Let the device play."""
    blocks = []
    for _ in range(round(seconds / 0.02)):
        blocks.append(stream.render(960)[:, 0])
        await asyncio.sleep(0)
    return np.concatenate(blocks)


async def test_resampling_keeps_the_end_of_the_speech(sound: FakeSound) -> None:
    speaker = Speaker()
    for chunk in chunks_of(tone(0.5, 22_050), 22_050):
        await speaker.play(chunk)
    draining = asyncio.create_task(speaker.drained())
    await asyncio.sleep(0)
    (stream,) = sound.streams
    assert (stream.options["samplerate"], stream.options["latency"]) == (48_000, 0.08)
    samples = heard(await run(stream, 0.7), 0.001)
    assert len(samples) == pytest.approx(24_000, abs=60)
    assert pitch_hz(samples, 48_000) == pytest.approx(440.0, abs=2.0)
    await draining
    assert speaker.underruns == 0


async def test_it_is_silent_while_idle(sound: FakeSound) -> None:
    speaker = Speaker()
    speaker.open()
    out = sound.streams[0].render(960, underflow=True)
    assert not out.any()
    assert speaker.underruns == 0
    await speaker.drained()


async def test_drain_waits_for_the_last_sample(sound: FakeSound) -> None:
    speaker = Speaker()
    await speaker.play(AudioChunk(tone(0.2, 48_000), 48_000))
    draining = asyncio.create_task(speaker.drained())
    await run(sound.streams[0], 0.18)
    assert not draining.done()
    await run(sound.streams[0], 0.04)
    await asyncio.wait_for(draining, 300)


async def test_play_waits_while_seconds_are_queued(sound: FakeSound) -> None:
    speaker = Speaker()
    await speaker.play(AudioChunk(tone(4.5, 48_000), 48_000))
    playing = asyncio.create_task(speaker.play(AudioChunk(tone(0.1, 48_000), 48_000)))
    await run(sound.streams[0], 0.4)
    assert not playing.done()
    await run(sound.streams[0], 0.3)
    await asyncio.wait_for(playing, 300)


async def test_waiting_for_room_and_waiting_for_the_end_can_overlap(
    sound: FakeSound, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(playback, "_STUCK_S", 0.5)
    speaker = Speaker()
    await speaker.play(AudioChunk(tone(4.2, 48_000), 48_000))
    draining = asyncio.create_task(speaker.drained())
    playing = asyncio.create_task(speaker.play(AudioChunk(tone(0.1, 48_000), 48_000)))
    await run(sound.streams[0], 0.4)
    await asyncio.wait_for(playing, 300)
    assert not draining.done()
    await run(sound.streams[0], 4.2)
    await asyncio.wait_for(draining, 300)


async def test_flush_fades_out(sound: FakeSound) -> None:
    speaker = Speaker()
    await speaker.play(AudioChunk(np.full(96_000, 0.5, np.float32), 48_000))
    before = await run(sound.streams[0], 0.1)
    assert before[-1] == pytest.approx(0.5)
    speaker.flush()
    after = await run(sound.streams[0], 0.1)
    assert np.abs(np.diff(np.concatenate((before, after)))).max() < 0.01
    assert not after[480:].any()
    await asyncio.wait_for(speaker.drained(), 300)


async def test_volume_changes_smoothly(sound: FakeSound) -> None:
    speaker = Speaker(volume=1.0)
    await speaker.play(AudioChunk(np.full(48_000, 0.5, np.float32), 48_000))
    first = await run(sound.streams[0], 0.1)
    speaker.set_volume(0.2)
    second = await run(sound.streams[0], 0.1)
    assert first == pytest.approx(0.5)
    assert second[-1] == pytest.approx(0.1)
    assert np.abs(np.diff(np.concatenate((first, second)))).max() < 0.001


async def test_underrun_within_a_sentence_is_counted(sound: FakeSound) -> None:
    speaker = Speaker()
    first, second = chunks_of(tone(0.2, 48_000), 48_000, 4_800)
    await speaker.play(first)
    await run(sound.streams[0], 0.2)
    await speaker.play(second)
    assert speaker.underruns == 1
    await run(sound.streams[0], 0.2)
    # A later sentence is not an underrun.
    await speaker.play(first)
    assert speaker.underruns == 1


async def test_play_after_close_reopens_the_device(sound: FakeSound) -> None:
    speaker = Speaker()
    speaker.open()
    speaker.close()
    speaker.close()
    await speaker.play(AudioChunk(tone(0.1)))
    assert [stream.closed for stream in sound.streams] == [True, False]


async def test_stereo_only_device_gets_both_channels(monkeypatch: pytest.MonkeyPatch) -> None:
    def opens(rate_hz: int, channels: int) -> bool:
        return (rate_hz, channels) == (44_100, 2)

    fake = FakeSound([device("dac", outputs=2)], default=(-1, 0), opens=opens)
    monkeypatch.setitem(sys.modules, "sounddevice", fake)
    speaker = Speaker()
    await speaker.play(AudioChunk(np.full(4_410, 0.5, np.float32), 44_100))
    assert fake.streams[0].render(100).tolist() == [[0.5, 0.5]] * 100
    assert speaker.rate_hz == 44_100


async def test_resampler_delay_is_not_an_underrun(sound: FakeSound) -> None:
    speaker = Speaker()
    speaker.open()
    for chunk in chunks_of(tone(0.12, 22_050), 22_050, 882):
        await speaker.play(chunk)
    assert speaker.underruns == 0
    assert heard(await run(sound.streams[0], 0.2), 0.001).size > 0
