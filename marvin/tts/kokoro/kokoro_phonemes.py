"""Kokoro's phonemes of a text: espeak-ng's IPA in Kokoro's spelling, with the punctuation.

Kokoro was trained on phonemes by misaki (Apache-2.0), which writes diphthongs and affricates as
one letter. espeak-ng drops punctuation, which Kokoro needs for its prosody.
"""

# ruff: noqa: RUF001 (phonemes are written in IPA)

import re
from collections.abc import Callable, Iterator

_MARKS = re.compile(
    r"""(?P<end>[.!?…。।]+)(?=["'”’»)\]]*(?:\s|$)) | [,;:](?=["'”’»)\]]*(?:\s|$)) | [、，；：]
        |[—–] | \s-+\s | (?:(?<=\s)|^)[(\[] | [)\]](?=\s|$)
    """,
    re.VERBOSE,
)
"""Never between digits or letters ("9:30", "3.5", "f(x)")."""
_KNOWN_AS = str.maketrans("。।、，；：()[]–", "..,,;:,,,,—")
"""Kokoro has brackets, but a reader makes pauses of them."""
_ABBREVIATION = re.compile(r"(?:^|\s)(?:[^\W\d_]\.)*[^\W\d_]\Z")
"""A letter before a full stop: an initial."""
_PAUSES = ",;:—"
_WRITTEN = _PAUSES + ".!?…"
_VOWEL = "ɑɐɒæaeɛəɜiɪᵻoɔuʊʌyøœɚ"

_BOTH = (
    (r"\([a-z-]+\)|[-_\u200d]", ""),  # Marks of words from another language, and joints.
    ("aɪ", "I"),
    ("aʊ", "W"),
    ("eɪ", "A"),
    ("ɔɪ", "Y"),
    ("dʒ", "ʤ"),
    ("tʃ", "ʧ"),
)
_ENGLISH = (
    # Words that espeak-ng joins: "in the", "of a".
    (r"(?<!\S)([^\sˈˌ]+)ðə(?!\S)", r"\1 ðə"),
    (r"(?<!\S)([əɒʌ]v|f[əɚ]ɹ)[əɐɚ](n?)(?!\S)", r"\1 ɐ\2"),
    # Without stress Kokoro swallows this vowel: "I", "I'm".
    (r"(?<!\S)I(?=[mlvd]*(?:\s|$))", "ˌI"),
    # "Fifteen" with its first stress alone is heard as "fifty".
    (r"ˈ(ɜːɹ?|ɔːɹ?|ɪf|ɪks|ɛvən|A|In)tˌ?iːn(?=θ?(?:\s|$))", r"ˌ\1tˈiːn"),
    (r"ɐ(?![nm]?(?:\s|$))|(?<=\S)ɐ", "ə"),
    ("ʔ", "t"),
    (r"(\w)\u0329", r"ᵊ\1"),
    (f"əl(?![ˈˌ{_VOWEL}])", "ᵊl"),
    ("ɚɹ?", "əɹ"),
    ("r", "ɹ"),
    ("[xç]", "k"),
    ("ɬ", "l"),
    ("[ʲ\u0303]", ""),
)
_AMERICAN = (
    ("həz(?!\\S)", "hæz"),
    ("oʊ", "O"),
    ("ɾ", "T"),
    ("ɜːɹ?", "ɜɹ"),
    ("ɪə", "iə"),
    ("ː", ""),
)
_BRITISH = (
    ("həz(?!\\S)", "haz"),
    ("əʊ", "Q"),
    ("eə", "ɛː"),
    ("iə", "ɪə"),
)
_LAST_ENGLISH = (("e", "A"), ("o", "ɔ"))
_ELSEWHERE = (
    ("oʊ", "O"),
    ("əʊ", "Q"),
    ("dz", "ʣ"),
    ("ts", "ʦ"),
    ("ss", "S"),
    (r"r\.", "ɽ"),  # espeak-ng's own name of it, in Hindi, not a full stop
)
"""Of misaki's table for languages that espeak-ng reads alone."""


def _compiled(
    *tables: tuple[tuple[str, str], ...],
) -> tuple[tuple[re.Pattern[str], str], ...]:
    return tuple((re.compile(ipa), ours) for table in tables for ipa, ours in table)


_REPLACEMENTS = {
    "en-us": _compiled(_BOTH, _ENGLISH, _AMERICAN, _LAST_ENGLISH),
    "en-gb": _compiled(_BOTH, _ENGLISH, _BRITISH, _LAST_ENGLISH),
}
_OTHERS = _compiled(_BOTH, _ELSEWHERE)


def respelled(ipa: str, language: str) -> str:
    """espeak-ng's IPA in Kokoro's spelling. `language` is espeak-ng's voice."""
    for pattern, ours in _REPLACEMENTS.get(language, _OTHERS):
        ipa = pattern.sub(ours, ipa)
    return ipa


def phonemes(text: str, language: str, ipa_of: Callable[[str], str]) -> str:
    """Phonemes and punctuation of a text. `ipa_of` is espeak-ng's reading of words."""
    said = ""
    for words, mark in _words_and_marks(text):
        spoken = respelled(ipa_of(words), language).strip() if words else ""
        if spoken:
            said += f" {spoken}" if said else spoken
        if said and (said[-1] not in _WRITTEN or mark not in _PAUSES):
            said = said.rstrip(_PAUSES) + mark
    return said


def runs(said: str, longest: int) -> Iterator[str]:
    """Phonemes in parts that are not too long, cut between words if possible."""
    while len(said) > longest:
        at = said.rfind(" ", 0, longest) + 1 or longest
        yield said[:at].rstrip()
        said = said[at:]
    if said:
        yield said


def _words_and_marks(text: str) -> Iterator[tuple[str, str]]:
    """Words, and the mark behind them, which may be empty, as may be the words."""
    begin = 0
    for match in _MARKS.finditer(text):
        if match["end"] and _goes_on(text, match):
            continue
        yield text[begin : match.start()].strip(), _known(match)
        begin = match.end()
    yield text[begin:].strip(), ""


def _goes_on(text: str, match: re.Match[str]) -> bool:
    """Whether it is the full stop of an abbreviation: "3 p.m. on Monday", "J. Smith"."""
    following = text[match.end() :].lstrip("\"'”’»)] ")
    if match[0] != "." or not following:
        return False
    return following[0].islower() or _ABBREVIATION.search(text, 0, match.start()) is not None


def _known(match: re.Match[str]) -> str:
    """The mark as Kokoro writes it."""
    mark = match[0].strip().translate(_KNOWN_AS)
    if match["end"]:
        loud = next((one for one in "?!" if one in mark), "")
        return loud or ("…" if "…" in mark or len(mark) > 1 else ".")
    return mark if mark in _PAUSES else "—"
