"""A user who waits after the wake word hears a chime; nobody is talked over."""

import asyncio
import wave
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import numpy as np
import pytest

from marvin.audio import chime
from marvin.config.tables import Config, TurnConfig
from marvin.pcm import level_dbfs
from marvin.types import CHUNK_SAMPLES, RATE_HZ
from tests.fake_line import Line, outcomes
from tests.fakes import PAUSE, QUESTION, FakeSource, FakeTranscriber
from tests.paths import SAMPLES

CHIME = len(chime.wake().samples)


@asynccontextmanager
async def room(config: Config | None = None) -> AsyncIterator[tuple[Line, FakeTranscriber]]:
    transcriber = FakeTranscriber("one", "two")
    line = Line(FakeSource(live=True), config=config, transcriber=lambda: transcriber)
    running = asyncio.create_task(line.run())
    try:
        async with asyncio.timeout(300):
            yield line, transcriber
            line.source.end()
            await running
    finally:
        running.cancel()
        await asyncio.wait([running])


def chimes(line: Line) -> int:
    return sum(len(chunk.samples) == CHIME for chunk in line.sink.played)


async def heard(line: Line, script: str) -> None:
    """Say it, and wait until it has been heard and has taken effect."""
    line.source.say(script)
    while line.source.waiting:  # noqa: ASYNC110 (it tells nobody)
        await asyncio.sleep(0)
    await asyncio.sleep(0.02)


async def test_user_who_waits_after_the_wake_word_hears_one_chime() -> None:
    async with room() as (line, _):
        await heard(line, "...W" + "." * 11)
        assert chimes(line) == 0
        await heard(line, "." * 60)
        assert chimes(line) == 1
        assert line.states() == ["listening"]
        assert chime.wake().duration_s < 0.25


@pytest.mark.parametrize(
    "script",
    [
        QUESTION,
        "." * 10 + "sssW" + "s" * 15 + PAUSE,
        "...W" + "." * 8 + "s" * 20 + PAUSE,
        "...W....s....s" + "s" * 9,
    ],
    ids=["after a breath", "in one breath", "after a third of a second", "haltingly"],
)
async def test_user_who_keeps_speaking_is_not_talked_over(script: str) -> None:
    async with room() as (line, _):
        await heard(line, script)
        assert chimes(line) == 0


async def test_echo_of_the_chime_does_not_end_an_utterance() -> None:
    async with room() as (line, transcriber):
        # The echo is as loud as speech, for a third of a second after playback.
        await heard(line, "...W" + "." * 14 + "s" * 9 + "." * 60)
        assert chimes(line) == 1
        assert line.states() == ["listening"]
        await heard(line, "s" * 15 + PAUSE)
        await line.until(lambda: outcomes(line) == ["answered"])
        assert len(transcriber.utterances) == 1


async def test_speech_during_the_chime_is_not_lost() -> None:
    async with room() as (line, transcriber):
        await heard(line, "...W" + "." * 13 + "s" * 30 + PAUSE)
        await line.until(lambda: outcomes(line) == ["answered"])
        assert chimes(line) == 1
        said = np.abs(transcriber.utterances[0].samples) > 0.05
        assert said.sum() == 31 * CHUNK_SAMPLES, "the wake word and everything after it"


def test_recogniser_hears_words_during_the_chime_and_hardly_any_of_the_chime() -> None:
    with wave.open(str(SAMPLES / "arithmetic.wav")) as file:
        pcm = np.frombuffer(file.readframes(file.getnframes()), np.int16)
    words = (pcm[2 * RATE_HZ : round(2.6 * RATE_HZ)] / 32768).astype(np.float32)
    import soxr

    sound = chime.wake()
    heard = np.zeros_like(words)
    resampled = soxr.resample(sound.samples, sound.rate_hz, RATE_HZ)
    heard[: len(resampled)] = resampled

    left = chime.without_wake(heard + words, RATE_HZ)
    of_the_chime = chime.without_wake(heard, RATE_HZ)
    assert level_dbfs(of_the_chime) < level_dbfs(heard) - 12.0
    assert level_dbfs(left - words) < level_dbfs(words) - 10.0


async def test_listening_started_by_a_button_also_chimes() -> None:
    async with room() as (line, _):
        await heard(line, "...")
        line.assistant.listen()
        await heard(line, "." * 20)
        assert chimes(line) == 1


async def test_answer_to_marvin_s_question_has_no_chime() -> None:
    async with room(Config(turn=TurnConfig(follow_up_s=5.0))) as (line, _):
        await heard(line, QUESTION)
        await line.until(lambda: line.states()[-2:] == ["speaking", "listening"])
        await heard(line, "." * 40)
        assert chimes(line) == 0


async def test_it_can_be_turned_off() -> None:
    async with room(Config(turn=TurnConfig(wake_chime=False))) as (line, _):
        await heard(line, "...W" + "." * 30)
        assert chimes(line) == 0


async def test_recording_has_no_chime() -> None:
    line = Line(FakeSource("...W" + "." * 60))
    await line.run()
    assert line.sink.played == []
