"""Roman numerals: of chapters, wars, monarchs and centuries."""

import re
import unicodedata

from marvin.tts.normalization.notation import Match, Rule, one_of, rule
from marvin.tts.normalization.number_words import ordinal

_VALUES = {"I": 1, "V": 5, "X": 10, "L": 50, "C": 100, "D": 500, "M": 1000}
_WELL_FORMED = re.compile(r"M{0,3}(?:CM|CD|D?C{0,3})(?:XC|XL|L?X{0,3})(?:IX|IV|V?I{0,3})")
_NUMERAL = r"([IVX]{1,7}|(?=L)L[IVX]{1,6}|XL[IVX]{0,4}|XC[IVX]{0,4})"
_OF_UNICODE = re.compile("[\u2160-\u217f]{1,12}")


def _value(numeral: str) -> int:
    """Zero if it is not a numeral."""
    if not _WELL_FORMED.fullmatch(numeral):
        return 0
    values = [_VALUES[char] for char in numeral]
    following = [*values[1:], 0]
    return sum(-v if v < after else v for v, after in zip(values, following, strict=True))


def roman_to_digits(text: str) -> str:
    """Unicode's own numerals, `Ⅷ`, as digits."""
    return _OF_UNICODE.sub(_digits, text)


def _digits(match: Match) -> str:
    return str(_value(unicodedata.normalize("NFKC", match[0]).upper()) or match[0])


def _count(match: Match) -> str:
    value = _value(match[2])
    return f"{match[1]}{value}" if value else match[0]


def _range(match: Match) -> str:
    first, last = _value(match[2]), _value(match[4])
    between = "and" if "and" in match[3] else "to"
    return f"{match[1]}{first} {between} {last}" if first and last else match[0]


def _reign(match: Match) -> str:
    value = _value(match[2])
    return f"{match[1]}the {ordinal(str(value))}" if value else match[0]


def _century(match: Match) -> str:
    value = _value(match[1])
    return ordinal(str(value)) if value else match[0]


_REIGNS = one_of(
    "Karl Ludwig Henry Louis Elizabeth Charles George James William Edward Richard Paul Pius "
    "Benedict Napoleon Philip Leo Nicholas Alexander Catherine Frederick Peter Ivan Gustav Mary "
    "David Robert Innocent Gregory Clement Ferdinand Francis Ramesses Ramses Thutmose Darius "
    "Ptolemy Cleopatra Otto Juan Wilhelm Haakon Margrethe Harald Christian Olav Joseph Leopold "
    "Albert Mehmed Selim Murad Carlos Felipe Urban Boniface Adolf Stephen Kenneth Baldwin "
    "Theodosius Constantine Franz Friedrich Amenhotep Rama Abdullah Mohammed Hussein Malcolm "
    "Alfonso Sixtus Julius Eugene Humbert Umberto "
)
_PARTS = one_of(
    "War Act Chapter Part Phase Type Volume Book Scene Article Title Episode Section Stage Level "
    "Class Figure Table Category Schedule Mark Division Season Grade Round Unit Module Bowl Tier "
    "act chapter part phase type volume scene section stage level class figure table category"
)
_NO_TITLE = r"(?:The|An?|This|That|My|Her|His|Our|Your|In|On|And|Or|But|If|When|As|With)\b"

RULES: tuple[Rule, ...] = (
    rule(rf"\b({_PARTS}s )([IVX]{{1,7}})({{D}}| to | and )([IVX]{{1,7}})\b(?!['’])", _range),  # noqa: RUF001
    rule(rf"\b({_REIGNS} )([IVX]{{2,7}}|V)\b(?!-|['’](?!s\b))(?!\.\w)", _reign),  # noqa: RUF001
    # A single letter may be a word or a name: "Part I like", "Type X".
    rule(
        r"\b((?:World War|Act|Chapter|Part|Phase|Volume|Book|Scene|Article|Title|Episode) )"
        r"([IVX])\b(?!['’])"  # noqa: RUF001
        r"(?! (?:am|have|had|like|want|love|think|need|would|will|can|do|did|saw)\b)",
        _count,
    ),
    rule(rf"\b({_PARTS} ){_NUMERAL}(?<!\b\w)\b(?!['’-])", _count),  # noqa: RUF001
    rule(rf"\b((?!{_NO_TITLE})[A-Z][a-z]{{2,30}} )([IVX]{{2,7}})\b(?!['’-])", _count),  # noqa: RUF001
    rule(r"\b((?:Vol|Ch|Fig|Pt)\. )([IVX]{1,7})\b(?!['’])", _count),  # noqa: RUF001
    rule(r"\bWW(I{1,2})\b", lambda match: f"World War {len(match[1])}"),
    rule(r"\b([IVX]{1,6})(?:th)?(?= (?:century|centuries|Olympiad|dynasty)\b)", _century),
)
