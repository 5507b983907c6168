"""Works out when an alarm rings first, from what was said about the time."""

from dataclasses import replace
from datetime import date, datetime, time, timedelta

from marvin.skills.alarms.when import When


def first_ring(when: When, now: datetime, *, early: int = 1) -> datetime | None:
    """The first local time after `now` that fits; None if it has passed.

    `early`: from this hour on, a number means the morning if a day is named. If none is named, the
    next such hour is meant.
    """
    if when.hour is None:
        return datetime.combine(when.day, now.time()) if when.day and when.from_today else None
    hours = hours_meant(when, early)
    if when.day is not None:
        found = _earliest(when, now, when.day, hours)
        if found is None and when.weekly:
            later = replace(when, day=when.day + timedelta(days=7), now=False)
            return first_ring(later, now, early=early)
        return found
    for ahead in range(-1, 8):
        day = now.date() + timedelta(days=ahead)
        if when.weekdays and day.weekday() not in when.weekdays:
            continue
        if (found := _earliest(when, now, day, hours)) is not None:
            return found
    return None


def hours_meant(when: When, early: int = 1) -> tuple[int, ...]:
    """The hours that may be meant, counted from midnight; 24 and more are on the next day."""
    hour = when.hour or 0
    if hour == 24 and when.dated:
        return (0,)  # Midnight on New Year's Day is when it begins.
    if hour == 0 or hour > 12:
        return (hour,)
    if when.part == "am":
        return (hour % 12,)
    if when.part == "pm":
        return (hour % 12 + 12,)
    if when.part == "night":
        return (hour + 12,) if hour >= 5 else (hour + 24,)
    if when.weekdays or (when.day is not None and not when.now):
        return (hour if hour >= early else hour + 12,)
    return (hour % 12, hour % 12 + 12)


def _earliest(when: When, now: datetime, day: date, hours: tuple[int, ...]) -> datetime | None:
    midnight = datetime.combine(day, time())
    times = (midnight + timedelta(hours=hour, minutes=when.minute or 0) for hour in hours)
    return min((one for one in times if one > now), default=None)
