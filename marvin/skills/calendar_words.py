"""Words days and times of the clock, in the language that is spoken."""

from datetime import date, datetime

from marvin.languages.translation import spoken, tr


def weekday_name(day: date) -> str:
    language = spoken()
    english = f"{day:%A}"
    return language.named("weekday", english.lower()) if language else english


def month_name(day: date) -> str:
    language = spoken()
    english = f"{day:%B}"
    return language.named("month", english.lower()) if language else english


def spoken_date(day: date) -> str:
    """`25 December 2026`."""
    if day.day == 1:
        return tr("1 {month} {year}", month=month_name(day), year=day.year)
    return tr("{day} {month} {year}", day=day.day, month=month_name(day), year=day.year)


def full_date(day: date) -> str:
    """`Friday, 25 December 2026`."""
    return tr("{weekday}, {date}", weekday=weekday_name(day), date=spoken_date(day))


def day_and_month(day: date) -> str:
    """`25 December`."""
    if day.day == 1:
        return tr("1 {month}", month=month_name(day))
    return tr("{day} {month}", day=day.day, month=month_name(day))


def time_elsewhere(at: datetime) -> str:
    """`15:20 Uhr`, `las 15:20`, `la 1:20`: in languages other than English."""
    minute = f"{at:%M}"
    if at.hour == 1:
        return tr("1:{minute}", minute=minute)
    return tr("{hour}:{minute}", hour=at.hour, minute=minute)


def time_on(at: datetime, day: str) -> str:
    """`morgen um 15:20 Uhr`: in languages other than English."""
    minute = f"{at:%M}"
    if at.hour == 1:
        return tr("1:{minute} {day}", minute=minute, day=day)
    return tr("{hour}:{minute} {day}", hour=at.hour, minute=minute, day=day)


def near_day(english: str) -> str:
    """`today`, `tomorrow`, `yesterday`."""
    language = spoken()
    return language.named("near", english) if language else english
