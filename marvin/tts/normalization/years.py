"""Years, decades and centuries, and quantities that look like years."""

from marvin.tts.normalization.notation import SUM, Match, Rule, behind, near, one_of, rule
from marvin.tts.normalization.number_words import cardinal, year
from marvin.tts.normalization.unit_words import MONEY, UNITS


def _decade(match: Match) -> str:
    said = year(match[1]) if len(match[1]) == 4 else cardinal(match[1])
    return f"{said[:-1]}ies" if said.endswith("y") else f"{said}s"


def _year(match: Match) -> str:
    return match[0] if near(match, SUM) else year(match[0])


def _years(match: Match) -> str:
    if near(match, SUM):
        return match[0]
    first, last = match[1], match[2]
    said = year(last) if len(last) == 4 else cardinal(last)
    return f"{year(first)} to {said}"


def _season(match: Match) -> str:
    """`2024/25`: the second year follows the first."""
    first, last = match[1], match[2]
    if (int(first) + 1) % 100 != int(last) % 100:
        return match[0]
    return f"{year(first)} {year(last) if len(last) == 4 else cardinal(last)}"


_NAMES = "Euro Euros Dollars people men women children feet inches percent"
_COUNTED = {name for names in (*UNITS.values(), *MONEY.values()) for name in names} | {
    *_NAMES.split()
}
_COUNTED_WORD = one_of(" ".join(word for word in _COUNTED if " " not in word))
_NO_NOUN = one_of(
    "is was as has does this its his us yes always thus plus versus less across towards "
    "sees brings marks begins starts ends needs looks feels comes goes shows remains gets means "
    "makes takes gives saw becomes seems includes sales results earnings elections levels figures "
    "prices rates standards olympics games finals playoffs budgets forecasts estimates census "
    "models wines plans goals targets taxes"
)
_MORE = (
    "(?:(?:more|other|different|new|old|extra|additional|active|registered|square|cubic|nautical"
    "|US|American|Swiss|small|large|big|red|green|blue|black|white|tiny|individual|separate) )?"
)
_BEFORE_YEAR = behind("in since by until from year during before after")
_AROUND_YEAR = behind("around circa c. of summer winter spring")
_FIRST_YEAR = r"(?<![\w.,:/-])(1[1-9]\d\d|20\d\d)"
_AFTER = r"(?![\w%]|[.,:/-]\d)"
_IS_COUNT = (
    rf"(?! {_MORE}(?:{_COUNTED_WORD}|(?!{_NO_NOUN}\b)[a-z]+[^\W_isu]s)\b)(?<!than \d{{4}})"
    r"(?<!least \d{4})(?<!most \d{4})(?<!total \d{4})"
)
_IS_EVENT = rf"(?<=\b[Tt]he )(?:19|20)\d\d{_AFTER}(?! {_MORE}{_COUNTED_WORD}\b)"

_SOUND = (
    "music songs? hits? style fashions? movies? films? bands? pop rock disco kids? party parties "
    "theme shows? sitcoms? cartoons? classics? nostalgia vibes? era sound dance hair throwback "
    "baby babies playlist radio tv aesthetic ballads? hip house techno metal jazz funk soul "
    "inspired style themed"
)
_NO_DECADE = r"(?! (?:timer|timeout|delay|limit|mark|pause|countdown|window|interval|break|clip)\b)"
_DECADES = (
    rf"(?:{behind('the early late mid my her his their your our')}|(?<=mid-)|(?<=s to ))"
    rf"['’]?([1-9]0)s\b{_NO_DECADE}"  # noqa: RUF001
)

DECADES: tuple[Rule, ...] = (
    rule(r"{F}((?:1\d|20)\d0)['’]?s\b", _decade),  # noqa: RUF001
    rule(_DECADES, _decade),
    *2 * (rule(r"(?:(?<=ies, )|(?<=ies and )|(?<=ies or ))([1-9]0)s\b", _decade),),
    rule(r"(?<!\w)['’](\d0)s\b", _decade),  # noqa: RUF001
    rule(
        rf"{{F}}([2-9]0)['’]?s(?=[ -](?:{'|'.join(_SOUND.split())})\b)",  # noqa: RUF001
        _decade,
        any_case=True,
    ),
)

YEARS: tuple[Rule, ...] = (
    rule(r"(?<!\w)['’]0(\d)\b", lambda match: f"oh {cardinal(match[1])}"),  # noqa: RUF001
    rule(rf"{_FIRST_YEAR}/((?:1[1-9]|20)?\d\d)(?![\w/-]|[.,]\d)", _season),
    rule(r"(?<![\w.,:/-])(1[1-9]\d\d|20\d\d){D}(1[1-9]\d\d|20\d\d|\d\d)(?![\w-]|[.,]\d)", _years),
    rule(rf"(?:{_BEFORE_YEAR}|{_AROUND_YEAR})1(?:0[1-9]|[1-8]\d)\d{_AFTER}{_IS_COUNT}", _year),
    rule(rf"{behind('in since until')}(?:19|20)\d\d{_AFTER}", lambda match: year(match[0])),
    rule(rf"{_BEFORE_YEAR}(?:19|20)\d\d{_AFTER}", _year),
    rule(_IS_EVENT, _year),
    rule(rf"{{F}}(?<!-)(?:19|20)\d\d{_AFTER}{_IS_COUNT}", _year),
)
