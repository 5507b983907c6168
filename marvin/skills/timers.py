"""Running timers: safe to use from any thread, kept on disk, due by the wall clock."""

import json
import logging
import os
import threading
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from marvin.skills import durations

_LOGGER = logging.getLogger(__name__)

MAX_TIMERS = 50
MIN_S = 1.0
MAX_S = 24 * 3600.0
_LATE_S = 60.0
"""A timer that is announced later than this ended while nobody was there to say so."""


@dataclass(frozen=True, slots=True)
class Timer:
    """One timer, running or paused."""

    id: int
    """Counts up; never used twice while the timers are kept."""
    name: str | None
    """What the user called it: `pasta`."""
    duration_s: float
    """What was asked for, in seconds."""
    due: datetime | None
    """When it ends, in UTC; None while it is paused."""
    paused_s: float | None = None
    """Seconds left while it is paused."""
    purpose: str | None = None
    """What it reminds of: `to take the pizza out`."""

    def left_s(self, now: datetime) -> float:
        """Seconds until it ends, 0 when it has ended."""
        if self.due is None:
            return self.paused_s or 0.0
        return max(0.0, (self.due - now).total_seconds())

    @property
    def running(self) -> bool:
        """Whether its time runs."""
        return self.due is not None

    @property
    def label(self) -> str:
        """What tells it from others: `pasta`, `5 minute`."""
        return self.name or durations.label(self.duration_s)


_STORED = TypeAdapter(tuple[Timer, ...])


def announcement(timer: Timer, now: datetime) -> str:
    """What to say about a timer that has ended."""
    late_s = 0.0 if timer.due is None else (now - timer.due).total_seconds()
    if late_s < _LATE_S:
        return _reminder(timer.purpose) if timer.purpose else f"Your {timer.label} timer is done."
    # Nobody needs the seconds of something that is over.
    late = durations.spoken(round(late_s / 60) * 60)
    what = f"{timer.label} timer {timer.purpose or ''}".strip()
    return f"Your {what} ended {late} ago, while I was off."


def _reminder(purpose: str) -> str:
    is_time = purpose.startswith(("to ", "for "))
    return f"It is time {purpose}." if is_time else f"I should remind you {purpose}."


class Timers:
    """The store. Every change is on disk before the call returns."""

    def __init__(self, path: Path | None, timers: Iterable[Timer] = ()) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._timers = {timer.id: timer for timer in timers}
        self._next_id = max(self._timers, default=0) + 1
        self._callbacks: list[Callable[[], None]] = []
        self._durable = path is not None
        self.last_rang: datetime | None = None
        """When the last timer ended: a `stop` soon after means its sound."""

    @classmethod
    def load(cls, path: Path) -> "Timers":
        """Read the timers of the last run. What cannot be read never stops the start."""
        try:
            timers = _STORED.validate_json(path.read_bytes())
        except FileNotFoundError:
            timers = ()
        except ValidationError:
            broken = path.with_name(f"{path.name}.broken")
            _LOGGER.warning("%s is damaged: timers are lost, the file is kept as %s", path, broken)
            _set_aside(path, broken)
            timers = ()
        except OSError as error:
            _LOGGER.warning("cannot read timers from %s: %s", path, error.strerror)
            timers = ()
        return cls(path, (_in_utc(timer) for timer in timers))

    @property
    def durable(self) -> bool:
        """Whether the last change would survive a restart."""
        return self._durable

    def on_change(self, callback: Callable[[], None]) -> None:
        """Have `callback` called after each change, on the thread that made it."""
        self._callbacks.append(callback)

    def all(self) -> tuple[Timer, ...]:
        """All timers, the soonest first, paused ones last."""
        with self._lock:
            timers = tuple(self._timers.values())
        far = datetime.max.replace(tzinfo=UTC)
        return tuple(sorted(timers, key=lambda timer: (timer.due or far, timer.id)))

    def add(
        self, duration_s: float, name: str | None, now: datetime, purpose: str | None = None
    ) -> Timer:
        """Start a timer. The caller has checked its length and `full`."""
        with self._lock:
            due = _utc(now) + timedelta(seconds=duration_s)
            timer = Timer(self._next_id, name, duration_s, due, purpose=purpose)
            self._next_id += 1
            self._timers[timer.id] = timer
            self._save()
        self._changed()
        return timer

    @property
    def full(self) -> bool:
        """Whether no more timers are taken."""
        return len(self._timers) >= MAX_TIMERS

    def cancel(self, timers: Iterable[Timer]) -> None:
        """Forget timers."""
        self._update({timer.id: None for timer in timers})

    def pause(self, timers: Iterable[Timer], now: datetime) -> None:
        """Stop the time of timers."""
        self._update(
            {
                timer.id: replace(timer, due=None, paused_s=timer.left_s(now))
                for timer in timers
                if timer.due
            }
        )

    def resume(self, timers: Iterable[Timer], now: datetime) -> None:
        """Let the time of paused timers run again."""
        self._update(
            {
                timer.id: replace(
                    timer, due=_utc(now) + timedelta(seconds=timer.left_s(now)), paused_s=None
                )
                for timer in timers
                if timer.due is None
            }
        )

    def extend(self, timer: Timer, seconds: float) -> None:
        """Give a timer more time."""
        if timer.due is None:
            longer = replace(timer, paused_s=(timer.paused_s or 0.0) + seconds)
        else:
            longer = replace(timer, due=timer.due + timedelta(seconds=seconds))
        self._update({timer.id: longer})

    def restart(self, timers: Iterable[Timer], now: datetime, seconds: float | None = None) -> None:
        """Begin anew, with another length or the same."""
        self._update(
            {
                timer.id: replace(
                    timer,
                    duration_s=seconds or timer.duration_s,
                    due=_utc(now) + timedelta(seconds=seconds or timer.duration_s),
                    paused_s=None,
                )
                for timer in timers
            }
        )

    def next_due(self) -> datetime | None:
        """When the next timer ends, in UTC."""
        with self._lock:
            return min((timer.due for timer in self._timers.values() if timer.due), default=None)

    def due(self, now: datetime) -> tuple[Timer, ...]:
        """The timers that have ended, the first to end first; they stay until cancelled."""
        due = tuple(timer for timer in self.all() if timer.due and timer.due <= now)
        if due:
            self.last_rang = now
        return due

    def _update(self, changes: dict[int, Timer | None]) -> None:
        """Replace timers or, with None, remove them; those that ended meanwhile stay gone."""
        with self._lock:
            changes = {id_: timer for id_, timer in changes.items() if id_ in self._timers}
            for id_, timer in changes.items():
                if timer is None:
                    del self._timers[id_]
                else:
                    self._timers[id_] = timer
            if changes:
                self._save()
        if changes:
            self._changed()

    def _changed(self) -> None:
        for callback in tuple(self._callbacks):
            callback()

    def _save(self) -> None:
        """Write all timers; the lock is held, so that an older state never wins."""
        if self._path is None:
            return
        try:
            _write(self._path, [asdict(timer) for timer in self._timers.values()])
        except OSError as error:
            if self._durable:
                _LOGGER.warning(
                    "cannot write %s (%s): timers will not survive a restart",
                    self._path,
                    error.strerror,
                )
            self._durable = False
        else:
            self._durable = True


def _write(path: Path, content: list[dict[str, object]]) -> None:
    """Replace the file as a whole: after a power cut it holds the old or the new timers."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f"{path.name}.tmp")
    # What someone times is nobody else's business.
    with open(partial, "w", encoding="utf-8", opener=_private) as file:
        json.dump(content, file, default=datetime.isoformat)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _set_aside(path: Path, broken: Path) -> None:
    try:
        path.replace(broken)
    except OSError as error:
        _LOGGER.warning("cannot rename %s: %s", path, error.strerror)


def _utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC)


def _in_utc(timer: Timer) -> Timer:
    return timer if timer.due is None else replace(timer, due=_utc(timer.due))
