"""The faults of `faults.py` that need a new process."""

import os
import signal
import time
from collections.abc import Callable

from benchmarks.robustness.breakable import Fault
from benchmarks.robustness.fault_cases import GOOD, Came
from benchmarks.robustness.faulty_room import WATCHDOG_S, Room
from marvin.engines.workers.worker import HANGS_IN_A_ROW

_STARVED_S = 3 * WATCHDOG_S
_ENDS_S = 60.0
"""Time limit for ending, in seconds."""


def recogniser_keeps_hanging(room: Room) -> Came:
    """The recogniser hangs even after reloading."""
    room.tell(Fault.RECOGNISER_BROKEN)
    began = time.monotonic()
    came = Came()
    while room.process.poll() is None and came.lost <= HANGS_IN_A_ROW:
        outcome = room.ask()
        if outcome in GOOD:
            came.wrong = "the fault never happened"
            break
        came.lost += 1
        room.wait(lambda: room.state() == "idle", _ENDS_S)
    return _ended(room, came, began)


def server_frozen_for_ever(room: Room) -> Came:
    began = time.monotonic()
    os.kill(room.pulse.pid, signal.SIGSTOP)
    return _ended(room, Came(), began)


def sighup(room: Room) -> Came:
    """SIGHUP, as when the terminal is closed."""
    came = Came(told_to_end=True)
    began = time.monotonic()
    room.send(signal.SIGHUP)
    return _ended(room, came, began)


def _ended(room: Room, came: Came, began: float) -> Came:
    room.wait(lambda: room.process.poll() is not None, _ENDS_S)
    if room.process.poll() is None:
        came.wrong = came.wrong or "has not ended"
    came.what = f"ended after {time.monotonic() - began:.0f} s"
    return came


def audio_frozen(room: Room) -> Came:
    return _frozen(room, lambda: room.tell(Fault.AUDIO_FROZEN))


def ear_frozen(room: Room) -> Came:
    return _frozen(room, lambda: room.tell(Fault.EAR_FROZEN))


def loop_frozen(room: Room) -> Came:
    return _frozen(room, lambda: room.send(signal.SIGUSR1))


def _frozen(room: Room, freeze: Callable[[], None]) -> Came:
    """Expects that the watchdog is starved, or that the process ends with a message."""
    # Wait for the first feed.
    room.wait(lambda: bool(room.fed), 2 * WATCHDOG_S)
    since = time.monotonic()
    freeze()
    room.wait(lambda: time.monotonic() - max([since, *room.fed]) > _STARVED_S, _ENDS_S)
    now = time.monotonic()
    fed_s = max([since, *room.fed]) - since
    came = Came(starved=now - since - fed_s > WATCHDOG_S)
    came.what = f"the watchdog was last fed after {fed_s:.1f} s"
    if room.process.poll() is not None:
        came.what += f"; it ended itself after {now - since:.0f} s"
    elif not room.fed:
        came.wrong = "the watchdog was never fed"
    elif not came.starved:
        came.wrong = "the watchdog is fed although nothing is heard"
    return came
