"""Splits streamed text into sentences to speak as soon as each is complete."""

import heapq
import re
from collections.abc import Iterator

from marvin.languages.language import Language
from marvin.languages.translation import spoken

# Considered and rejected: sentencex (MIT, good, but its splits depend on quotes and brackets that
# have not arrived yet), stream2sentence (MIT, but 4,000 lines of its own heuristics), pysbd, syntok
# and blingfire (complete texts only, last released in 2021 and 2022). Here the splits never depend
# on how the text is chunked, and a split waits for at most one more word.

LONGEST = 280
"""Maximum piece in characters: about twenty seconds of speech, within the limits of the voices."""

_ENDS = re.compile(
    r"""(?<![.!?…])(?P<mark>[.!?…]++)(?P<closing>["'”’»)\]]*+)(?P<space>\s++)(?=\S)
        |(?<![。！？｡।॥؟۔።])[。！？｡।॥؟۔።]++["'”’»」』）)\]]*+\s*+
            (?=[^\s"'”’»」』）)\]。！？｡।॥؟۔።])
        |(?<!\n)\n[ \t]*+\n\s*+(?=\S)
    """,  # noqa: RUF001
    re.VERBOSE,
)
"""Without backtracking, and only from the first of several marks: thousands of them take no longer
than other text."""
_CLAUSE_ENDS = re.compile(
    r"""(?<!\.)[,;:]["'”’)\]]*\s+(?=[^\W\d]) | \s[-–—]\s+(?=[^\W\d]) | —\s*(?=[^\W\d])
        |[،؛]\s*(?=[^\W\d]) | (?P<wide>[、，；：])\s*(?=[^\W\d])
    """,  # noqa: RUF001
    re.VERBOSE,
)
"""Never before a number ("1, 2", "10 - 3" and "1990—95" stay whole) or after an abbreviation
("e.g., or")."""
_LIST_NUMBER = re.compile(r"\s*\d{1,3}")
_WORD_BEFORE = re.compile(r"(?:\w+\.)*\w+$")
_NEXT_WORD = re.compile(r"([\"'“‘(\[]*)(\w*)")  # noqa: RUF001

_SPACE = re.compile(r"\s+")

_NEVER_LAST = re.compile(
    "dr|mr|mrs|ms|messrs|prof|rev|hon|gen|col|capt|cmdr|sgt|lt|sen|rep|gov|mt|ft|vs|cf|viz"
    r"|approx|al|ca|e\.g|i\.e|z\.b|d\.h|u\.a|p\.ex|bzw|evtl|ggf|inkl|vgl|mme|mlle|sra?|srta"
    r"|dott|sig|bijv|dhr|mevr|o\.a|d\.w\.z"
)
"""Abbreviations after whose full stop the sentence continues."""
_BEFORE_NUMBERS = re.compile(
    "nos?|nrs?|figs?|eq|sec|vol|ch|chap|art|p|pp|pg|ext|tel"
    "|jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec"
)
_SOMETIMES_LAST = re.compile(
    r"etc|usw|ecc|enz|st|inc|ltd|co|corp|jr|sr|bros|dept|est|ave|blvd|rd|(?:[^\W\d_]\.)*[^\W\d_]"
)
"""Abbreviations and initials that may end a sentence."""
_STARTERS = re.compile(
    "The|An?|Its?|He|She|They|We|You|I|Th(?:is|at|ese|ose|ere|en)|Here|What|Wh(?:en|ere|o|y)|How"
    "|Is|Are|Was|Do|Does|Did|In|On|At|If|But|And|So|Or|For|As|To|Of|By|My|Your|His|Her|Our|Their"
    "|Yes|No|Not|After|Before"
)
"""Words that signal a new sentence rather than the next part of a name."""


def sentences(text: str) -> list[str]:
    """The sentences of a complete text, stripped and never empty."""
    splitter = SentenceSplitter()
    return splitter.feed(text) + splitter.end()


class SentenceSplitter:
    """Splits a text that arrives in pieces.

    A sentence is complete once a mark, white space and the next word have arrived, so "3.5" is not
    split. With `first_clause` the first piece may be a clause of at least that many characters, so
    that speech starts sooner. Sentences over `longest` are split at a clause, else at a space.
    """

    def __init__(self, *, first_clause: int = 0, longest: int = LONGEST) -> None:
        self._language = spoken()
        self._text = ""
        self._clause = first_clause
        self._longest = longest

    def feed(self, delta: str) -> list[str]:
        self._text = (self._text + delta).lstrip()
        return self._complete("")

    def end(self) -> list[str]:
        return self._complete("\n\n.")

    def _complete(self, follows: str) -> list[str]:
        pieces = []
        while self._text and (
            at := _cut(self._text + follows, self._clause, self._longest, self._language)
        ):
            pieces.append(self._text[:at].rstrip())
            self._text, self._clause = self._text[at:].lstrip(), 0
        return pieces


def _cut(text: str, clause: int, longest: int, language: Language | None) -> int:
    """Return where the first piece ends, or 0 if more text is needed to tell."""
    ends: Iterator[re.Match[str]] = _ENDS.finditer(text)
    if clause:
        ends = heapq.merge(ends, _CLAUSE_ENDS.finditer(text), key=re.Match.start)
    for match in ends:
        at = _end(match)
        if at > longest:
            break
        if match.re is _CLAUSE_ENDS:
            # A Chinese or Japanese character takes about as long to say as three letters.
            if at >= (clause // 3 if match["wide"] else clause):
                return at
            continue
        verdict = _is_end(text, match, language)
        if verdict is None:
            return 0
        if verdict:
            return at
    # One extra character, so that what follows the last mark is known as well.
    return _forced(text, longest) if len(text.rstrip()) > longest + 1 else 0


def _end(match: re.Match[str]) -> int:
    return match.start() + len(match[0].rstrip())


def _is_end(text: str, match: re.Match[str], language: Language | None) -> bool | None:
    """Whether the mark ends a sentence; None until the next word is complete."""
    mark = match["mark"]
    if mark is None or match["space"].count("\n") > 1:
        return True
    opening, word = next(_NEXT_WORD.finditer(text, match.end())).groups()
    known = match.end() + len(opening + word) < len(text)
    if not word and not known:
        return None
    if match["closing"] or "…" in mark or ".." in mark:
        return not word[:1].islower()  # "No." he said; well... yes
    if mark != ".":
        return True
    before = _word_before(text, match.start())
    if _NEVER_LAST.fullmatch(before) or _LIST_NUMBER.fullmatch(_line_before(text, match.start())):
        return False
    if _BEFORE_NUMBERS.fullmatch(before):
        return not word[:1].isdigit()
    # "Am 24. Dezember"
    ordinal = before.isdigit() and language is not None and language.code == "de"
    if ordinal or _SOMETIMES_LAST.fullmatch(before):
        return _starts(word, language) if known else None
    return True


def _starts(word: str, language: Language | None) -> bool:
    if language is not None:
        return word in language.words.starters
    return _STARTERS.fullmatch(word) is not None


def _word_before(text: str, at: int) -> str:
    match = _WORD_BEFORE.search(text[max(0, at - 40) : at])
    return match[0].lower() if match else ""


def _line_before(text: str, at: int) -> str:
    return text[max(0, at - 40) : at].rpartition("\n")[2]


def _forced(text: str, longest: int) -> int:
    """Return the end of the last clause within the limit, or the last space if that is short."""
    clauses = (_end(match) for match in _CLAUSE_ENDS.finditer(text, 0, longest + 1))
    at = max((end for end in clauses if end <= longest), default=0)
    if at < longest // 3:
        spaces = (match.start() for match in _SPACE.finditer(text, 0, longest + 1))
        at = max(spaces, default=longest)
    return at
