"""Progress reports of a training."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum


class Stage(Enum):
    READ = "reading the recordings"
    SEARCH = "looking for the phrase in the negatives"
    REHEARSE = "estimating the time"
    SPEAK = "synthesising speech"
    TRANSCRIBE = "labelling real speech"
    TRAIN = "training"
    WRITE = "writing the model"
    ANSWER = "answering"


@dataclass(frozen=True, slots=True)
class Progress:
    """A progress report."""

    stage: Stage
    done: int
    """Finished steps of this stage."""
    total: int
    """Total steps of this stage."""
    left_s: float | None = None
    """Remaining time of this stage in seconds; None if unknown."""
    news: str = ""
    """A message to show."""


Report = Callable[[Progress], None]


class TrainingPace:
    """Reports the steps of one stage with the remaining time."""

    def __init__(self, report: Report, stage: Stage, total: int, done: int = 0) -> None:
        self._report, self._stage, self._total = report, stage, total
        self._first, self._began = done, time.monotonic()
        self.done = done
        """Finished steps."""
        report(Progress(stage, done, total))

    def step(self, count: int = 1) -> None:
        """Add finished steps."""
        self.done += count
        spent = (time.monotonic() - self._began) / max(1, self.done - self._first)
        left_s = spent * (self._total - self.done)
        self._report(Progress(self._stage, self.done, self._total, left_s))

    def tell(self, news: str, at: int | None = None) -> None:
        """Report a message at this step, by default the last one."""
        done = self.done if at is None else at
        self._report(Progress(self._stage, done, self._total, news=news))
