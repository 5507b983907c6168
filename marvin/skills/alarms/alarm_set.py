"""The alarms and reminders."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Literal

from marvin.skills.alarms.alarm import MAX_ALARMS, Alarm, next_repetition, read_alarm
from marvin.skills.alarms.wall_clock import WallClock
from marvin.skills.alarms.when import When
from marvin.skills.store.database import Row
from marvin.skills.store.store import Store
from marvin.skills.store.stored_items import StoredItems

_LATE = timedelta(minutes=10)
"""An alarm that is later than this was missed."""
_RANG = timedelta(minutes=5)
"""For this long after an alarm was stopped, `snooze` means it."""
_SKIPPED = timedelta(hours=1)
"""A clock that goes back by less does not make an alarm ring again."""


class Alarms(StoredItems[Alarm]):
    def __init__(self, store: Store | None = None, clock: WallClock | None = None) -> None:
        """Without a store, alarms are lost on exit."""
        super().__init__(store or Store(), "alarms", MAX_ALARMS, read_alarm)
        self.clock = clock or WallClock()
        self._rang: tuple[tuple[Alarm, ...], datetime | None] = (), None
        """The alarms that were ringing last, and when."""

    def all(self) -> tuple[Alarm, ...]:
        """The first to ring first."""
        self.store.check_readable()
        with self._lock:
            alarms = tuple(self._items.values())
        return tuple(sorted(alarms, key=lambda alarm: (alarm.rings(self.clock), alarm.id)))

    def add(
        self,
        kind: Literal["alarm", "reminder"],
        due: datetime,
        *,
        weekdays: tuple[int, ...] = (),
        purpose: str | None = None,
        wait_s: float | None = None,
    ) -> Alarm:
        """`due` is local; after `wait_s` it rings whatever the clock says then. The caller has
        checked `full`."""
        self.store.check_attended()
        instant = None if wait_s is None else self.clock.now() + timedelta(seconds=wait_s)
        return self._add(lambda id_: Alarm(id_, kind, due, weekdays, instant, purpose))

    def same(self, kind: str, due: datetime, when: When, purpose: str | None) -> Alarm | None:
        """One that rings at that time anyway, about the same."""
        wanted = (kind, due, when.weekdays, None, purpose)
        with self._lock:
            for one in self._items.values() if when.wait_s is None else ():
                if (one.kind, one.due, one.weekdays, one.instant, one.purpose) == wanted:
                    return one
        return None

    def move(self, alarm: Alarm, due: datetime, weekdays: tuple[int, ...] = ()) -> Alarm:
        """Without `weekdays` it repeats as before."""
        self.store.check_attended()
        moved = replace(alarm, due=due, weekdays=weekdays or alarm.weekdays, instant=None)
        self._update({alarm.id: moved})
        return moved

    def due(self) -> tuple[Alarm, ...]:
        """The ones that should ring now."""
        return tuple(alarm for alarm in self._passed() if self._late(alarm) <= _LATE)

    def missed(self) -> tuple[Alarm, ...]:
        """The ones whose time passed while nothing could ring."""
        return tuple(alarm for alarm in self._passed() if self._late(alarm) > _LATE)

    def next_due(self) -> datetime | None:
        with self._lock:
            return min((one.rings(self.clock) for one in self._items.values()), default=None)

    def end(self, alarms: Iterable[Alarm], *, rang: bool = True) -> None:
        """They have rung, or were told to be missed: the ones that repeat go on."""
        now = self.clock.now()
        alarms = tuple(alarms)
        if rang:
            self._rang = alarms, now
        # One that was snoozed meanwhile is not over.
        over = [alarm for alarm in alarms if self._items.get(alarm.id) == alarm]
        self._update({alarm.id: self._next(alarm, now) for alarm in over})

    def just_rang(self) -> tuple[Alarm, ...]:
        """The ones that ring now, or did a moment ago."""
        ringing = self.due()
        alarms, at = self._rang
        recent = at is not None and timedelta() <= self.clock.now() - at <= _RANG
        return ringing or (alarms if recent else ())

    def snooze(self, seconds: float) -> tuple[Alarm, ...]:
        """Let what has just rung ring again later."""
        self.store.check_attended()
        instant = self.clock.now() + timedelta(seconds=seconds)
        snoozed = []
        with self._lock:
            for alarm in self.just_rang():
                # One that does not repeat is gone once it was stopped.
                snoozed.append(replace(self._items.get(alarm.id, alarm), instant=instant))
                self._items[alarm.id] = snoozed[-1]
            self._rang = (), None
            self._save()
        self._changed()
        return tuple(snoozed)

    def follow_wall_clock(self) -> None:
        """After the clock was set back, repeating alarms must not wait for a day that they have
        not rung on."""
        soon = self.clock.now() + _SKIPPED
        with self._lock:
            alarms = [alarm for alarm in self._items.values() if alarm.weekdays]
        changes: dict[int, Alarm | None] = {}
        for alarm in alarms:
            first = next_repetition(alarm, self.clock, soon)
            if first < alarm.due:
                changes[alarm.id] = replace(alarm, due=first)
        if changes:
            self._update(changes)

    def _next(self, alarm: Alarm, now: datetime) -> Alarm | None:
        if not alarm.weekdays:
            return None
        if self.clock.instant(alarm.due) <= now:
            alarm = replace(alarm, due=next_repetition(alarm, self.clock, now))
        return replace(alarm, instant=None)

    def _passed(self) -> tuple[Alarm, ...]:
        return tuple(alarm for alarm in self.all() if self._late(alarm) >= timedelta())

    def _late(self, alarm: Alarm) -> timedelta:
        return self.clock.now() - alarm.rings(self.clock)

    def _row(self, item: Alarm) -> Row:
        return item.row()
