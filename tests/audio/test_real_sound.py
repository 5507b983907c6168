"""Speaker and microphone on a real sound system, wired to each other."""

import asyncio
import time
from contextlib import aclosing

import numpy as np
import pytest

from marvin.audio.capture import Microphone
from marvin.audio.devices import Direction, choose_device, list_devices
from marvin.audio.playback import Speaker
from marvin.types import RATE_HZ, AudioChunk, Samples
from tests.audio.pulse import Pulse
from tests.audio.pulse import pulse as pulse
from tests.audio.sounds import chunks_of, heard, pitch_hz, tone


class Recorder:
    """Records everything while it is open."""

    def __init__(self) -> None:
        self.microphone = Microphone()
        self.chunks: list[AudioChunk] = []
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> "Recorder":
        self._task = asyncio.create_task(self._listen())
        while not self.chunks:
            await asyncio.sleep(0.01)
            if self._task.done():
                self._task.result()
        return self

    async def __aexit__(self, *_: object) -> None:
        # What was just played is still on its way.
        await asyncio.sleep(0.3)
        assert self._task is not None
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    async def _listen(self) -> None:
        async with aclosing(self.microphone.chunks()) as chunks:
            async for chunk in chunks:
                self.chunks.append(chunk)

    @property
    def samples(self) -> Samples:
        return np.concatenate([chunk.samples for chunk in self.chunks])


@pytest.mark.usefixtures("pulse")
async def test_devices_are_listed() -> None:
    assert {"pulse", "default"} <= {device.name for device in list_devices()}
    assert choose_device("default", Direction.INPUT).is_default_input
    assert choose_device("pul", Direction.OUTPUT).name == "pulse"


@pytest.mark.usefixtures("pulse")
async def test_microphone_hears_what_the_speaker_plays() -> None:
    speaker = Speaker()
    speaker.open()
    async with Recorder() as recorder:
        began = time.monotonic()
        for chunk in chunks_of(tone(1.0, 22_050, 660.0), 22_050):
            await speaker.play(chunk)
        await speaker.drained()
        took_s = time.monotonic() - began
    speaker.close()
    samples = heard(recorder.samples)
    assert len(samples) / RATE_HZ == pytest.approx(1.0, abs=0.02)
    assert pitch_hz(samples, RATE_HZ) == pytest.approx(660.0, abs=2.0)
    assert np.abs(samples).max() == pytest.approx(0.3, abs=0.02)
    assert took_s > 1.0
    starts = [chunk.start for chunk in recorder.chunks]
    assert starts == list(range(0, 640 * len(starts), 640))
    assert recorder.microphone.overruns == 0


@pytest.mark.usefixtures("pulse")
async def test_flush_cuts_the_sound() -> None:
    speaker = Speaker()
    speaker.open()
    async with Recorder() as recorder:
        began = time.monotonic()
        await speaker.play(AudioChunk(tone(30.0, 48_000), 48_000))
        await asyncio.sleep(0.3)
        speaker.flush()
        # A busy machine sleeps longer.
        flushed_s = time.monotonic() - began
        await speaker.drained()
    speaker.close()
    assert len(heard(recorder.samples)) / RATE_HZ < flushed_s + 0.6


async def test_muted_sound_system_is_heard_as_silence(pulse: Pulse) -> None:
    speaker = Speaker(volume=0.5)
    speaker.open()
    pulse.control("set-sink-mute", "speaker", "1")
    try:
        async with Recorder() as recorder:
            await speaker.play(AudioChunk(tone(0.3, 48_000), 48_000))
            await speaker.drained()
    finally:
        pulse.control("set-sink-mute", "speaker", "0")
        speaker.close()
    assert len(heard(recorder.samples)) == 0
