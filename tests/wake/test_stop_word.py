""" "Stop" on its own, heard by its phones."""

import numpy as np
import pytest

from marvin.cancellation import CancelToken
from marvin.config.tts import EspeakConfig
from marvin.tts.espeak import EspeakSynthesizer
from marvin.types import CHUNK_SAMPLES, RATE_HZ, AudioChunk, Samples
from marvin.wake.stop_word import StopWord
from marvin.workshop.wake_train.audio_files import read_file
from tests.paths import DATA

needs_recordings = pytest.mark.skipif(
    not DATA.is_dir(), reason="no real recordings in ../shared/data"
)
LOUD = 0.01


@pytest.fixture(scope="module")
def stop_word() -> StopWord:
    return StopWord.load()


@pytest.fixture(scope="module")
def voice() -> EspeakSynthesizer:
    return EspeakSynthesizer.load(EspeakConfig(voice="en-us"))


def spoken(voice: EspeakSynthesizer, text: str) -> Samples:
    chunks = list(voice.synthesize(text, CancelToken()))
    samples = np.concatenate([chunk.samples for chunk in chunks])
    count = len(samples) * RATE_HZ // chunks[0].rate_hz
    resampled: Samples = np.interp(
        np.linspace(0, len(samples) - 1, count), np.arange(len(samples)), samples
    ).astype(np.float32)
    return resampled


def hears(stop_word: StopWord, samples: Samples, before_s: float = 1.0) -> bool:
    """Whether it hears the word in audio between two silences."""
    stop_word.reset()
    quiet = [np.zeros(round(seconds * RATE_HZ), np.float32) for seconds in (before_s, 1.0)]
    audio = np.concatenate([quiet[0], 0.3 / np.abs(samples).max() * samples, quiet[1]])
    audio += np.random.default_rng(1).normal(0.0, 3e-4, len(audio)).astype(np.float32)
    chunks = [
        AudioChunk(audio[at : at + CHUNK_SAMPLES], start=at)
        for at in range(0, len(audio) - CHUNK_SAMPLES + 1, CHUNK_SAMPLES)
    ]
    return any(
        stop_word.process(one, speech=bool(np.sqrt(np.mean(one.samples**2)) > LOUD))
        for one in chunks
    )


def test_stop_is_heard(stop_word: StopWord, voice: EspeakSynthesizer) -> None:
    assert hears(stop_word, spoken(voice, "stop"))


@pytest.mark.parametrize("text", ["yes", "seven", "hello", "okay", "more", "kitchen"])
def test_other_word_is_not(stop_word: StopWord, voice: EspeakSynthesizer, text: str) -> None:
    assert not hears(stop_word, spoken(voice, text))


def test_stop_in_a_sentence_is_not(stop_word: StopWord, voice: EspeakSynthesizer) -> None:
    assert not hears(stop_word, spoken(voice, "the bus does not stop at the station"))


def test_stop_right_after_other_sound_is_not(stop_word: StopWord, voice: EspeakSynthesizer) -> None:
    word = spoken(voice, "stop")
    hum = 0.1 * np.sin(2 * np.pi * 300 * np.arange(RATE_HZ) / RATE_HZ).astype(np.float32)
    gap = np.zeros(round(0.1 * RATE_HZ), np.float32)
    assert not hears(stop_word, np.concatenate([hum, gap, word]))


def test_reset_forgets_the_silence_before(stop_word: StopWord, voice: EspeakSynthesizer) -> None:
    word = spoken(voice, "stop")
    assert not hears(stop_word, word, before_s=0.0)
    assert hears(stop_word, word)


@needs_recordings
def test_recording_of_stop_is_heard(stop_word: StopWord) -> None:
    assert hears(stop_word, read_file(DATA / "wake" / "words35" / "stop.wav"))


@needs_recordings
def test_recordings_of_other_words_are_not(stop_word: StopWord) -> None:
    others = sorted((DATA / "wake" / "words35").glob("*.wav"))
    heard = [
        path.stem for path in others if path.stem != "stop" and hears(stop_word, read_file(path))
    ]
    assert heard == []
