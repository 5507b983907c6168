"""Reports the daemon's state to systemd."""

import math
import os
import time
from collections.abc import Callable, Iterator, MutableMapping
from contextlib import contextmanager
from typing import Protocol

from marvin.events import (
    Armed,
    DeviceBack,
    DeviceLost,
    DeviceSilent,
    Event,
    ServerBack,
    ServerLost,
    StateChanged,
)
from marvin.service.systemd.notify import Notify
from marvin.service.systemd.watchdog import AWAY_S, Watchdog
from marvin.state import State

LOADING_S = 900.0
"""Limit for loading models, which may be on a memory card or downloaded first."""
_EXTEND_S = 30.0
"""Start-up time requested from systemd at once while they load."""
_EXTEND_EVERY_S = 5.0


class ScheduledCall(Protocol):
    """The result of `call_later`."""

    def cancel(self) -> None: ...


class Loop(Protocol):
    """The part of an event loop needed here."""

    def call_later(self, delay: float, callback: Callable[[], None]) -> ScheduledCall: ...


class Supervision:
    """Sends READY once the armed ear has heard its first chunk, STATUS changes and the watchdog.

    Call it on the event loop. Without systemd, every method does nothing.
    """

    def __init__(
        self, notify: Notify, watchdog_s: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """`watchdog_s`: systemd's watchdog interval; 0 if off."""
        self._notify = notify
        # Four checks per interval, one or two of which may find nothing.
        self._look_every_s = watchdog_s / 4
        self._clock = clock
        self._watchdog = Watchdog(notify, clock)
        self._phrase = ""
        self._state = State.IDLE
        self._troubles: dict[str, str] = {}
        """Current problems by `input`, `output` and `wake`, and `silent`: the microphone sends
        zeros."""
        self._muted = False
        self._ready = self._stopped = False
        self._extend_until = 0.0
        self._loop: Loop
        self._timer: ScheduledCall | None = None

    @classmethod
    def from_environment(cls, environ: MutableMapping[str, str] = os.environ) -> "Supervision":
        """Reads and removes systemd's variables."""
        wanted_us = environ.pop("WATCHDOG_USEC", "")
        for_process = environ.pop("WATCHDOG_PID", "") or str(os.getpid())
        mine = for_process == str(os.getpid()) and wanted_us.isdecimal()
        return cls(Notify.from_environment(environ), int(wanted_us) / 1e6 if mine else 0.0)

    @property
    def patience_s(self) -> float:
        """How long to wait for a lost microphone: infinite if nothing restarts the process."""
        return AWAY_S if self._notify else math.inf

    @contextmanager
    def running(self, loop: Loop) -> Iterator[None]:
        """Active from before the models load until after they are released."""
        self._loop = loop
        self._load()
        try:
            yield
        finally:
            self.stopping()

    def reloading(self) -> None:
        """Like the start, until the armed ear hears again.

        Meanwhile nothing feeds the watchdog; asking for more time also defers it.
        """
        # The next configuration may need other servers, or none.
        self._troubles.pop("wake", None)
        self._troubles.pop("satellite", None)
        # A READY now would end the reload before it began.
        if self._ready:
            self._ready, self._phrase = False, ""
            self._notify.reloading()
            self._load()

    def report(self, event: Event) -> None:
        match event:
            case Armed():
                self._phrase, self._state = event.phrase, State.IDLE
                # Only the microphone is missing now.
                self._extend_until = self._clock() + AWAY_S
                self._notify.status("waiting for the microphone")
            case StateChanged():
                self._state = event.after
            case DeviceLost(direction="input"):
                self._watchdog.lost()
                self._troubles["input"] = f"deaf: {event.device} is gone; looking for it"
            case DeviceLost():
                self._troubles["output"] = f"no loudspeaker: {event.device} is gone"
            case DeviceBack(direction="output"):
                self._troubles.pop("output", None)
            case ServerLost():
                what = "deaf" if event.stage == "wake" else "no answers"
                self._troubles[event.stage] = f"{what}: the server {event.address} is gone"
            case ServerBack():
                self._troubles.pop(event.stage, None)
            case DeviceSilent(over=False):
                self._troubles["silent"] = f"{event.device} sends only zeros: is it muted?"
            case DeviceSilent():
                self._troubles.pop("silent", None)
            case _:
                return
        self._say()

    def heard(self) -> None:
        """The ear has classified a chunk."""
        self._watchdog.heard()
        if not self._ready and self._phrase:
            self._ready = True
            self._notify.ready(self._status())
            self._look_later()
        # An outage ends when audio is heard, not when the device reappears.
        elif self._troubles.pop("input", ""):
            self._say()

    def muted(self, muted: bool) -> None:
        """Muted: audio arrives but is ignored."""
        self._muted = muted
        self._say()

    def stopping(self) -> None:
        """Shutdown has begun. Sent once."""
        if self._timer is not None:
            self._timer.cancel()
        if not self._stopped:
            self._stopped = True
            self._notify.stopping()

    def _say(self) -> None:
        if self._ready and not self._stopped:
            self._notify.status(self._status())

    def _status(self) -> str:
        state = self._state.value
        if self._muted:
            state = "muted"
        elif self._state is State.IDLE:
            state = f'listening for "{self._phrase}"'
        troubles = self._troubles
        hears = troubles.get("input") or troubles.get("wake") or state
        others = (troubles.get(what) for what in ("satellite", "output", "silent"))
        parts = (hears, *others)
        return "; ".join(filter(None, parts))

    def _load(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._extend_until = self._clock() + LOADING_S
        self._notify.status("loading models")
        self._extend()

    def _extend(self) -> None:
        """Ask for more time while models load, up to the limit."""
        if self._notify and not self._ready and self._clock() < self._extend_until:
            self._notify.extend(_EXTEND_S)
            self._timer = self._loop.call_later(_EXTEND_EVERY_S, self._extend)

    def _look(self) -> None:
        self._watchdog.look()
        self._look_later()

    def _look_later(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        if self._notify and self._look_every_s and not self._stopped:
            self._timer = self._loop.call_later(self._look_every_s, self._look)
