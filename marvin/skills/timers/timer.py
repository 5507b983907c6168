"""A timer, its announcement, and reading timers from the store."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Annotated

from pydantic import Field, TypeAdapter

from marvin.languages.translation import tr
from marvin.skills import durations
from marvin.skills.store.database import Row
from marvin.skills.text import capital, reminder

MAX_TIMERS = 50
MIN_S = 1.0
MAX_S = 24 * 3600.0
_LATE_S = 60.0
"""A timer announced later than this ended while Marvin was off."""
_LONG_AGO_S = 48 * 3600.0
"""Beyond this the exact delay does not matter, and the wall clock was probably wrong."""
_YEARS = range(1970, 2500)
"""Boards without a battery start in 1970."""


@dataclass(frozen=True, slots=True)
class Timer:
    id: int
    """Counts up, never reused."""
    name: Annotated[str, Field(max_length=200)] | None
    """`pasta`"""
    duration_s: Annotated[float, Field(ge=MIN_S, le=MAX_S)]
    due: datetime | None
    """UTC on the steady clock, in the store on the wall clock; None while paused."""
    paused_s: Annotated[float, Field(ge=0.0, le=MAX_S)] | None = None
    """Seconds left while paused."""
    purpose: Annotated[str, Field(max_length=500)] | None = None
    """`to take the pizza out`"""

    def left_s(self, now: datetime) -> float:
        if self.due is None:
            return self.paused_s or 0.0
        return max(0.0, (self.due - now).total_seconds())

    @property
    def running(self) -> bool:
        return self.due is not None


_STORED = TypeAdapter(Timer)


def announcement(timer: Timer, now: datetime) -> str:
    late_s = 0.0 if timer.due is None else (now - timer.due).total_seconds()
    if late_s >= _LATE_S:
        return _late_announcement(timer, late_s)
    if timer.purpose:
        return reminder(timer.purpose)
    if timer.name:
        return tr("Your {name} timer is done.", name=timer.name)
    return tr("Your {length} timer is done.", length=durations.label(timer.duration_s))


def _late_announcement(timer: Timer, late_s: float) -> str:
    length = durations.label(timer.duration_s)
    if timer.name:
        what = tr("your {name} timer", name=timer.name)
    elif timer.purpose:
        what = tr("your {length} timer {purpose}", length=length, purpose=timer.purpose)
    else:
        what = tr("your {length} timer", length=length)
    if late_s > _LONG_AGO_S:
        return capital(tr("{timer} ended while I was off.", timer=what))
    late = durations.spoken_duration(round(late_s / 60) * 60)
    return capital(tr("{timer} ended {late} ago, while I was off.", timer=what, late=late))


def read_timer(row: Row, id_: int) -> Timer:
    """A timer of the store, due on the wall clock.

    Raises:
        ValueError, OverflowError, TypeError: The row is invalid.
    """
    timer = _STORED.validate_python(dict(row) | {"id": id_})
    if timer.due is None:
        return timer
    due = timer.due.astimezone(UTC)
    if due.year not in _YEARS:
        raise ValueError(f"it ends in the year {due.year}")
    return replace(timer, due=due)
