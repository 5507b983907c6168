"""The watchdog: fed while audio arrives and is understood, and by nothing else."""

import logging
from collections.abc import Callable

from marvin.service.systemd.notify import Notify

_LOGGER = logging.getLogger(__name__)

AWAY_S = 60.0
"""A lost device may be looked for so long; then a new process has to try."""


class Watchdog:
    """Remembers whether the ear has heard; feeds systemd's watchdog if it has.

    `look` has to run on the event loop, and `heard` is called there with what the ear's thread
    made of the audio thread's blocks: if one of the three is frozen, nothing is fed.
    """

    def __init__(self, notify: Notify, clock: Callable[[], float]) -> None:
        """`clock`: seconds that do not pass while the machine sleeps, as systemd counts them."""
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
        """The device is gone and looked for: for AWAY_S, silence is no fault of the line.

        Only hearing again ends that; being lost again does not make it longer.
        """
        if self._lost_at is None:
            self._lost_at = self._clock()

    def look(self) -> bool:
        """Feed the watchdog if something was heard since the last look; whether it was fed."""
        alive = self._heard or self._away()
        self._heard = False
        if alive:
            self._notify.alive()
        elif not self._starving:
            _LOGGER.error("no audio is heard any more: systemd will start a new process")
        self._starving = not alive
        return alive

    def _away(self) -> bool:
        return self._lost_at is not None and self._clock() - self._lost_at < AWAY_S
