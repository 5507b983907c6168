"""Streams recordings through the ear, as from a microphone."""

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import numpy as np

from marvin.config.wake import AstConfig
from marvin.conversation.ear import Ear
from marvin.types import CHUNK_SAMPLES, RATE_HZ, AudioChunk, Samples
from marvin.workshop.wake_eval.rates import waking

QUIET_S = 1.0
"""Length of faint noise before and after each recording."""

_QUIET_LEVEL = 3e-4
"""Noise level of a very quiet room (full scale 1)."""


@dataclass(frozen=True, slots=True)
class ScoredMoment:
    """A detection at thresholds up to its score."""

    time_s: float
    """Seconds from the start of the recording."""
    score: float
    reported_s: float
    """End of the chunk that revealed it."""


@dataclass(slots=True)
class Take:
    """The result of one recording."""

    candidates: list[ScoredMoment] = field(default_factory=list)
    seconds: float = 0.0
    """Length of the recording."""
    streamed_s: float = 0.0
    """Length including the surrounding noise."""
    cpu_s: float = 0.0
    wall_s: float = 0.0

    @property
    def best(self) -> float:
        """Highest score; 0 if there is no candidate."""
        return max((candidate.score for candidate in self.candidates), default=0.0)

    @property
    def timed(self) -> list[tuple[float, float]]:
        """(time_s, score) of all candidates, in order."""
        return [(candidate.time_s, candidate.score) for candidate in self.candidates]

    def first(self, threshold: float) -> ScoredMoment | None:
        """The first detection at this threshold."""
        return next((found for found in self.candidates if found.score >= threshold), None)

    def detections(self, threshold: float, refractory_s: float) -> list[ScoredMoment]:
        """All detections at this threshold."""
        return [self.candidates[place] for place in waking(self.timed, threshold, refractory_s)]


def every_candidate(config: AstConfig) -> AstConfig:
    """A configuration with which the ear reports candidates of any threshold."""
    return config.model_copy(update={"threshold": 0.0, "refractory_s": 0.0})


def stream_recording(
    ear: Ear,
    blocks: Iterable[Samples],
    *,
    least: float = 0.0,
    quiet_s: float = QUIET_S,
    seed: int = 0,
) -> Take:
    """Stream a recording in chunks of CHUNK_SAMPLES, with faint noise before and after it.

    `blocks`: its samples at RATE_HZ, in order. Candidates below `least` are dropped. Measures CPU
    time of this thread only: numpy uses no other (`marvin/cli/main.py`).
    """
    take = Take()
    random = np.random.default_rng(seed)

    def counted() -> Iterator[Samples]:
        yield faint_noise(quiet_s, random)
        for block in blocks:
            take.seconds += len(block) / RATE_HZ
            yield block
        yield faint_noise(quiet_s, random)

    ear.reset()
    for chunk in _chunks(counted()):
        cpu, wall = time.thread_time(), time.perf_counter()
        detection = ear.hear(chunk, armed=True, speaking=False).detection
        take.cpu_s += time.thread_time() - cpu
        take.wall_s += time.perf_counter() - wall
        take.streamed_s += chunk.duration_s
        if detection is not None and detection.score >= least:
            times = (detection.at / RATE_HZ - quiet_s, chunk.end / RATE_HZ - quiet_s)
            take.candidates.append(ScoredMoment(times[0], detection.score, times[1]))
    return take


def faint_noise(seconds: float, random: np.random.Generator) -> Samples:
    """Noise of a very quiet room."""
    noise = random.standard_normal(round(seconds * RATE_HZ), np.float32)
    return noise * np.float32(_QUIET_LEVEL)


def _chunks(blocks: Iterable[Samples]) -> Iterator[AudioChunk]:
    start = 0
    rest = np.zeros(0, np.float32)
    for block in blocks:
        rest = np.concatenate((rest, block))
        whole = len(rest) // CHUNK_SAMPLES * CHUNK_SAMPLES
        for at in range(0, whole, CHUNK_SAMPLES):
            yield AudioChunk(rest[at : at + CHUNK_SAMPLES], start=start)
            start += CHUNK_SAMPLES
        rest = rest[whole:]
    if len(rest):
        yield AudioChunk(rest, start=start)
