"""How numbers look, and what a rule is."""

import re
from collections.abc import Callable
from functools import cache, partial

from marvin.tts.normalization.number_words import number

Match = re.Match[str]
Rule = tuple[str, Callable[[Match], str]]
"""What is looked for, and what is said for it."""

_NUMBER = r"(?:\d{1,3}(?:,\d{3})+(?!\d)|\d+)(?:\.\d+)?"
_FREE = r"(?<![\w.,/:])"
"""Not inside a word, a longer number, a date or a time."""
_SIGN = r"(?:(?<![\w)%°])-)?"
_DASH = r"\s?[-–—]\s?"  # noqa: RUF001
_AMOUNT = rf"{_FREE}{_SIGN}{_NUMBER}(?:{_DASH}{_NUMBER})?"
_BETWEEN = re.compile(rf"(?<=\d){_DASH}(?=\d)")


def rule(pattern: str, say: str | Callable[[Match], str], *, any_case: bool = False) -> Rule:
    """`say` is a template of `Match.expand`, or makes the words.

    In the pattern, `{N}` is a number, `{A}` one with a sign or a range, `{F}` where one may begin,
    `{D}` what stands between the two ends of a range.
    """
    for name, part in (("{N}", _NUMBER), ("{A}", _AMOUNT), ("{F}", _FREE), ("{D}", _DASH)):
        pattern = pattern.replace(name, part)
    pattern = f"(?i){pattern}" if any_case else pattern
    return pattern, (lambda match: match.expand(say)) if isinstance(say, str) else say


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    """When it is first used: all rules together take 30 ms, which no start should wait for."""
    return re.compile(pattern)


def one_of(words: str) -> str:
    """A pattern of words; of two that begin alike it takes the longer."""
    return "(?:" + "|".join(map(re.escape, sorted(words.split(), key=len, reverse=True))) + ")"


def amount(text: str) -> str:
    """A number, or two with `to` between."""
    return " to ".join(number(part) for part in _BETWEEN.split(text))


def apply(rules: tuple[Rule, ...], text: str) -> str:
    """One rule after the other; words are kept apart from what stands beside them."""
    for pattern, say in rules:
        text = _compiled(pattern).sub(partial(_apart, say), text)
    return text


def near(match: Match, pattern: re.Pattern[str]) -> bool:
    """Whether it is found around the match. Bounded: long texts must not take their square."""
    start, end = match.span()
    return pattern.search(match.string, max(0, start - 120), end + 120) is not None


def _apart(say: Callable[[Match], str], match: Match) -> str:
    words = say(match)
    start, end = match.span()
    before, after = match.string[max(0, start - 1) : start], match.string[end : end + 1]
    left = " " if before.isalnum() and words[:1].isalnum() else ""
    right = " " if after.isalnum() and words[-1:].isalnum() else ""
    return f"{left}{words}{right}"
