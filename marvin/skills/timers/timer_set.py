"""The timers: thread-safe, saved to disk, unaffected by changes of the system time."""

import threading
from collections.abc import Callable, Iterable
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta

from marvin.skills.store.database import Row
from marvin.skills.store.store import Store
from marvin.skills.timers.steady import SteadyClock
from marvin.skills.timers.timer import MAX_TIMERS, Timer, read_timers

_TABLE = "timers"
_SET_S = 2.0
"""A larger jump means that the clock was set, a smaller one that it is being adjusted."""


class Timers:
    """The timers. Every change is on disk before the call returns."""

    def __init__(self, store: Store | None = None, clock: SteadyClock | None = None) -> None:
        """Without a store, timers are lost on exit."""
        self.store = store or Store()
        self._lock = threading.Lock()
        timers, problem = read_timers(self.store.rows(_TABLE))
        self._timers = {timer.id: timer for timer in timers}
        self._next_id = len(timers) + 1
        self._by_wall_clock = set(self._timers)
        """Read from disk: only the wall clock tells how much time is left."""
        self._moved = timedelta()
        self._callbacks: list[Callable[[], None]] = []
        self.clock = clock or SteadyClock()
        self.last_rang: datetime | None = None
        """When the last timer rang: a `stop` soon after refers to its sound."""
        if problem:
            self.store.damaged(problem)
            if self.store.attended:
                self._save()

    def on_change(self, callback: Callable[[], None]) -> None:
        """`callback` runs after each change, on the thread that made it."""
        self._callbacks.append(callback)

    def forget(self, callback: Callable[[], None]) -> None:
        self._callbacks.remove(callback)

    def all(self) -> tuple[Timer, ...]:
        """The soonest first, paused ones last."""
        self.store.check_readable()
        with self._lock:
            timers = tuple(self._timers.values())
        far = datetime.max.replace(tzinfo=UTC)
        return tuple(sorted(timers, key=lambda timer: (timer.due or far, timer.id)))

    def add(
        self, duration_s: float, name: str | None, now: datetime, purpose: str | None = None
    ) -> Timer:
        """The caller has checked the duration and `full`."""
        self.store.check_attended()
        with self._lock:
            due = _after(now, duration_s)
            timer = Timer(self._next_id, name, duration_s, due, purpose=purpose)
            self._next_id += 1
            self._timers[timer.id] = timer
            self._save()
        self._changed()
        return timer

    @property
    def full(self) -> bool:
        return len(self._timers) >= MAX_TIMERS

    def cancel(self, timers: Iterable[Timer]) -> None:
        self._update({timer.id: None for timer in timers})

    def pause(self, timers: Iterable[Timer], now: datetime) -> None:
        self._replace(
            replace(timer, due=None, paused_s=timer.left_s(now)) for timer in timers if timer.due
        )

    def resume(self, timers: Iterable[Timer], now: datetime) -> None:
        self.store.check_attended()
        self._replace(
            replace(timer, due=_after(now, timer.left_s(now)), paused_s=None)
            for timer in timers
            if timer.due is None
        )

    def extend(self, timer: Timer, seconds: float) -> None:
        self.store.check_attended()
        if timer.due is None:
            longer = replace(timer, paused_s=(timer.paused_s or 0.0) + seconds)
        else:
            longer = replace(timer, due=timer.due + timedelta(seconds=seconds))
        self._replace([longer])

    def restart(self, timers: Iterable[Timer], now: datetime, seconds: float | None = None) -> None:
        """With the same duration, or another."""
        self.store.check_attended()
        lengths = [(timer, seconds or timer.duration_s) for timer in timers]
        self._replace(
            replace(timer, duration_s=length_s, due=_after(now, length_s), paused_s=None)
            for timer, length_s in lengths
        )

    def next_due(self) -> datetime | None:
        with self._lock:
            return min((timer.due for timer in self._timers.values() if timer.due), default=None)

    def due(self, now: datetime) -> tuple[Timer, ...]:
        """Timers that have ended, the earliest first; they stay until cancelled."""
        due = tuple(timer for timer in self.all() if timer.due and timer.due <= now)
        if due:
            self.last_rang = now
        return due

    def follow_wall_clock(self) -> None:
        """Adjust the timers read from disk after the wall clock was set."""
        moved = self.clock.moved()
        with self._lock:
            jump = moved - self._moved
            if abs(jump.total_seconds()) < _SET_S:
                return
            self._moved = moved
            for id_ in self._by_wall_clock & self._timers.keys():
                timer = self._timers[id_]
                if timer.due is not None:
                    self._timers[id_] = replace(timer, due=timer.due - jump)
            if self._timers:
                self._save()

    def _replace(self, timers: Iterable[Timer]) -> None:
        self._update({timer.id: timer for timer in timers})

    def _update(self, changes: dict[int, Timer | None]) -> None:
        """Replace timers or remove them (None), unless they are gone already."""
        with self._lock:
            changes = {id_: timer for id_, timer in changes.items() if id_ in self._timers}
            for id_, timer in changes.items():
                if timer is None:
                    del self._timers[id_]
                else:
                    self._timers[id_] = timer
                    if timer.due is None:
                        self._by_wall_clock.discard(id_)
            if changes:
                self._save()
        if changes:
            self._changed()

    def _changed(self) -> None:
        for callback in tuple(self._callbacks):
            callback()

    def _save(self) -> None:
        """Write all timers while the lock is held, so that the latest state wins."""
        self.store.save(_TABLE, [self._row(timer) for timer in self._timers.values()])

    def _row(self, timer: Timer) -> Row:
        due = None if timer.due is None else (timer.due + self._moved).isoformat()
        return asdict(timer) | {"due": due}


def _after(now: datetime, seconds: float) -> datetime:
    return now.astimezone(UTC) + timedelta(seconds=seconds)
