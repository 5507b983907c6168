"""A paused speaker loses nothing, and goes on between two words."""

import asyncio
import sys

import numpy as np
import pytest

from marvin.audio.playback import Speaker
from marvin.types import AudioChunk, Samples
from tests.audio.fakesound import FakeSound, Stream, device

RATE_HZ = 48_000


@pytest.fixture
def sound(monkeypatch: pytest.MonkeyPatch) -> FakeSound:
    fake = FakeSound([device("speaker", outputs=2)], default=(-1, 0))
    monkeypatch.setitem(sys.modules, "sounddevice", fake)
    return fake


def render(stream: Stream, seconds: float) -> Samples:
    """What the device plays meanwhile."""
    return np.concatenate([stream.render(960)[:, 0] for _ in range(round(seconds / 0.02))])


def words(*levels: float) -> Samples:
    """0.3 s each, with gaps of 0.1 s between them."""
    gap = np.zeros(RATE_HZ // 10, np.float32)
    return np.concatenate(
        [part for level in levels for part in (np.full(3 * RATE_HZ // 10, level, np.float32), gap)]
    )


async def spoken(sound: FakeSound, samples: Samples) -> tuple[Speaker, Stream]:
    speaker = Speaker()
    await speaker.play(AudioChunk(samples, RATE_HZ))
    return speaker, sound.streams[0]


async def test_pause_fades_out_and_holds_the_rest(sound: FakeSound) -> None:
    speaker, stream = await spoken(sound, np.full(RATE_HZ, 0.5, np.float32))
    before = render(stream, 0.1)
    speaker.set_paused(True)
    after = render(stream, 0.5)
    assert np.abs(np.diff(np.concatenate((before, after)))).max() < 0.01
    assert not after[480:].any()
    draining = asyncio.create_task(speaker.drained())
    await asyncio.sleep(0)
    assert not draining.done()
    speaker.set_paused(False)
    render(stream, 1.2)
    await asyncio.wait_for(draining, 300)


async def test_echo_canceller_is_told_of_a_pause_as_of_speech(sound: FakeSound) -> None:
    speaker, stream = await spoken(sound, words(0.1, 0.2))
    told: list[AudioChunk] = []
    speaker.tap.listener = lambda chunk, heard_at_s: told.append(chunk)
    render(stream, 0.1)
    speaker.set_paused(True)
    render(stream, 0.5)
    speaker.set_paused(False)
    render(stream, 0.1)
    starts = [chunk.start for chunk in told]
    assert starts == list(range(starts[0], starts[0] + 960 * 35, 960))


async def test_it_goes_on_with_the_word_that_was_broken_off(sound: FakeSound) -> None:
    speaker, stream = await spoken(sound, words(0.1, 0.2, 0.3))
    render(stream, 0.6)
    speaker.set_paused(True)
    assert not render(stream, 0.5)[480:].any()
    speaker.set_paused(False)
    rest = render(stream, 1.5)
    levels = [np.count_nonzero(np.isclose(rest, level)) / RATE_HZ for level in (0.1, 0.2, 0.3)]
    assert levels == pytest.approx([0.0, 0.3, 0.3], abs=0.02)


async def test_nothing_is_lost_or_heard_twice_from_a_pause_in_a_gap(sound: FakeSound) -> None:
    speaker, stream = await spoken(sound, words(0.1, 0.2, 0.3))
    first = render(stream, 0.36)
    for _ in range(2):
        speaker.set_paused(True)
        render(stream, 0.1)
    speaker.set_paused(False)
    whole = np.concatenate((first, render(stream, 1.5)))
    for level in (0.1, 0.2, 0.3):
        assert np.count_nonzero(np.isclose(whole, level)) / RATE_HZ == pytest.approx(0.3, abs=0.02)


async def test_pause_after_the_last_sample_says_nothing_again(sound: FakeSound) -> None:
    speaker, stream = await spoken(sound, words(0.1))
    render(stream, 0.5)
    speaker.set_paused(True)
    render(stream, 0.1)
    speaker.set_paused(False)
    assert not render(stream, 0.5).any()


async def test_speech_that_arrives_in_a_pause_waits(sound: FakeSound) -> None:
    speaker, stream = await spoken(sound, words(0.1))
    speaker.set_paused(True)
    render(stream, 0.1)
    await speaker.play(AudioChunk(words(0.2), RATE_HZ, start=len(words(0.1))))
    assert not render(stream, 0.5).any()
    speaker.set_paused(False)
    assert render(stream, 1.0).max() == pytest.approx(0.2)


async def test_flush_ends_the_pause(sound: FakeSound) -> None:
    speaker, stream = await spoken(sound, words(0.1, 0.2))
    render(stream, 0.1)
    speaker.set_paused(True)
    render(stream, 0.1)
    assert speaker.flush() == pytest.approx(0.7, abs=0.02)
    await speaker.play(AudioChunk(words(0.3), RATE_HZ))
    rest = render(stream, 0.5)
    assert set(np.unique(rest.round(3))) == {np.float32(0.0), np.float32(0.3)}
