"""What systemd is told of the daemon, from its first second to its last."""

import math
import os
import time
from collections.abc import Callable, Iterator, MutableMapping
from contextlib import contextmanager
from typing import Protocol

from marvin.events import Armed, DeviceBack, DeviceLost, DeviceSilent, Event, StateChanged
from marvin.service.systemd.notify import Notify
from marvin.service.systemd.watchdog import AWAY_S, Watchdog
from marvin.state import State

LOADING_S = 900.0
"""Models may take so long to load: from a memory card, or fetched first."""
_EXTEND_S = 30.0
"""What systemd is asked for at a time while they do."""
_EXTEND_EVERY_S = 5.0


class ScheduledCall(Protocol):
    """What `call_later` gives."""

    def cancel(self) -> None: ...


class Loop(Protocol):
    """What is needed of an event loop."""

    def call_later(self, delay: float, callback: Callable[[], None]) -> ScheduledCall: ...


class Supervision:
    """READY once the armed ear has heard its first chunk, STATUS as it changes, and the watchdog.

    Everything is called on the event loop. Where systemd does not listen, all of it does nothing.
    """

    def __init__(
        self, notify: Notify, watchdog_s: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """`watchdog_s`: within which systemd wants to be fed; 0: not at all."""
        self._notify = notify
        # Four looks in that time: one or two of them may find nothing.
        self._look_every_s = watchdog_s / 4
        self._clock = clock
        self._watchdog = Watchdog(notify, clock)
        self._phrase = ""
        self._state = State.IDLE
        self._troubles: dict[str, str] = {}
        """What is wrong with `input`, `output`, or what the microphone sends (`silent`)."""
        self._muted = False
        self._ready = self._stopped = False
        self._extend_until = 0.0
        self._loop: Loop
        self._timer: ScheduledCall | None = None

    @classmethod
    def from_environment(cls, environ: MutableMapping[str, str] = os.environ) -> "Supervision":
        """As systemd asks for it in the environment, which is cleared of it."""
        wanted_us = environ.pop("WATCHDOG_USEC", "")
        for_process = environ.pop("WATCHDOG_PID", "") or str(os.getpid())
        mine = for_process == str(os.getpid()) and wanted_us.isdecimal()
        return cls(Notify.from_environment(environ), int(wanted_us) / 1e6 if mine else 0.0)

    @property
    def patience_s(self) -> float:
        """How long a lost microphone may be looked for, in seconds.

        Without end where nobody would start a new process.
        """
        return AWAY_S if self._notify else math.inf

    @contextmanager
    def running(self, loop: Loop) -> Iterator[None]:
        """From before the models are loaded until they are gone."""
        self._loop = loop
        self._load()
        try:
            yield
        finally:
            self.stopping()

    def reloading(self) -> None:
        """Everything is loaded again: as at the start, until the armed ear hears.

        Meanwhile nothing feeds the watchdog; asking for more time holds it off, too.
        """
        # READY would end what has not begun.
        if self._ready:
            self._ready, self._phrase = False, ""
            self._notify.reloading()
            self._load()

    def report(self, event: Event) -> None:
        """Take an event of the assistant."""
        match event:
            case Armed():
                self._phrase, self._state = event.phrase, State.IDLE
                # Now only the microphone is waited for.
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
            case DeviceSilent(over=False):
                self._troubles["silent"] = f"{event.device} sends only zeros: is it muted?"
            case DeviceSilent():
                self._troubles.pop("silent", None)
            case _:
                return
        self._say()

    def heard(self) -> None:
        """The ear has classified a chunk. Called for each of them."""
        self._watchdog.heard()
        if not self._ready and self._phrase:
            self._ready = True
            self._notify.ready(self._status())
            self._look_later()
        # Not that the device is there again ends an outage, but that it is heard.
        elif self._troubles.pop("input", ""):
            self._say()

    def muted(self, muted: bool) -> None:
        """Audio is heard, but not listened to."""
        self._muted = muted
        self._say()

    def stopping(self) -> None:
        """The end has begun. Said once."""
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
        parts = (troubles.get("input", state), troubles.get("output"), troubles.get("silent"))
        return "; ".join(filter(None, parts))

    def _load(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._extend_until = self._clock() + LOADING_S
        self._notify.status("loading models")
        self._extend()

    def _extend(self) -> None:
        """Loading takes its time; without end it must not."""
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
