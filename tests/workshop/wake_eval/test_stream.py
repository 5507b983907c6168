"""One run without a threshold gives the results of a run at any threshold."""

import math
from collections.abc import Callable, Sequence

import numpy as np
import pytest

from marvin.config.tables import Config
from marvin.config.wake import AstConfig
from marvin.conversation.ear import Ear, load_ear
from marvin.types import CHUNK_SAMPLES, RATE_HZ, Samples
from marvin.wake.ast.ast_classifier import AstWakeWordDetector, Verifier
from marvin.wake.ast.features import Features, FeatureSettings
from marvin.wake.verifier import Verification
from marvin.workshop.wake_eval.rates import accepted
from marvin.workshop.wake_eval.stream import QUIET_S, Take, every_candidate, stream_recording
from tests.fakes import FakeVad
from tests.paths import SAMPLES

THRESHOLDS = (0.05, 0.3, 0.4, 0.5, 0.6, 0.75, 0.9)
SPEECH_LIKE = AstConfig(window_samples=4_000, voice_hangover_s=0.2, candidate=0.45)


class Restless:
    """A classifier whose scores vary, in the same way for each stream of looks."""

    def __init__(self, seed: int) -> None:
        steps = np.random.default_rng(seed).normal(0, 0.6, 2_000)
        self._scores = iter((0.5 + 0.5 * np.sin(np.cumsum(steps))).tolist())

    def score(self, features: Features) -> float:
        return float(next(self._scores))


class Moody:
    """A second look that scores each sound differently."""

    def verify(self, samples: Samples, score: float) -> Verification:
        return Verification(0.5 + 0.5 * math.sin(1e4 * float(samples[-100:].sum())))


class WhenLoud(FakeVad):
    """Takes everything louder than the faint noise around a recording for speech."""

    def speech_probability(self, chunk: object) -> float:
        return float(np.abs(chunk.samples).max() > 0.05)  # type: ignore[attr-defined]


def _scripted(config: AstConfig, seed: int) -> Ear:
    settings = FeatureSettings(num_mel_bins=16, max_length=23)
    verifier: Verifier | None = Moody() if config.verify else None
    return Ear(WhenLoud(), AstWakeWordDetector(Restless(seed), settings, config, verifier))


def _bursts(seed: int) -> Samples:
    """Twenty seconds of noise that comes and goes."""
    random = np.random.default_rng(seed)
    loud = np.repeat(random.random(100) < 0.7, RATE_HZ // 5)
    return (random.normal(0, 0.1, 20 * RATE_HZ) * loud).astype(np.float32)


def _agrees(
    make: Callable[[AstConfig], Ear],
    config: AstConfig,
    audio: Samples,
    thresholds: Sequence[float] = THRESHOLDS,
) -> list[int]:
    """Counts at each threshold, after comparing them with plain runs."""
    free = stream_recording(make(every_candidate(config)), [audio])
    counts = []
    for threshold in thresholds:
        plain = stream_recording(make(config.model_copy(update={"threshold": threshold})), [audio])
        found = free.detections(threshold, config.refractory_s)
        assert [c.time_s for c in found] == [c.time_s for c in plain.candidates]
        assert accepted(free.timed, threshold, config.refractory_s) == len(plain.candidates)
        assert (free.best >= threshold) == bool(plain.candidates)
        counts.append(len(plain.candidates))
    return counts


@pytest.mark.parametrize("verify", [False, True])
@pytest.mark.parametrize(("smoothing", "patience", "refractory_s"), [(1, 1, 1.5), (2, 3, 0.7)])
@pytest.mark.parametrize("seed", range(3))
def test_curve_matches_plain_runs(
    verify: bool, smoothing: int, patience: int, refractory_s: float, seed: int
) -> None:
    config = SPEECH_LIKE.model_copy(
        update={
            "verify": verify,
            "smoothing": smoothing,
            "patience": patience,
            "refractory_s": refractory_s,
        }
    )
    counts = _agrees(lambda config: _scripted(config, seed), config, _bursts(seed))
    assert counts[0] >= 3, "there is something to compare"
    assert counts[0] > counts[-1]


@pytest.mark.parametrize("verify", [False, True])
def test_speech_with_the_shipped_model_matches_too(verify: bool) -> None:
    import soundfile

    config = AstConfig(verify=verify)
    speech = [
        soundfile.read(SAMPLES / f"{name}.wav", dtype="float32")[0]
        for name in ("two_questions", "not_for_me")
    ]
    audio = np.concatenate([*speech, speech[0]])
    counts = _agrees(lambda wake: load_ear(Config(wake=wake)), config, audio, (0.2, 0.6, 0.9))
    assert counts[0] >= 2


def test_times_are_relative_to_the_recording_in_blocks_of_any_size() -> None:
    audio = _bursts(1)
    whole = stream_recording(_scripted(SPEECH_LIKE, 1), [audio])
    pieces = stream_recording(_scripted(SPEECH_LIKE, 1), np.array_split(audio, 37))
    assert whole.candidates == pieces.candidates
    assert whole.seconds == pytest.approx(20.0)
    assert whole.streamed_s == pytest.approx(20.0 + 2 * QUIET_S)
    assert whole.cpu_s > 0
    for candidate in whole.candidates:
        assert 0 <= candidate.reported_s - candidate.time_s <= CHUNK_SAMPLES / RATE_HZ


def test_recordings_do_not_affect_each_other() -> None:
    class Counting(Restless):
        def score(self, features: Features) -> float:
            return float(features.mean() > -0.5)

    settings = FeatureSettings(num_mel_bins=16, max_length=23)
    config = every_candidate(SPEECH_LIKE.model_copy(update={"verify": False}))
    ear = Ear(WhenLoud(), AstWakeWordDetector(Counting(0), settings, config))
    first, again = (stream_recording(ear, [_bursts(2)]) for _ in range(2))
    assert first.candidates
    assert first.candidates == again.candidates


def test_scores_below_the_lowest_relevant_one_are_not_kept() -> None:
    config = every_candidate(SPEECH_LIKE.model_copy(update={"verify": False}))
    all_of_them = stream_recording(_scripted(config, 1), [_bursts(1)])
    some = stream_recording(_scripted(config, 1), [_bursts(1)], least=0.5)
    assert 0 < len(some.candidates) < len(all_of_them.candidates)
    assert all(candidate.score >= 0.5 for candidate in some.candidates)
    assert some.first(0.9) == all_of_them.first(0.9)


def test_no_detection_is_a_score_of_zero() -> None:
    assert Take().best == 0.0
    assert Take().first(0.0) is None
