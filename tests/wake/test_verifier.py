"""The second look: when it happens, and how it judges other speech."""

from collections.abc import Iterator

import numpy as np
import pytest

from marvin.cancellation import CancelToken
from marvin.config.tts import EspeakConfig
from marvin.config.wake import AstConfig
from marvin.errors import ModelLoadError
from marvin.tts.espeak import EspeakSynthesizer
from marvin.types import RATE_HZ, AudioChunk, Detection, Samples
from marvin.wake.ast.ast_classifier import AstWakeWordDetector
from marvin.wake.ast.features import Features, FeatureSettings
from marvin.wake.phone_evidence import HIGHEST, LOWEST, NAMES
from marvin.wake.verifier import (
    HEARD_SAMPLES,
    WEIGHTS,
    PhoneVerifier,
    Verification,
    pronunciations,
)
from marvin.workshop.wake_eval.rooms import simulated_rooms
from marvin.workshop.wake_train.audio_files import read_file
from marvin.workshop.wake_train.room_acoustics import in_room
from tests.paths import DATA

needs_recordings = pytest.mark.skipif(
    not DATA.is_dir(), reason="no real recordings in ../shared/data"
)
HOP = 1_600
CONFIG = AstConfig(
    threshold=0.5, candidate=0.4, smoothing=1, refractory_s=1.0, speaking_threshold=0.8, calm_hops=1
)


class FakeClassifier:
    def __init__(self, *scores: float) -> None:
        self._scores = list(scores)

    def score(self, features: Features) -> float:
        return self._scores.pop(0) if self._scores else 0.0


class FakeVerifier:
    def __init__(self, *confidences: float) -> None:
        self._confidences = list(confidences)
        self.asked: list[tuple[int, float]] = []
        self.last = np.zeros(0, np.float32)

    def verify(self, samples: Samples, score: float) -> Verification:
        self.asked.append((len(samples), score))
        self.last = samples
        return Verification(self._confidences.pop(0), len(samples) - 100)


def heard(
    scores: list[float], verifier: FakeVerifier, *, speaking: bool = False
) -> list[Detection]:
    """Detections in two seconds of audio followed by looks with these scores."""
    settings = FeatureSettings(num_mel_bins=40, max_length=118)
    classifier = FakeClassifier(*[0.0] * 20, *scores)
    detector = AstWakeWordDetector(classifier, settings, CONFIG, verifier)
    detector.set_speaking(speaking)
    noise = np.random.default_rng(1).normal(0, 0.1, HOP).astype(np.float32)
    chunks = (AudioChunk(noise, start=at * HOP) for at in range(20 + len(scores)))
    return [found for chunk in chunks if (found := detector.process(chunk, True)) is not None]


def test_second_look_happens_when_the_word_is_complete_with_the_best_score() -> None:
    verifier = FakeVerifier(0.9)
    (detection,) = heard([0.5, 0.7, 0.6, 0.0], verifier)
    assert (detection.score, detection.at) == (0.9, 23 * HOP)
    assert verifier.asked == [(HEARD_SAMPLES, 0.7)]


def test_rejected_candidate_is_not_judged_again() -> None:
    verifier = FakeVerifier(0.3)
    assert heard([0.9] * 10, verifier) == []
    assert len(verifier.asked) == 1


def test_new_candidate_is_judged_after_the_score_has_fallen() -> None:
    verifier = FakeVerifier(0.3, 0.7)
    (detection,) = heard([0.9, 0.9, 0.9, 0.1, 0.9, 0.9, 0.9], verifier)
    assert detection.score == 0.7


def test_below_the_candidate_limit_there_is_no_second_look() -> None:
    verifier = FakeVerifier()
    assert heard([0.39] * 10, verifier) == []
    assert verifier.asked == []


def test_it_does_not_wake_twice_within_the_refractory_period() -> None:
    pattern = [0.9, 0.9, 0.9, 0.0]
    assert len(heard(pattern * 2, FakeVerifier(0.9, 0.9))) == 1
    assert len(heard(pattern + [0.0] * 10 + pattern, FakeVerifier(0.9, 0.9))) == 2


def test_word_that_ends_after_the_refractory_period_counts() -> None:
    verifier = FakeVerifier(0.9, 0.9)
    found = heard([0.9, 0.9, 0.9, *[0.0] * 9, 0.9, 0.9, 0.9], verifier)
    assert [detection.at for detection in found] == [23 * HOP, 35 * HOP]


def test_while_marvin_speaks_more_confidence_is_needed() -> None:
    assert heard([0.9] * 4, FakeVerifier(0.7), speaking=True) == []
    assert len(heard([0.9] * 4, FakeVerifier(0.9), speaking=True)) == 1


@pytest.mark.parametrize("size", [100, HOP, 20_000, 90_000])
def test_second_look_gets_the_audio_up_to_its_look_whatever_the_chunks_are(size: int) -> None:
    verifier = FakeVerifier(0.9)
    classifier = FakeClassifier(*[0.0] * 20, 0.9, 0.9, 0.9)
    detector = AstWakeWordDetector(classifier, FeatureSettings(40, 118), CONFIG, verifier)
    audio = np.random.default_rng(1).normal(0, 0.1, 90_000).astype(np.float32)
    found = [
        detection
        for at in range(0, len(audio), size)
        if (detection := detector.process(AudioChunk(audio[at : at + size], start=at), True))
    ]
    assert [detection.at for detection in found] == [23 * HOP]
    assert np.array_equal(verifier.last, audio[23 * HOP - HEARD_SAMPLES : 23 * HOP])


def test_audio_before_a_long_silence_is_not_judged_after_it() -> None:
    verifier = FakeVerifier(0.9)
    config = CONFIG.model_copy(update={"voice_hangover_s": 0.0})
    classifier = FakeClassifier(*[0.0] * 20, 0.9)
    detector = AstWakeWordDetector(classifier, FeatureSettings(40, 118), config, verifier)
    noise = np.random.default_rng(1).normal(0, 0.1, HOP).astype(np.float32)
    voices = [True] * 21 + [False] * 40 + [True] * 10
    chunks = (AudioChunk(noise, start=at * HOP) for at in range(len(voices)))
    found = [detector.process(chunk, voice) for chunk, voice in zip(chunks, voices, strict=True)]
    assert found == [None] * len(voices)
    assert verifier.asked == []


@pytest.fixture(scope="module")
def phones() -> PhoneVerifier:
    return PhoneVerifier.load("marvin")


@pytest.fixture(scope="module")
def voice() -> Iterator[EspeakSynthesizer]:
    voice = EspeakSynthesizer.load(EspeakConfig(voice="en-us", words_per_minute=130))
    yield voice
    voice.close()


def spoken(voice: EspeakSynthesizer, text: str) -> Samples:
    import soxr

    chunks = list(voice.synthesize(text, CancelToken()))
    samples = np.concatenate([chunk.samples for chunk in chunks])
    return np.asarray(soxr.resample(samples, chunks[0].rate_hz, RATE_HZ), np.float32)


def test_word_fits_better_than_others(phones: PhoneVerifier, voice: EspeakSynthesizer) -> None:
    name = phones.verify(spoken(voice, "marvin"), 0.6).confidence
    others = [
        phones.verify(spoken(voice, text)[-HEARD_SAMPLES:], 0.6).confidence
        for text in ("kitchen light", "good evening", "seventy two", "open the window")
    ]
    assert name > 2 * max(others)


def test_end_of_the_word_is_known(phones: PhoneVerifier, voice: EspeakSynthesizer) -> None:
    word = spoken(voice, "marvin")
    levels = np.abs(word)
    last = int(np.flatnonzero(levels > 0.02 * levels.max())[-1])
    for behind_s in (0.05, 0.3):
        quiet = np.zeros(round(behind_s * RATE_HZ), np.float32)
        heard = np.concatenate([word[: last + 1], quiet])
        end = phones.verify(heard, 0.6).end
        assert end is not None
        assert abs(end - last) < 0.1 * RATE_HZ
    assert phones.verify(np.zeros(HEARD_SAMPLES, np.float32), 0.6).end is None


def test_first_look_counts(phones: PhoneVerifier, voice: EspeakSynthesizer) -> None:
    word = spoken(voice, "marvin")
    certain, doubtful = phones.verify(word, 0.99).confidence, phones.verify(word, 0.45).confidence
    assert certain > doubtful


def test_only_undecided_windows_are_judged_without_reverberation_too(
    phones: PhoneVerifier, voice: EspeakSynthesizer
) -> None:
    word = in_room(spoken(voice, "marvin"), simulated_rooms(1)[0])[:HEARD_SAMPLES]
    hiss = np.random.default_rng(1).normal(0, 0.1, HEARD_SAMPLES).astype(np.float32)

    def odds(samples: Samples) -> float:
        confidence = phones.verify(samples, 0.5).confidence
        return float(np.log(confidence / (1 - confidence)))

    def totals(samples: Samples) -> list[float]:
        fits = [phones.fit(samples, dry=dry) for dry in (False, True)]
        return [float(fit.evidence @ np.array(WEIGHTS)) for fit in fits if fit is not None]

    recorded, dry = totals(word)
    assert abs(recorded - dry) > 0.1
    bias = odds(word) - (recorded + dry) / 2
    assert -3 < bias < 0
    assert odds(hiss) == pytest.approx(totals(hiss)[0] + bias)


def test_silence_is_not_the_word(phones: PhoneVerifier) -> None:
    assert phones.verify(np.zeros(HEARD_SAMPLES, np.float32), 0.99).confidence == 0.0


def test_very_short_sound_is_not_the_word(phones: PhoneVerifier) -> None:
    click = np.random.default_rng(1).normal(0, 0.1, RATE_HZ // 8).astype(np.float32)
    assert phones.verify(click, 0.99).confidence == 0.0


def test_noise_is_not_the_word(phones: PhoneVerifier) -> None:
    hiss = np.random.default_rng(1).normal(0, 0.1, HEARD_SAMPLES).astype(np.float32)
    assert phones.verify(hiss, 0.9).confidence < 0.1


def test_loudness_is_not_evidence(phones: PhoneVerifier, voice: EspeakSynthesizer) -> None:
    word = spoken(voice, "marvin")
    loud, quiet = phones.fit(word), phones.fit(word * np.float32(0.05))
    assert loud is not None
    assert quiet is not None
    np.testing.assert_allclose(loud.evidence, quiet.evidence, atol=0.5)


def test_each_feature_is_within_its_limits(phones: PhoneVerifier, voice: EspeakSynthesizer) -> None:
    fit = phones.fit(spoken(voice, "something else entirely")[-HEARD_SAMPLES:])
    assert fit is not None
    row = fit.evidence
    assert row.shape == (len(NAMES),)
    assert np.all((row >= LOWEST) & (row <= HIGHEST))


def test_words_have_several_pronunciations() -> None:
    ways = pronunciations("marvin")
    assert ways[0] == ("M", "AA", "R", "V", "IH", "N")
    assert ("M", "AA", "V", "IH", "N") in ways
    assert ("M", "AA", "R", "V", "AH", "N") in ways


def test_pause_between_two_words_is_accepted() -> None:
    ways = pronunciations("hey marvin")
    assert any("SIL" in way for way in ways)
    assert any("SIL" not in way for way in ways)
    assert all("SIL" not in way for way in pronunciations("marvin"))


def words_in(folder: str, verifier: PhoneVerifier, score: float) -> list[float]:
    """The best confidence within each recording of one word."""
    best = []
    for path in sorted((DATA / folder).glob("*.wav"))[:20]:
        heard = np.pad(read_file(path), (HEARD_SAMPLES, RATE_HZ // 5))
        ends = range(HEARD_SAMPLES + RATE_HZ // 2, len(heard) + 1, 4_800)
        best.append(
            max(verifier.verify(heard[e - HEARD_SAMPLES : e], score).confidence for e in ends)
        )
    return best


@needs_recordings
def test_real_speakers_are_told_apart_from_other_words() -> None:
    verifier = PhoneVerifier.load("athena")
    said = words_in("wake/other/mycroft_athena", verifier, 0.8)
    others = words_in("wake/words35", verifier, 0.8)
    assert np.mean(np.array(said) > 0.5) >= 0.9
    assert np.mean(np.array(others) > 0.5) <= 0.05


def test_word_without_pronunciation_is_named() -> None:
    with pytest.raises(ModelLoadError, match="no pronunciation for 'zxqvw'"):
        PhoneVerifier.load("hey zxqvw")
    assert PhoneVerifier.load("hey zxqvw", lambda word: "zekwa") is not None
