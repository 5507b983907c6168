"""What Marvin keeps for the user: timers, alarms, reminders, lists and notes."""

from pathlib import Path

from marvin.skills.alarms.alarm_set import Alarms
from marvin.skills.alarms.wall_clock import WallClock
from marvin.skills.announced_rooms import AnnouncedRooms, NoRooms
from marvin.skills.lists.list_set import Lists
from marvin.skills.notes.note_set import Notes
from marvin.skills.store.store import NAME, NOT_RUNNING, Store
from marvin.skills.timers.steady import SteadyClock
from marvin.skills.timers.timer_set import Timers


class Agenda:
    """Everything in one store."""

    def __init__(
        self,
        store: Store | None = None,
        clock: SteadyClock | None = None,
        wall: WallClock | None = None,
    ) -> None:
        """Without a store, everything is lost on exit."""
        self.store = store or Store()
        self.timers = Timers(self.store, clock)
        self.alarms = Alarms(self.store, wall)
        self.lists = Lists(self.store)
        self.notes = Notes(self.store)
        self.rooms: AnnouncedRooms = NoRooms()
        """Where an announcement can be heard; not stored."""

    @classmethod
    def load(cls, folder: Path) -> "Agenda":
        """What an earlier run has left, owned by this process."""
        return cls(Store.load(folder / NAME))

    @classmethod
    def unattended(cls, folder: Path, why_silent: str = NOT_RUNNING) -> "Agenda":
        """What an earlier run has left, with nothing to ring it."""
        return cls(Store.unattended(folder / NAME, why_silent))

    def refresh(self) -> None:
        """Take over what other processes have written, unless this one owns the store."""
        if self.store.refresh():
            for kept in (self.timers, self.alarms, self.lists, self.notes):
                kept.reload()

    def ringing(self) -> list[str]:
        """The kinds of what is due and was not stopped: nothing of what it is about."""
        alarms = [one.kind for one in self.alarms.due()]
        return [*alarms, *("timer" for _ in self.timers.due(self.timers.clock()))]

    def close(self) -> None:
        self.store.close()
