"""Dates, times, prices and telephone numbers in languages other than English.

Only what is certain; the rest is left to the voice, which knows its language better. espeak-ng
reads 27,50 € as a decimal number, the full stops of a date, and a telephone number as millions.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from marvin.tts.normalization.number_words import cardinal, digits, money, ordinal, year

_Match = re.Match[str]


@dataclass(frozen=True, slots=True)
class _Language:
    months: str
    of: str
    """Between day, month and year."""
    clock: tuple[str, str]
    """After the hour, singular and plural."""
    clock_word: str
    """A word that may follow a time and is not repeated."""
    to: str
    plus: str
    minus: str
    celsius: str
    cents: str
    """Between the whole and the hundredths of a price."""
    feminine_one: str = ""
    """One o'clock: `una`."""
    first: str = ""
    """The first of a month, where other days are cardinal numbers."""


_LANGUAGES = {
    "de": _Language(
        months="Januar Februar März April Mai Juni Juli August September Oktober November Dezember",
        of=" ", clock=(" Uhr", " Uhr"), clock_word="Uhr", to="bis", plus="plus", minus="minus",
        celsius="Grad Celsius", cents=" ", feminine_one="ein",
    ),
    "nl": _Language(
        months="januari februari maart april mei juni juli augustus september oktober november "
        "december",
        of=" ", clock=(" uur", " uur"), clock_word="uur", to="tot", plus="plus", minus="min",
        celsius="graden Celsius", cents=" ",
    ),
    "fr": _Language(
        months="janvier février mars avril mai juin juillet août septembre octobre novembre "
        "décembre",
        of=" ", clock=(" heure", " heures"), clock_word="heures", to="à", plus="plus",
        minus="moins", celsius="degrés Celsius", cents=" ", feminine_one="une", first="premier",
    ),
    "es": _Language(
        months="enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre "
        "diciembre",
        of=" de ", clock=("", ""), clock_word="horas", to="a", plus="más", minus="menos",
        celsius="grados Celsius", cents=" con ", feminine_one="una",
    ),
    "it": _Language(
        months="gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre "
        "novembre dicembre",
        of=" ", clock=(" e", " e"), clock_word="ore", to="a", plus="più", minus="meno",
        celsius="gradi Celsius", cents=" e ", feminine_one="una", first="primo",
    ),
}  # fmt: skip


_Say = Callable[[_Match, str, _Language], str]


def normalize_certain(text: str, code: str) -> str:
    """The text with words for what is certain, in the languages of the table."""
    if code not in _LANGUAGES or not any(map(str.isdigit, text)):
        return text
    for pattern, say in _rules(code):
        text = pattern.sub(say, text)
    return text


@lru_cache
def _rules(code: str) -> tuple[tuple[re.Pattern[str], Callable[[_Match], str]], ...]:
    language = _LANGUAGES[code]

    def bound(say: _Say) -> Callable[[_Match], str]:
        return lambda match: say(match, code, language)

    word = rf"(?:\s(?:{language.clock_word}|h)\b)?"
    named = "|".join(language.months.split())
    return tuple(
        (re.compile(pattern.replace("{WORD}", word).replace("{MONTH}", named)), bound(say))
        for codes, pattern, say in _PATTERNS
        if not codes or code == codes
    )


def _telephone(match: _Match, code: str, language: _Language) -> str:
    groups = ", ".join(digits(group, code) for group in re.findall(r"\d+", match[0]))
    return f"{language.plus} {groups}" if match[0].startswith("+") else groups


def _between(match: _Match, code: str, language: _Language) -> str:
    """`20-25 Grad` is a range; a score is not."""
    first, last = (float(end.replace(",", ".")) for end in match.groups())
    return f"{match[1]} {language.to} {match[2]}" if first < last else match[0]


def _until(match: _Match, code: str, language: _Language) -> str:
    return f"{match[0].rstrip(' -–')} {language.to} "  # noqa: RUF001


def _says(words: str) -> _Say:
    """A template with the words of a language: `{minus} `."""
    return lambda match, code, language: words.format(
        minus=language.minus, celsius=language.celsius
    )


def _date(match: _Match, code: str, language: _Language) -> str:
    found = match.groupdict()
    day = int(found["day"])
    months = language.months.split()
    number = months.index(found["name"]) + 1 if "name" in found else int(found["month"])
    if not (1 <= day <= 31 and 1 <= number <= 12):
        return match[0]
    if code == "de":
        before = match.string[max(0, match.start() - 8) : match.start()]
        said = ordinal(str(day), code) + _ending(before)
    else:
        said = language.first if day == 1 and language.first else cardinal(str(day), code)
    parts = [said, months[number - 1]]
    if "year" in found:
        parts.append(year(found["year"], code))
    return language.of.join(parts)


_DATIVE = re.compile(r"\b(?:am|vom|zum|dem|den|bis|ab|seit|beim) $", re.IGNORECASE)
_NAMED = re.compile(r"\b(?:der|die|das) $", re.IGNORECASE)


def _ending(before: str) -> str:
    """German ordinals: `am ersten`, `der erste`, `erster`."""
    return "n" if _DATIVE.search(before) else "" if _NAMED.search(before) else "r"


def _time(match: _Match, code: str, language: _Language) -> str:
    hour, minute = int(match["hour"]), int(match["minute"] or 0)
    said = cardinal(str(hour), code)
    if language.feminine_one and hour in (1, 21):
        # vingt et un, veintiuno, ventuno
        endings = {"fr": f"{said}e", "es": f"{said[:-1]}a"}
        said = language.feminine_one if hour == 1 else endings.get(code, said)
    name = language.clock[0 if hour < 2 else 1]
    if not minute:
        return f"{said}{'' if code == 'it' else name}"
    minutes = cardinal(str(minute), code)
    if code in ("es", "it") and minute < 10:
        minutes = f"{cardinal('0', code)} {minutes}"
    return f"{said}{name} {minutes}"


def _price(match: _Match, code: str, language: _Language) -> str:
    whole, cents = re.sub(r"\D", "", match["whole"]), match["cents"]
    if len(whole) > 6 or (whole[0] == "0" and whole != "0"):
        return match[0]
    hundredths = int(cents) if cents and cents.isdigit() else 0
    if not hundredths and whole == "0":
        return match[0]
    currency = "USD" if match["unit"] == "$" else "EUR"
    said, said_cents = money(int(whole), hundredths, currency, code)
    if whole == "0":
        return said_cents
    return f"{said}{language.cents}{cardinal(str(hundredths), code)}" if hundredths else said


_HOUR = r"(?<![\w.,:/-])(?P<hour>[01]?\d|2[0-3])"
_PRICE = r"(?P<whole>\d{1,3}(?:[. \u00a0\u202f]\d{3})*|\d+)(?:,(?P<cents>\d\d|-{1,2}))?"
_SIGN = r"(?P<unit>[€$]|(?:EUR|Euro|euros?)\b)"
_FREE = r"(?<![\w.,:/-])"
_NUMBER = r"(\d{1,6}(?:,\d{1,3})?)"
_DAY_AND_MONTH = r"(?P<day>\d\d?)(?P<mark>[./-])(?P<month>\d\d?)(?P=mark)"

_PATTERNS: tuple[tuple[str, str, _Say], ...] = (
    ("", rf"{_FREE}(?P<year>[12]\d{{3}})-(?P<month>\d\d)-(?P<day>\d\d)(?![\w-])", _date),
    ("", rf"{_FREE}{_DAY_AND_MONTH}(?P<year>[12]\d{{3}})(?![\w/-]|[.,]\d)", _date),
    ("de", rf"{_FREE}(?P<day>\d\d?)\. (?P<name>{{MONTH}})\b", _date),
    ("", rf"{_HOUR}:[0-5]\d{{WORD}}\s?[-–]\s?(?=\d\d?:\d\d)", _until),  # noqa: RUF001
    ("", rf"{_HOUR}:(?P<minute>[0-5]\d)(?![\w:]|[.,]\d){{WORD}}", _time),
    ("de", rf"{_HOUR}\.(?P<minute>[0-5]\d) Uhr\b", _time),
    ("fr", rf"{_HOUR}\s?h(?:\s?(?P<minute>[0-5]\d))?\b", _time),
    ("", r"(?<![\w.,:/])\+\d[\d ()./-]{5,20}\d(?!\w)", _telephone),
    ("", r"(?<![\w.,:/€$-])(?<!\d )\(?0\d[\d ()/-]{4,18}\d(?![\w:]|[.,]\d)", _telephone),
    ("", rf"{_FREE}{_PRICE}\s?{_SIGN}(?!\w)", _price),
    ("", rf"(?<!\w)(?P<unit>[€$])\s?{_PRICE}(?!\w|[.,]\d)", _price),
    ("", rf"{_FREE}{_NUMBER}\s?[-–]\s?{_NUMBER}(?=\s?(?:[%€$°]|[^\W\d_]))", _between),  # noqa: RUF001
    ("", r"(?<!\S)[-\u2212](?=\d)", _says("{minus} ")),
    ("", r"(?<=\d)\s?°\s?C\b", _says(" {celsius}")),
)
"""Rules from the most specific to the most general, each with its language, or all."""
