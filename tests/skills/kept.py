"""Timers in a store on disk."""

from pathlib import Path

from marvin.skills.store.store import Store
from marvin.skills.timers.steady import SteadyClock
from marvin.skills.timers.timer_set import Timers


def load_timers(path: Path, clock: SteadyClock | None = None) -> Timers:
    """Those of an earlier run, owned by this process."""
    return Timers(Store.load(path), clock)


def unattended_timers(path: Path) -> Timers:
    return Timers(Store.unattended(path))
