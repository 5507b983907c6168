"""The microphone on a scripted sound card."""

import asyncio
import logging
import sys
from contextlib import aclosing

import numpy as np
import pytest
from numpy.typing import NDArray

from marvin.audio import inlet
from marvin.audio.capture import Microphone
from marvin.errors import AudioDeviceError
from marvin.types import CHUNK_SAMPLES, RATE_HZ, AudioChunk, Samples
from tests.audio.fakesound import FakeSound, Stream, device
from tests.audio.sounds import pitch_hz, tone


def use(monkeypatch: pytest.MonkeyPatch, sound: FakeSound) -> FakeSound:
    monkeypatch.setitem(sys.modules, "sounddevice", sound)
    return sound


async def opened(sound: FakeSound) -> Stream:
    while not sound.streams or not sound.streams[-1].running:  # noqa: ASYNC110 (a fake)
        await asyncio.sleep(0)
    return sound.streams[-1]


async def take(microphone: Microphone, samples: int) -> list[AudioChunk]:
    taken: list[AudioChunk] = []
    async with aclosing(microphone.chunks()) as chunks:
        async for chunk in chunks:
            taken.append(chunk)
            if sum(len(chunk.samples) for chunk in taken) >= samples:
                break
    return taken


def blocks(samples: Samples, size: int, channels: int = 1) -> list[NDArray[np.float32]]:
    return [
        np.repeat(samples[at : at + size, np.newaxis], channels, axis=1)
        for at in range(0, len(samples), size)
    ]


async def test_it_opens_at_16_khz_mono_and_closes_with_the_generator(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sound = use(monkeypatch, FakeSound([device("mic", inputs=2)], default=(0, -1)))
    microphone = Microphone()
    assert microphone.live
    listening = asyncio.create_task(take(microphone, 3_200))
    stream = await opened(sound)
    assert (stream.options["samplerate"], stream.options["channels"]) == (16_000, 1)
    heard = tone(0.3)
    for block in blocks(heard, 320):
        stream.record(block)
    chunks = await listening
    assert np.concatenate([chunk.samples for chunk in chunks]) == pytest.approx(heard[:3_200])
    assert [chunk.start for chunk in chunks] == [0, 640, 1280, 1920, 2560]
    assert stream.closed
    assert microphone.rate_hz == 16_000


async def test_48_khz_stereo_device_is_resampled_and_mixed_to_mono(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def opens(rate_hz: int, channels: int) -> bool:
        return (rate_hz, channels) == (48_000, 2)

    sound = use(monkeypatch, FakeSound([device("usb", inputs=2)], default=(0, -1), opens=opens))
    microphone = Microphone()
    listening = asyncio.create_task(take(microphone, RATE_HZ // 2))
    stream = await opened(sound)
    for block in blocks(tone(0.7, 48_000), 960, channels=2):
        stream.record(block)
    chunks = await listening
    samples = np.concatenate([chunk.samples for chunk in chunks])
    assert {len(chunk.samples) for chunk in chunks} == {CHUNK_SAMPLES}
    assert pitch_hz(samples, RATE_HZ) == pytest.approx(440.0, abs=2.0)
    assert np.abs(samples).max() == pytest.approx(0.3, abs=0.01)
    assert microphone.rate_hz == 48_000


async def test_device_that_never_opens_reports_the_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    use(
        monkeypatch, FakeSound([device("usb", inputs=2)], default=(0, -1), opens=lambda r, c: False)
    )
    with pytest.raises(AudioDeviceError, match=r"'usb' does not open .*-9997.*marvin devices"):
        await take(Microphone(), 1)


async def test_full_backlog_drops_the_oldest_audio_and_leaves_a_gap(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    sound = use(monkeypatch, FakeSound([device("mic", inputs=1)], default=(0, -1)))
    microphone = Microphone(backlog_s=0.5)
    async with aclosing(microphone.chunks()) as chunks:
        first = asyncio.ensure_future(anext(chunks))
        stream = await opened(sound)
        stream.record(np.zeros((640, 1), np.float32))
        assert (await first).start == 0
        # Two seconds while nobody reads.
        ramp = (np.arange(2 * RATE_HZ) / (4 * RATE_HZ)).astype(np.float32)
        with caplog.at_level(logging.WARNING):
            for block in blocks(ramp, 320):
                stream.record(block)
            await asyncio.sleep(0)
        assert microphone.overruns == 75
        assert len(caplog.records) == 1
        after = await anext(chunks)
    # The two blocks of this chunk are no longer queued.
    assert after.behind_s == pytest.approx(0.5 - CHUNK_SAMPLES / RATE_HZ)
    assert after.start == 640 + 2 * RATE_HZ - RATE_HZ // 2
    assert after.samples[0] == pytest.approx(ramp[after.start - 640])


async def test_audio_lost_by_the_sound_system_is_counted(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    sound = use(monkeypatch, FakeSound([device("mic", inputs=1)], default=(0, -1)))
    microphone = Microphone()
    listening = asyncio.create_task(take(microphone, 640))
    stream = await opened(sound)
    stream.record(np.zeros((640, 1), np.float32), overflow=True)
    await listening
    assert microphone.overruns == 1
    assert "in the sound system" in caplog.text


async def test_device_that_never_sends_audio_fails_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(inlet, "_FIRST_S", 0.05)
    sound = use(monkeypatch, FakeSound([device("mic", inputs=1)], default=(0, -1)))
    with pytest.raises(AudioDeviceError, match="'mic' does not work: no audio for"):
        await take(Microphone(), 1)
    assert sound.streams[0].closed
