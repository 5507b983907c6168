"""The clock on the wall: local time, in the time zone of the moment."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, tzinfo

from marvin.skills.timers.steady import wall_clock


class WallClock:
    """Converts between instants (UTC) and local times, which have no time zone."""

    def __init__(
        self, now: Callable[[], datetime] = wall_clock, zone: tzinfo | None = None
    ) -> None:
        """Without a `zone`, the machine's, which may change."""
        self._now = now
        self._zone = zone

    def now(self) -> datetime:
        return self._now().astimezone(UTC)

    def local_now(self) -> datetime:
        return self.local(self._now())

    def local(self, instant: datetime) -> datetime:
        time.tzset()
        return instant.astimezone(self._zone).replace(tzinfo=None)

    def instant(self, local: datetime) -> datetime:
        """The first one, if the clock shows this time twice. A time that the clock skips is read
        with the offset before, as in RFC 5545: half past two rings at half past three."""
        time.tzset()
        return local.replace(tzinfo=self._zone, fold=0).astimezone(UTC)
