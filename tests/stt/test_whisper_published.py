"""Whisper on published weights: no fast path and no dtype that `auto` may choose loses words.

Drafts are tested on speech by espeak-ng, the rest on recordings.
"""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from benchmarks.accuracy.command_recordings import read
from benchmarks.accuracy.word_errors import Reading, readings, words
from marvin.backends.pretrained.place import Place
from marvin.cancellation import CancelToken
from marvin.config.stt import WhisperConfig
from marvin.config.tts import EspeakConfig
from marvin.stt.sounds import distance
from marvin.stt.whisper.whisper import WhisperTranscriber
from marvin.tts.espeak import EspeakSynthesizer
from marvin.types import RATE_HZ, Samples
from tests.paths import DATA
from tests.published import published
from tests.stt.hearing import hear, utterance

DTYPES = WhisperConfig.traits.cpu
SENTENCES = (
    "Remind me to water the plants at half past seven tomorrow morning.",
    "How far away is the moon, and how long would it take to walk there?",
)

with_recordings = pytest.mark.skipif(
    not (DATA / "transcripts.tsv").is_file(),
    reason="the recordings of shared/data are not on this machine",
)


@cache
def load(name: str, dtype: str = "int8", **keys: object) -> WhisperTranscriber:
    config = WhisperConfig(model=str(published(name))).model_copy(update=keys)
    return WhisperTranscriber.load(config, Place("cpu", dtype, 1))


@pytest.fixture(scope="module", autouse=True)
def forgotten() -> Iterator[None]:
    """The models are freed after the tests."""
    yield
    load.cache_clear()


@pytest.fixture(scope="module")
def spoken() -> list[Samples]:
    import soxr

    with closing(EspeakSynthesizer.load(EspeakConfig())) as voice:
        said = [list(voice.synthesize(sentence, CancelToken())) for sentence in SENTENCES]
    return [
        soxr.resample(np.concatenate([one.samples for one in chunks]), chunks[0].rate_hz, RATE_HZ)
        for chunks in said
    ]


@pytest.mark.parametrize("dtype", DTYPES)
def test_drafts_do_not_change_the_text(spoken: list[Samples], dtype: str) -> None:
    with_drafts, without = (
        load("whisper-tiny.en", dtype, drafts=drafts) for drafts in (True, False)
    )
    for samples in spoken:
        for end in range(RATE_HZ, len(samples), RATE_HZ // 2):
            begun = utterance(samples[:end])
            partials = [one.partial(begun, CancelToken()) for one in (with_drafts, without)]
            assert partials[0].text == partials[1].text
        final = hear(without, samples)
        assert len(final.text.split()) > 5
        assert hear(with_drafts, samples).text == final.text


def wrong(transcriber: WhisperTranscriber, clips: list[Reading]) -> int:
    return sum(
        distance(words(clip.text), words(hear(transcriber, clip.samples()).text)) for clip in clips
    )


@with_recordings
def test_thinned_silence_and_dtypes_cost_no_words() -> None:
    clips = readings(DATA, 10)
    total = sum(len(words(clip.text)) for clip in clips)
    whole = wrong(load("whisper-base", "float32", thin_silence=False), clips)
    assert whole < 0.15 * total
    for dtype in DTYPES:
        # Single words differ in both directions: `benchmarks.accuracy.whisper_words` has figures.
        assert wrong(load("whisper-base", dtype), clips) <= whole + 0.03 * total


@with_recordings
def test_noise_gives_no_text() -> None:
    names = sorted(DATA.glob("noise/**/*.wav"))[::6]
    assert len(names) >= 10
    texts = [hear(load("whisper-base"), read(name)[: 15 * RATE_HZ]).text for name in names]
    assert sum(map(bool, texts)) <= 1, texts


@with_recordings
def test_command_in_another_voice_than_the_wake_word_is_not_lost() -> None:
    transcriber, wake_end = load("whisper-base"), round(0.75 * RATE_HZ)
    wake = read(DATA / "wake" / "marvin" / "mlcommons_marvin_617de221_0.wav")
    alone, called = 0, 0
    for path in sorted((DATA / "speech-en" / "ha_commands").glob("*.wav")):
        if path.stem.startswith("oov"):
            continue
        command, wanted = read(path), words(path.stem)
        whole = utterance(np.concatenate([wake, command]))
        known = replace(whole, speech_s=2.0, wake_score=0.9, wake_end=wake_end)
        heard = transcriber.transcribe(known, CancelToken())
        assert heard.text or heard.confidence < 0.5
        alone += words(hear(transcriber, command).text) == wanted
        called += words(heard.text) == wanted
    assert called >= alone > 5


@with_recordings
def test_french_is_translated() -> None:
    samples = read(DATA / "speech-xx" / "fr_ha_commands" / "allume la lumière.wav")
    heard = hear(load("whisper-base", language="fr", task="translate"), samples)
    assert "light" in heard.text.lower()
    assert heard.language == "en"
