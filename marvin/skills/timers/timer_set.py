"""The timers, unaffected by changes of the system time."""

from collections.abc import Iterable
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta

from marvin.skills.store.database import Row
from marvin.skills.store.store import Store
from marvin.skills.store.stored_items import StoredItems
from marvin.skills.timers.steady import SteadyClock
from marvin.skills.timers.timer import MAX_TIMERS, Timer, read_timer

_SET_S = 2.0
"""A larger jump means that the clock was set, a smaller one that it is being adjusted."""


class Timers(StoredItems[Timer]):
    def __init__(self, store: Store | None = None, clock: SteadyClock | None = None) -> None:
        """Without a store, timers are lost on exit."""
        self._moved = timedelta()
        self._by_wall_clock: set[int] = set()
        """Read from disk: only the wall clock tells how much time is left."""
        super().__init__(store or Store(), "timers", MAX_TIMERS, read_timer)
        self.clock = clock or SteadyClock()
        self.last_rang: datetime | None = None
        """When the last timer rang: a `stop` soon after refers to its sound."""

    def reload(self) -> None:
        super().reload()
        self._by_wall_clock = set(self._items)

    def all(self) -> tuple[Timer, ...]:
        """The soonest first, paused ones last."""
        self.store.check_readable()
        with self._lock:
            timers = tuple(self._items.values())
        far = datetime.max.replace(tzinfo=UTC)
        return tuple(sorted(timers, key=lambda timer: (timer.due or far, timer.id)))

    def add(
        self, duration_s: float, name: str | None, now: datetime, purpose: str | None = None
    ) -> Timer:
        """The caller has checked the duration and `full`."""
        self.store.check_attended()
        due = _after(now, duration_s)
        return self._add(lambda id_: Timer(id_, name, duration_s, due, purpose=purpose))

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
            return min((timer.due for timer in self._items.values() if timer.due), default=None)

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
            for id_ in self._by_wall_clock & self._items.keys():
                timer = self._items[id_]
                if timer.due is not None:
                    self._items[id_] = replace(timer, due=timer.due - jump)
            if self._items:
                self._save()

    def _replace(self, timers: Iterable[Timer]) -> None:
        self._update({timer.id: timer for timer in timers})

    def _update(self, changes: dict[int, Timer | None]) -> None:
        paused = {id_ for id_, timer in changes.items() if timer is not None and timer.due is None}
        with self._lock:
            self._by_wall_clock -= paused
        super()._update(changes)

    def _row(self, item: Timer) -> Row:
        due = None if item.due is None else (item.due + self._moved).isoformat()
        return asdict(item) | {"due": due}


def _after(now: datetime, seconds: float) -> datetime:
    return now.astimezone(UTC) + timedelta(seconds=seconds)
