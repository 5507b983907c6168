"""A mark: a piece of syntax that a language model writes, and what stands in its place.

A pattern must not depend on where the text happens to end so far: it ends with something certain
or with a lookahead, so that the same text gives the same marks however it comes. How far it may
run without an end is bounded, or a lone bracket would hold up the speech.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

# The standard library cannot tell "no match" from "no match yet".
import regex

BREAK = "\n\n"
NEVER = "(?!)"
"""As an end: hides the rest of the text."""

Pattern = regex.Pattern[str]
Match = regex.Match[str]


@dataclass(frozen=True, slots=True)
class Mark:
    firsts: str
    """Its possible first characters."""
    pattern: Pattern
    say: Callable[[Match], str]
    """What replaces it, free of marks."""
    hides_to: Callable[[Match], str] | None = None
    """A pattern for the end of the hidden span."""
    at_line_start: bool = False
    """Only at the start of a line."""
    stays_at_start: bool = False
    """What follows still starts the line."""
    makes_sentence: bool = False
    """The line gets a full stop if it has none."""
    once: bool = False
    """Only the first is spoken."""
    at_start: bool = False
    """Only at the start of the text."""


def mark(firsts: str, pattern: str, say: str | Callable[[Match], str] = "", **flags: bool) -> Mark:
    """`flags` are the boolean fields of `Mark`."""
    says = (lambda match: say) if isinstance(say, str) else say
    return Mark(firsts, regex.compile(pattern, regex.IGNORECASE), says, None, **flags)


def hidden(firsts: str, pattern: str, to: str, say: str = "", **flags: bool) -> Mark:
    """A span that is dropped. In `to`, `{0}` is the first group of its beginning."""

    def hides_to(match: Match) -> str:
        return to.replace("{0}", regex.escape(match[1])) if "{0}" in to else to

    return replace(mark(firsts, pattern, say, **flags), hides_to=hides_to)


def line(firsts: str, pattern: str, say: str | Callable[[Match], str] = "", **flags: bool) -> Mark:
    return mark(firsts, pattern, say, at_line_start=True, **flags)
