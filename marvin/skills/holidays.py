"""Dates of holidays, from three rules: a fixed date, a weekday of a month, days from Easter.

Holidays of lunar and lunisolar calendars have no rule here (`LUNAR`).
"""

from calendar import monthrange
from datetime import date, timedelta

# Month, day.
_FIXED = """
12 25 christmas,christmas day,xmas
12 24 christmas eve
12 26 boxing day,saint stephen's day,st stephen's day
12 6 saint nicholas day,st nicholas day
1 1 new year,the new year,new year's,new year's day,new years,new years day
12 31 new year's eve,new years eve,the end of the year
1 6 epiphany,three kings day
1 25 burns night
1 26 australia day
2 2 groundhog day
2 14 valentine's day,valentines day,valentine's,valentines
2 29 leap day
3 8 women's day,international women's day
3 14 pi day
3 17 saint patrick's day,st patrick's day,saint patricks day,st patricks day
4 1 april fools day,april fool's day,april fools
4 22 earth day
4 23 saint george's day,st george's day
5 1 may day
5 5 cinco de mayo
6 19 juneteenth
7 1 canada day
7 4 independence day
7 14 bastille day
10 3 german unity day
10 31 halloween
11 1 all saints day,all saints' day
11 2 all souls day
11 5 guy fawkes night,bonfire night
11 11 veterans day,veteran's day,remembrance day,armistice day
11 30 saint andrew's day,st andrew's day
"""
# Month, weekday from Monday = 0, which one of the month (-1: the last), days after that.
_WEEKDAYS = """
11 3 4 0 thanksgiving,thanksgiving day
11 3 4 1 black friday
11 3 4 4 cyber monday
10 0 2 0 canadian thanksgiving,columbus day,indigenous peoples day
1 0 3 0 martin luther king day,m l k day,mlk day
2 0 3 0 presidents day,presidents' day,president's day
5 6 2 0 mother's day,mothers day
6 6 3 0 father's day,fathers day
5 0 -1 0 memorial day
9 0 1 0 labor day,labour day
8 0 -1 0 summer bank holiday
"""
# Days after Easter Sunday.
_EASTER = """
0 easter,easter sunday
1 easter monday
-2 good friday
-1 holy saturday
-3 maundy thursday
-7 palm sunday
-21 mothering sunday,british mother's day,uk mother's day
-46 ash wednesday
-47 shrove tuesday,pancake day,mardi gras,fat tuesday
39 ascension day
49 pentecost,whit sunday
50 whit monday
60 corpus christi
"""
LUNAR = (
    *("ramadan", "eid", "eid al fitr", "eid al adha", "diwali", "divali", "holi", "vesak"),
    *("hanukkah", "chanukah", "passover", "rosh hashanah", "yom kippur", "purim"),
    *("chinese new year", "lunar new year", "orthodox easter"),
)

_Rows = dict[str, tuple[int, ...]]


def _rows(text: str, numbers: int) -> _Rows:
    rows: _Rows = {}
    for line in text.strip().splitlines():
        *values, names = line.split(" ", numbers)
        rows |= dict.fromkeys(names.split(","), tuple(map(int, values)))
    return rows


_BY_DATE = _rows(_FIXED, 2)
_BY_WEEKDAY = _rows(_WEEKDAYS, 4)
_BY_EASTER = _rows(_EASTER, 1)
NAMES = (*_BY_DATE, *_BY_WEEKDAY, *_BY_EASTER)


def holiday(name: str, year: int) -> date:
    """Raises ValueError: That year has no such day."""
    if name in _BY_EASTER:
        return easter(year) + timedelta(days=_BY_EASTER[name][0])
    if name in _BY_WEEKDAY:
        month, weekday, nth, more = _BY_WEEKDAY[name]
        return _nth_weekday(year, month, weekday, nth) + timedelta(days=more)
    month, day = _BY_DATE[name]
    return date(year, month, day)


def _nth_weekday(year: int, month: int, weekday: int, nth: int) -> date:
    if nth < 0:
        last = date(year, month, monthrange(year, month)[1])
        return last - timedelta(days=(last.weekday() - weekday) % 7)
    first = date(year, month, 1)
    return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (nth - 1))


def easter(year: int) -> date:
    """Easter Sunday of the Gregorian calendar, by the rule of Meeus."""
    century, of_century = divmod(year, 100)
    golden = year % 19
    moon = (19 * golden + century - century // 4 - (8 * century + 13) // 25 + 15) % 30
    sunday = (32 + 2 * (century % 4) + 2 * (of_century // 4) - moon - of_century % 4) % 7
    late = (golden + 11 * moon + 22 * sunday) // 451
    month, before = divmod(moon + sunday - 7 * late + 114, 31)
    return date(year, month, before + 1)


_LOWER = {"De": "de", "Of": "of"}


def title(name: str) -> str:
    """`New Year's Eve`."""
    words = (word[:1].upper() + word[1:] for word in name.split())
    return name if name.startswith("the ") else " ".join(_LOWER.get(word, word) for word in words)
