"""The ear with the wake word scores of each chunk."""

from dataclasses import dataclass
from typing import Protocol, cast

from marvin.conversation.ear import Ear, HeardChunk
from marvin.types import AudioChunk, Detection


class _Scored(Protocol):
    """A detector that exposes its scores."""

    @property
    def last_score(self) -> float: ...

    @property
    def second_look(self) -> Detection | None: ...


@dataclass(frozen=True, slots=True)
class Observation:
    """A chunk with its scores."""

    heard: HeardChunk
    score: float
    """Smoothed score of the first look, in [0, 1]."""
    second_look: Detection | None = None
    """Result of a second look in this chunk, accepted or not."""


class ObservedEar:
    """The ear of `marvin run`, always armed. Use it on the ear's thread."""

    def __init__(self, ear: Ear) -> None:
        self._ear = ear
        self._wake = cast("_Scored", ear.wake)
        self._seen: Detection | None = None

    def hear(self, chunk: AudioChunk) -> Observation:
        heard = self._ear.hear(chunk, armed=True, speaking=False)
        latest, before = self._wake.second_look, self._seen
        self._seen = latest
        return Observation(heard, self._wake.last_score, latest if latest is not before else None)
