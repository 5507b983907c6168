"""The machine's time zone, with its clock changes."""

from datetime import UTC, datetime, timedelta, tzinfo


class SystemZone(tzinfo):
    """Unlike the fixed offset of `datetime.astimezone()`, it knows the offset of other days."""

    def utcoffset(self, dt: datetime | None) -> timedelta | None:
        return None if dt is None else dt.replace(tzinfo=None).astimezone().utcoffset()

    def dst(self, dt: datetime | None) -> timedelta | None:
        return None

    def tzname(self, dt: datetime | None) -> str | None:
        return None if dt is None else dt.replace(tzinfo=None).astimezone().tzname()

    def fromutc(self, dt: datetime) -> datetime:
        there = dt.replace(tzinfo=UTC).astimezone()
        local = there.replace(tzinfo=self, fold=0)
        # The clock shows this time twice, and this is the second.
        return local if local.utcoffset() == there.utcoffset() else local.replace(fold=1)


def later(now: datetime, seconds: float) -> datetime:
    """The local time after that many seconds have passed, whatever the clocks do meanwhile."""
    return (now.astimezone(UTC) + timedelta(seconds=seconds)).astimezone(now.tzinfo)


def passing_s(start: datetime, end: datetime) -> float:
    """Seconds that pass between two local times."""
    return (end.astimezone(UTC) - start.astimezone(UTC)).total_seconds()
