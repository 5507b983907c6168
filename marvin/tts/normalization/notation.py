"""Patterns of numbers, and the type of a rule."""

import re
from collections.abc import Callable, Mapping
from functools import cache, partial

from marvin.tts.normalization.number_words import number

Match = re.Match[str]
Rule = tuple[str, Callable[[Match], str]]
"""A pattern, and the words for what it matches."""

_NUMBER = r"(?:\d{1,3}(?:,\d{3})+(?!\d)|\d+)(?:\.\d+)?"
_FREE = r"(?<![\w.,/:])"
"""Not within a word, a longer number, a date or a time."""
_SIGN = r"(?:(?<![\w)%°])-)?"
_DASH = r"\s?[-–—]\s?"  # noqa: RUF001
_AMOUNT = rf"{_FREE}{_SIGN}{_NUMBER}(?:{_DASH}{_NUMBER})?"
_BETWEEN = re.compile(rf"(?<=\d){_DASH}(?=\d)")

SUM = re.compile(
    r"[=+×÷*^√²³]|\b(?:plus|minus|times|divided|power|squared|cubed|percent|root)\b"  # noqa: RUF001
)
"""Part of a calculation, where a dash is a minus and four digits are a number, not a year."""


def rule(pattern: str, say: str | Callable[[Match], str], *, any_case: bool = False) -> Rule:
    """`say` is a template for `Match.expand`, or a function that returns the words. In the pattern,
    `{N}` is a number, `{A}` a number with a sign or a range, `{F}` the place where one may begin,
    `{D}` the dash of a range.
    """
    for name, part in (("{N}", _NUMBER), ("{A}", _AMOUNT), ("{F}", _FREE), ("{D}", _DASH)):
        pattern = pattern.replace(name, part)
    pattern = f"(?i){pattern}" if any_case else pattern
    return pattern, (lambda match: match.expand(say)) if isinstance(say, str) else say


def looked_up(words: Mapping[str, str]) -> Callable[[Match], str]:
    """Says the word for the pattern's first group."""
    return lambda match: words[match[1]]


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    """Compiled on first use: all rules together take 30 ms, too long for start-up."""
    return re.compile(pattern)


def one_of(words: str) -> str:
    """A pattern of words that prefers the longer of two with a common prefix."""
    return "(?:" + "|".join(map(re.escape, sorted(words.split(), key=len, reverse=True))) + ")"


def behind(words: str) -> str:
    """A pattern for a position after one of the words."""
    return "(?i:" + "|".join(rf"(?<=\b{re.escape(word)} )" for word in words.split()) + ")"


def amount(text: str) -> str:
    """A number, or two with `to` between them."""
    return " to ".join(number(part) for part in _BETWEEN.split(text))


def apply(rules: tuple[Rule, ...], text: str) -> str:
    """Apply the rules in order, with spaces where words would touch their neighbours."""
    for pattern, say in rules:
        text = _compiled(pattern).sub(partial(_apart, say), text)
    return text


def near(match: Match, pattern: re.Pattern[str]) -> bool:
    """Whether `pattern` occurs around the match, within a bound that keeps long texts linear."""
    start, end = match.span()
    return pattern.search(match.string, max(0, start - 120), end + 120) is not None


def _apart(say: Callable[[Match], str], match: Match) -> str:
    words = say(match)
    start, end = match.span()
    before, after = match.string[max(0, start - 1) : start], match.string[end : end + 1]
    left = " " if before.isalnum() and words[:1].isalnum() else ""
    right = " " if after.isalnum() and words[-1:].isalnum() else ""
    return f"{left}{words}{right}"
