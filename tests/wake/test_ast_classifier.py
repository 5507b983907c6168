"""The detector with a scripted classifier: when it looks, what it sees, what it reports."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from marvin.audio.backlog import Backlog
from marvin.config.wake import AstConfig
from marvin.protocols import WakeWordDetector
from marvin.types import CHUNK_SAMPLES, RATE_HZ, AudioChunk, Detection, Samples
from marvin.wake.ast.ast_classifier import AstWakeWordDetector
from marvin.wake.ast.features import Features, FeatureSettings, LogMel

SETTINGS = FeatureSettings(num_mel_bins=40, max_length=98)
CONFIG = AstConfig(
    threshold=0.5, window_samples=16_000, hop_samples=1_600, smoothing=1, patience=1,
    refractory_s=1.0, voice_hangover_s=0.5, speaking_threshold=0.8, verify=False, calm_hops=1,
)  # fmt: skip


class FakeClassifier:
    """Scores by script, then repeats the last score; keeps what it saw."""

    def __init__(self, *scores: float) -> None:
        self._scores = list(scores)
        self.seen: list[Features] = []

    def score(self, features: Features) -> float:
        self.seen.append(features.copy())
        return self._scores.pop(0) if len(self._scores) > 1 else self._scores[0]


def _detector(classifier: FakeClassifier, config: AstConfig = CONFIG) -> AstWakeWordDetector:
    return AstWakeWordDetector(classifier, SETTINGS, config)


def _chunks(audio: Samples, size: int = 640, start: int = 0) -> Iterator[AudioChunk]:
    for first in range(0, len(audio), size):
        yield AudioChunk(audio[first : first + size], start=start + first)


def _noise(samples: int) -> Samples:
    return np.random.default_rng(5).standard_normal(samples).astype(np.float32) * 0.1


def _heard(
    detector: WakeWordDetector,
    audio: Samples,
    *,
    voice: bool = True,
    size: int = 640,
    start: int = 0,
) -> list[Detection]:
    found = (detector.process(chunk, voice) for chunk in _chunks(audio, size, start))
    return [detection for detection in found if detection is not None]


@pytest.mark.parametrize("size", [1, 160, 640, 1_599, 50_000])
def test_it_looks_every_hop_whatever_the_chunks_are(size: int) -> None:
    classifier = FakeClassifier(0.0)
    audio = _noise(8_000)
    _heard(_detector(classifier), audio, size=size)
    assert len(classifier.seen) == 5
    expected = FakeClassifier(0.0)
    _heard(_detector(expected), audio, size=8_000)
    for ours, theirs in zip(classifier.seen, expected.seen, strict=True):
        assert np.abs(ours - theirs).max() < 1e-5


def test_it_looks_less_often_while_scores_are_low() -> None:
    classifier = FakeClassifier(0.0, 0.0, 0.3, 0.3, 0.0)
    detector = _detector(classifier, CONFIG.model_copy(update={"calm_hops": 3}))
    looks = []
    for chunk in _chunks(_noise(24_000), 1_600):
        before = len(classifier.seen)
        detector.process(chunk, voice=True)
        looks.append(len(classifier.seen) - before)
    # Two calm looks, two at once after a rise, and calm again.
    assert looks == [1, 0, 0, 1, 0, 0, 1, 1, 1, 0, 0, 1, 0, 0, 1]


@pytest.mark.parametrize(("told", "dropped"), [(True, False), (False, True)])
def test_on_a_slow_machine_it_looks_less_often_but_hears_everything(
    told: bool, dropped: bool
) -> None:
    look_s, chunk_s = 0.4, CHUNK_SAMPLES / RATE_HZ
    classifier = FakeClassifier(0.0)
    detector = _detector(classifier, CONFIG.model_copy(update={"calm_hops": 3}))
    backlog = Backlog(4 * RATE_HZ)
    now_s = 0.0
    for number, chunk in enumerate(_chunks(_noise(60 * RATE_HZ), CHUNK_SAMPLES)):
        backlog.offer(chunk.samples)
        heard_s = (number + 1) * chunk_s
        # On the test's own clock, each look takes its time and everything else none.
        while len(backlog) and now_s <= heard_s:
            start, samples = backlog.take()
            behind_s = backlog.held / RATE_HZ if told else 0.0
            looks = len(classifier.seen)
            detector.process(AudioChunk(samples, start=start, behind_s=behind_s), voice=True)
            now_s = max(now_s, heard_s) + look_s * (len(classifier.seen) - looks)
    assert (backlog.dropped > 0) == dropped
    if told:
        # As often as possible without falling behind.
        assert len(classifier.seen) * look_s > 40


def test_with_one_calm_hop_it_takes_every_look_however_busy_the_machine() -> None:
    classifier = FakeClassifier(0.0)
    detector = _detector(classifier)
    for chunk in _chunks(_noise(16_000), 1_600):
        detector.process(replace(chunk, behind_s=3.0), voice=True)
    assert len(classifier.seen) == 10


def test_likely_word_is_looked_at_however_busy_the_machine() -> None:
    classifier = FakeClassifier(0.3)
    detector = _detector(classifier, CONFIG.model_copy(update={"calm_hops": 3}))
    for chunk in _chunks(_noise(16_000), 1_600):
        detector.process(replace(chunk, behind_s=3.0), voice=True)
    assert len(classifier.seen) == 10


def test_detection_is_at_the_end_of_the_deciding_window() -> None:
    classifier = FakeClassifier(0.25, 0.25, 0.75, 0.25)
    heard = _heard(_detector(classifier), _noise(8_000), start=10_000)
    assert heard == [Detection("marvin", 0.75, 10_000 + 3 * 1_600)]


def test_chunk_longer_than_a_window_is_looked_at_hop_by_hop() -> None:
    classifier = FakeClassifier(*[0.0] * 19, 0.9, 0.0)
    heard = _heard(_detector(classifier), _noise(48_000), size=48_000)
    assert [detection.at for detection in heard] == [20 * 1_600]
    assert len(classifier.seen) == 30


def test_detection_is_not_repeated_in_the_refractory_period() -> None:
    heard = _heard(_detector(FakeClassifier(0.9)), _noise(32_000))
    assert [detection.at for detection in heard] == [1_600, 17_600]


def test_higher_threshold_applies_while_marvin_speaks() -> None:
    detector = _detector(FakeClassifier(0.7))
    detector.set_speaking(True)
    assert _heard(detector, _noise(16_000)) == []
    assert detector.last_score == pytest.approx(0.7)
    detector.set_speaking(False)
    assert len(_heard(detector, _noise(3_200), start=16_000)) == 1


def test_silence_costs_neither_features_nor_model(monkeypatch: pytest.MonkeyPatch) -> None:
    computed = []
    original = LogMel.__call__

    def counted(self: LogMel, audio: Samples) -> Features:
        computed.append(len(audio))
        return original(self, audio)

    monkeypatch.setattr(LogMel, "__call__", counted)
    classifier = FakeClassifier(0.9)
    assert _heard(_detector(classifier), _noise(160_000), voice=False) == []
    assert classifier.seen == []
    assert computed == []


def test_model_rests_after_the_hangover_and_its_score_is_dropped() -> None:
    classifier = FakeClassifier(0.3)
    detector = _detector(classifier)
    _heard(detector, _noise(16_000))
    _heard(detector, _noise(160_000), voice=False, start=16_000)
    # 10 looks with voice and those of half a second after it.
    assert len(classifier.seen) == 15
    assert detector.last_score == 0.0


def test_when_voice_begins_the_window_contains_earlier_audio() -> None:
    audio = _noise(40_000)
    resting, awake = FakeClassifier(0.0), FakeClassifier(0.0)
    detector = _detector(resting)
    _heard(detector, audio[:32_000], voice=False)
    _heard(detector, audio[32_000:], start=32_000)
    _heard(_detector(awake), audio)
    assert len(resting.seen) == 5
    for ours, theirs in zip(resting.seen, awake.seen[-5:], strict=True):
        assert np.abs(ours - theirs).max() < 1e-5


def test_nothing_heard_before_a_reset_counts() -> None:
    audio = _noise(32_000)
    classifier, fresh = FakeClassifier(0.9, 0.0), FakeClassifier(0.0)
    detector = _detector(classifier, CONFIG.model_copy(update={"smoothing": 2}))
    _heard(detector, audio[:1_600])
    detector.reset()
    assert detector.last_score == 0.0
    assert _heard(detector, audio[1_600:], start=1_600) == []
    _heard(_detector(fresh), audio[1_600:])
    for ours, theirs in zip(classifier.seen[1:], fresh.seen, strict=True):
        assert np.array_equal(ours, theirs)


def test_gap_in_the_stream_restarts_the_detector() -> None:
    audio = _noise(32_000)
    classifier, fresh = FakeClassifier(0.0), FakeClassifier(0.0)
    detector = _detector(classifier)
    _heard(detector, audio[:16_000])
    _heard(detector, audio[16_000:], start=20_000)
    _heard(_detector(fresh), audio[16_000:])
    for ours, theirs in zip(classifier.seen[10:], fresh.seen, strict=True):
        assert np.array_equal(ours, theirs)
