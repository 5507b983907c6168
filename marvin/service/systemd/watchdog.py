"""Feeds systemd's watchdog while audio arrives and is processed."""

import logging
from collections.abc import Callable

from marvin.service.systemd.notify import Notify

_LOGGER = logging.getLogger(__name__)

AWAY_S = 60.0
"""How long to wait for a lost device before letting systemd restart the process."""


class Watchdog:
    """Feeds the watchdog if the ear has heard since the last check.

    `look` and `heard` run on the event loop; `heard` depends on the ear's and the audio thread. If
    any of the three hangs, the watchdog is not fed.
    """

    def __init__(self, notify: Notify, clock: Callable[[], float]) -> None:
        """`clock`: seconds, paused during suspend like systemd's."""
        self._notify = notify
        self._clock = clock
        self._heard = False
        self._lost_at: float | None = None
        self._starving = False

    def heard(self) -> None:
        """The ear has classified a chunk."""
        self._heard = True
        self._lost_at = None

    def lost(self) -> None:
        """The device is lost: for AWAY_S, silence is not an error.

        Hearing again ends this; another loss does not extend it.
        """
        if self._lost_at is None:
            self._lost_at = self._clock()

    def look(self) -> bool:
        """Feed the watchdog if something was heard since the last call; returns whether it was
        fed."""
        alive = self._heard or self._away()
        self._heard = False
        if alive:
            self._notify.alive()
        elif not self._starving:
            _LOGGER.error("no more audio: systemd will restart the process")
        self._starving = not alive
        return alive

    def _away(self) -> bool:
        return self._lost_at is not None and self._clock() - self._lost_at < AWAY_S
