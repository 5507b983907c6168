"""How far a training is, for whoever shows it."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum


class Stage(Enum):
    """What a training is doing."""

    READ = "reading the recordings"
    SEARCH = "looking for the phrase in the negatives"
    REHEARSE = "timing a few steps"
    SPEAK = "speaking the material"
    TRANSCRIBE = "finding the sounds in real speech"
    TRAIN = "training"
    WRITE = "writing the model"


@dataclass(frozen=True, slots=True)
class Progress:
    """A point on the way."""

    stage: Stage
    done: int
    """Steps of this stage that are behind."""
    total: int
    """Steps of this stage."""
    left_s: float | None = None
    """Time that the rest of this stage will take, in seconds; None: nobody knows yet."""
    news: str = ""
    """Something that was found out, in words."""


Report = Callable[[Progress], None]


class TrainingPace:
    """Reports the steps of one stage with the time that is left."""

    def __init__(self, report: Report, stage: Stage, total: int, done: int = 0) -> None:
        self._report, self._stage, self._total = report, stage, total
        self._first, self._began = done, time.monotonic()
        self.done = done
        """Steps behind."""
        report(Progress(stage, done, total))

    def step(self, count: int = 1) -> None:
        """So many more are behind."""
        self.done += count
        spent = (time.monotonic() - self._began) / max(1, self.done - self._first)
        left_s = spent * (self._total - self.done)
        self._report(Progress(self._stage, self.done, self._total, left_s))

    def tell(self, news: str, at: int | None = None) -> None:
        """Something to show beside the figures, at this step or the last one."""
        done = self.done if at is None else at
        self._report(Progress(self._stage, done, self._total, news=news))
