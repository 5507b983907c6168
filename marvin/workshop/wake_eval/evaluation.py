"""The results of an evaluation."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from marvin.config.wake import AstConfig
from marvin.workshop.wake_eval.rates import GRID, Interval, OperatingPoint, curve, share
from marvin.workshop.wake_eval.stream import ScoredMoment, Take

FINE_GRID = tuple(step / 100 for step in range(5, 100))

WANTED_PER_HOUR = 0.5
"""Acceptable false accepts per hour."""

FEW_POSITIVES = 30
FEW_NEGATIVES_S = 3 * 3600.0


@dataclass(frozen=True, slots=True)
class HarderTakes:
    """Results of the positives in rooms, in noise or in both."""

    takes: dict[Path, Take]
    snr_db: float | None = None
    """None without noise."""
    in_rooms: bool = False


@dataclass(frozen=True, slots=True)
class Misses:
    """How many recordings of the word are missed."""

    missed: int
    of: int
    share: Interval


@dataclass(slots=True)
class Evaluation:
    """Scores of all recordings, and figures derived from them."""

    config: AstConfig
    """The [wake] configuration, whose threshold defines misses and false accepts."""
    model_bytes: int
    positives: dict[Path, Take] = field(default_factory=dict)
    negatives: dict[Path, Take] = field(default_factory=dict)
    word_ends: dict[Path, float] = field(default_factory=dict)
    """Estimated end of the word in each positive, in seconds."""
    harder: list[HarderTakes] = field(default_factory=list)
    rooms: str = ""
    """Which rooms, in words; empty without rooms."""
    skipped: dict[Path, str] = field(default_factory=dict)
    """Unusable recordings, with reasons."""

    @property
    def negative_s(self) -> float:
        return sum(take.seconds for take in self.negatives.values())

    def points(self, thresholds: Sequence[float] = GRID) -> list[OperatingPoint]:
        """Operating points; NaN for misses without positives, and for false accepts without
        negatives."""
        return curve(
            [take.best for take in self.positives.values()],
            [take.timed for take in self.negatives.values()],
            self.negative_s,
            self.config.refractory_s,
            thresholds,
        )

    @property
    def configured(self) -> OperatingPoint:
        """At the configured threshold."""
        return self.points([self.config.threshold])[0]

    @property
    def quiet_enough(self) -> OperatingPoint | None:
        """The lowest threshold with at most WANTED_PER_HOUR false accepts."""
        if not self.negatives:
            return None
        fit = (p for p in self.points(FINE_GRID) if p.false_accepts.estimate <= WANTED_PER_HOUR)
        return next(fit, None)

    @property
    def missed(self) -> dict[Path, float]:
        """Missed positives with their best score."""
        threshold = self.config.threshold
        return {path: t.best for path, t in self.positives.items() if t.best < threshold}

    @property
    def wrongly_heard(self) -> dict[Path, list[ScoredMoment]]:
        """Negatives with false accepts."""
        threshold, refractory_s = self.config.threshold, self.config.refractory_s
        found = {p: t.detections(threshold, refractory_s) for p, t in self.negatives.items()}
        return {path: detections for path, detections in found.items() if detections}

    @property
    def delays_s(self) -> list[float]:
        """Sorted delays from the end of the word to its detection."""
        firsts = {path: t.first(self.config.threshold) for path, t in self.positives.items()}
        return sorted(
            first.reported_s - self.word_ends[path]
            for path, first in firsts.items()
            if first is not None
        )

    @property
    def cpu_share(self) -> float:
        """CPU time per second of audio."""
        return self._per_second(take.cpu_s for take in self._takes())

    @property
    def real_time_factor(self) -> float:
        """Wall-clock time per second of audio."""
        return self._per_second(take.wall_s for take in self._takes())

    def _takes(self) -> list[Take]:
        return [*self.positives.values(), *self.negatives.values()]

    def _per_second(self, seconds: Iterable[float]) -> float:
        streamed_s = sum(take.streamed_s for take in self._takes())
        return sum(seconds) / streamed_s if streamed_s else math.nan


def misses(takes: Iterable[Take], threshold: float) -> Misses:
    """Missed positives at a threshold."""
    scores = [take.best for take in takes]
    missed = sum(score < threshold for score in scores)
    return Misses(missed, len(scores), share(missed, len(scores)))


def quantile(ordered: Sequence[float], share: float) -> float:
    """Linearly interpolated quantile of sorted values; NaN if empty."""
    if not ordered:
        return math.nan
    at = share * (len(ordered) - 1)
    low = math.floor(at)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (at - low) * (ordered[high] - ordered[low])


def as_json(evaluation: Evaluation) -> dict[str, object]:
    """All results; NaN and infinity become None."""
    quiet = evaluation.quiet_enough
    delays = evaluation.delays_s
    found: dict[str, object] = {
        "wake": evaluation.config.model_dump(),
        "model_bytes": evaluation.model_bytes,
        "positives": len(evaluation.positives),
        "negatives": len(evaluation.negatives),
        "negative_s": evaluation.negative_s,
        "configured": asdict(evaluation.configured),
        "wanted_false_accepts_per_hour": WANTED_PER_HOUR,
        "quiet_enough": None if quiet is None else asdict(quiet),
        "curve": [asdict(point) for point in evaluation.points(FINE_GRID)],
        "delay_s": {
            "median": quantile(delays, 0.5),
            "p90": quantile(delays, 0.9),
            "count": len(delays),
        },
        "cpu_per_second": evaluation.cpu_share,
        "real_time_factor": evaluation.real_time_factor,
        "rooms": evaluation.rooms,
        "in_noise": [_harder_json(evaluation, h) for h in evaluation.harder if not h.in_rooms],
        "in_rooms": [_harder_json(evaluation, h) for h in evaluation.harder if h.in_rooms],
        "scores": {str(path): take.best for path, take in evaluation.positives.items()},
        "missed": {str(path): score for path, score in evaluation.missed.items()},
        "wrongly_heard": {
            str(path): [{"time_s": c.time_s, "score": c.score} for c in candidates]
            for path, candidates in evaluation.wrongly_heard.items()
        },
        "skipped": {str(path): why for path, why in evaluation.skipped.items()},
    }
    return {name: _plain(value) for name, value in found.items()}


def _harder_json(evaluation: Evaluation, harder: HarderTakes) -> dict[str, object]:
    takes = harder.takes.values()
    quiet = evaluation.quiet_enough
    configured = misses(takes, evaluation.config.threshold)
    return {
        "snr_db": harder.snr_db,
        "missed": configured.missed,
        "misses": asdict(configured.share),
        "quiet_enough": None if quiet is None else asdict(misses(takes, quiet.threshold)),
        "scores": {str(path): take.best for path, take in harder.takes.items()},
    }


def _plain(value: object) -> object:
    if isinstance(value, dict):
        return {name: _plain(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_plain(inner) for inner in value]
    if isinstance(value, float):
        return round(value, 5) if math.isfinite(value) else None
    return value
