"""A speaker that its own microphone hears, on a real sound system."""

import asyncio
from contextlib import aclosing

import numpy as np
import pytest

from marvin.audio.capture import Microphone
from marvin.audio.echo.selection import load_canceller
from marvin.audio.playback import Speaker
from marvin.config.tables import AudioConfig
from marvin.types import RATE_HZ
from tests.audio.echo.scene import speech
from tests.audio.pulse import pulse as pulse
from tests.audio.sounds import chunks_of


@pytest.mark.usefixtures("pulse")
async def test_what_the_speaker_plays_is_not_heard() -> None:
    canceller = load_canceller(AudioConfig())
    if canceller is None:
        pytest.skip("libspeexdsp1 is not installed")
    speaker, microphone = Speaker(), Microphone()
    speaker.open()
    speaker.tap.listener = canceller.play
    heard, left = [], []
    arrived = asyncio.Event()

    async def listen() -> None:
        async with aclosing(microphone.chunks()) as chunks:
            async for chunk in chunks:
                heard.append(chunk.samples)
                left.append(canceller.clean(chunk).samples)
                arrived.set()

    listening = asyncio.create_task(listen())
    await arrived.wait()
    for chunk in chunks_of(speech("arithmetic", 5.5), RATE_HZ):
        await speaker.play(chunk)
    await speaker.drained()
    listening.cancel()
    await asyncio.gather(listening, return_exceptions=True)
    speaker.close()
    # From the third second on.
    levels = [np.concatenate(chunks[60:]).std() for chunks in (heard, left)]
    assert levels[0] > 0.01
    assert levels[1] < 0.3 * levels[0]
