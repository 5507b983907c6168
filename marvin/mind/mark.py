"""A mark: a piece of syntax that a language model writes, and its replacement.

A pattern must not depend on how the text is split into deltas, so it ends with a literal or a
lookahead. Its length is bounded, since a lone bracket would delay the speech otherwise.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

# The standard library cannot distinguish "no match" from "no match yet".
import regex

BREAK = "\n\n"
NEVER = "(?!)"
"""As the end pattern: hides the rest of the text."""

Pattern = regex.Pattern[str]
Match = regex.Match[str]


@dataclass(frozen=True, slots=True)
class Mark:
    firsts: str
    """Its possible first characters."""
    pattern: Pattern
    say: Callable[[Match], str]
    """The replacement, which contains no marks."""
    hides_to: Callable[[Match], str] | None = None
    """A pattern for the end of the hidden span."""
    at_line_start: bool = False
    """Only at the start of a line."""
    stays_at_start: bool = False
    """The text after it still counts as the start of the line."""
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
    """A span that is dropped. In `to`, `{0}` is the first group of its start."""

    def hides_to(match: Match) -> str:
        return to.replace("{0}", regex.escape(match[1])) if "{0}" in to else to

    return replace(mark(firsts, pattern, say, **flags), hides_to=hides_to)


def line(firsts: str, pattern: str, say: str | Callable[[Match], str] = "", **flags: bool) -> Mark:
    return mark(firsts, pattern, say, at_line_start=True, **flags)
