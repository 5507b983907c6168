"""Cleans the language model's deltas for speech as they arrive."""

import unicodedata
from collections import defaultdict
from functools import lru_cache

import regex

from marvin.mind.mark import Mark, Match, Pattern
from marvin.mind.marks import MARKS
from marvin.mind.thoughts import LIKELY_ENDS, LIKELY_THOUGHT, is_thought

# No library on PyPI does this for a stream: markdown-it-py and the like parse whole documents, and
# the streaming parsers for language models render to a screen.

_WORD = regex.compile(r"[^\W_]+|.", regex.DOTALL)
_LONGEST_END = 200
"""Longest end of a hidden span, in characters."""
_LONGEST_DOUBT = 8_000
"""Longest text that is held back as possible reasoning, in characters."""
_BEFORE = 2
"""Longest lookbehind of a mark."""

_ROWS: dict[str, list[Mark]] = defaultdict(list)
for _row in MARKS:
    for _first in _row.firsts:
        _ROWS[_first].append(_row)


class Sanitiser:
    """Removes markdown, code, addresses, emoji, reasoning, tool calls and special tokens.

    The result does not depend on how the text is split into deltas, and is released at once unless
    a mark is open. Reads from left to right and applies the first mark of the table that matches.
    """

    def __init__(self) -> None:
        self._raw = ""
        """Undecided text, and the characters before it."""
        self._at = 0
        self._hidden_to: Pattern | None = None
        self._at_line_start = True
        self._at_start = True
        self._doubted_to: int | None = None
        """Reasoning that the prompt may have opened does not end before this."""
        self._complete = False
        """No more text will arrive: open marks are plain text."""
        self._said: set[Mark] = set()
        self._out = _Writing()

    def feed(self, delta: str) -> str:
        self._raw += delta.replace("\r", "")
        while self._at < len(self._raw) and self._step():
            pass
        keep_from = max(0, self._at - _BEFORE)
        self._raw, self._at = self._raw[keep_from:], self._at - keep_from
        return self._out.take()

    def end(self) -> str:
        text = self.feed("\n")  # Closes what ends with the line.
        self._complete = True
        return text + self.feed("")

    def _step(self) -> bool:
        """Process a mark or a word; False if more text is needed to decide."""
        if self._hidden_to is not None:
            return self._skip(self._hidden_to)
        if self._at_start and (decided := self._doubt()) is not None:
            return decided
        for mark in _ROWS.get(self._raw[self._at], ()):
            if (mark.at_line_start and not self._at_line_start) or (
                mark.at_start and not self._at_start
            ):
                continue
            match = mark.pattern.match(self._raw, self._at, partial=True)
            if match is not None and not match.partial:
                self._take(mark, match)
                return True
            if match is not None and not self._complete:
                return False
        word = next(_WORD.finditer(self._raw, self._at))
        self._at = word.end()
        self._at_line_start = word[0] == "\n"
        self._at_start = self._at_start and word[0].isspace()
        self._out.write(word[0])
        return True

    def _doubt(self) -> bool | None:
        """Hold back possible reasoning until it is identified; None if it is not reasoning. Servers
        whose template opens the reasoning do not send its start.
        """
        if self._doubted_to is None:
            match = LIKELY_THOUGHT.match(self._raw, self._at, partial=True)
            if match is None or (match.partial and self._complete):
                return None
            thought = is_thought(self._raw[self._at :], complete=self._complete)
            if match.partial or thought is None:
                return False
            if not thought:
                self._at_start = False
                return None
            self._doubted_to = self._at
        end = LIKELY_ENDS.search(self._raw, self._doubted_to, partial=True)
        if end is not None and not end.partial:
            self._at = end.end()
            self._doubted_to = None
            return True
        self._doubted_to = max(self._at, len(self._raw) - _LONGEST_END)
        if not self._complete and len(self._raw) < _LONGEST_DOUBT:
            return False
        self._at_start, self._doubted_to = False, None
        return None

    def _skip(self, end: Pattern) -> bool:
        match = end.search(self._raw, self._at, partial=True)
        if match is None or match.partial:
            rest = len(self._raw) if match is None else match.start()
            self._at = max(rest, len(self._raw) - _LONGEST_END)
            return False
        self._at = match.end()
        self._hidden_to = None
        self._out.skipped = True
        return True

    def _take(self, mark: Mark, match: Match) -> None:
        self._at = match.end()
        self._at_line_start = mark.stays_at_start
        # Empty marks, role names and white space do not start the text.
        self._at_start = self._at_start and (mark.stays_at_start or not mark.say(match).strip())
        self._out.skipped = True
        if mark.makes_sentence:
            self._out.is_sentence = True
        if not (mark.once and mark in self._said):
            self._said.add(mark)
            self._out.write(mark.say(match))
            self._out.skipped = True
        if mark.hides_to is not None:
            self._hidden_to = regex.compile(mark.hides_to(match), regex.IGNORECASE)


class _Writing:
    """Joins the remaining text and collapses white space."""

    def __init__(self) -> None:
        self._text: list[str] = []
        self._last = ""
        self._space = ""
        """White space before the next word."""
        self.skipped = False
        self.is_sentence = False

    def take(self) -> str:
        text = "".join(self._text)
        self._text.clear()
        return text

    def write(self, text: str) -> None:
        """Drops characters that cannot be pronounced."""
        if text.isascii() and text.isalnum():
            self._put(text)
            return
        for char in text:
            if char.isspace():
                self._blank(char)
            elif shown := _pronounceable(char, self._last):
                self._put(shown)
            else:
                self.skipped = True

    def _put(self, text: str) -> None:
        if self._space == " " and self.skipped and text[0] in ",.;:!?…":
            self._space = ""
        if self._last:
            self._text.append(self._space)
        self._text.append(text)
        self._last = text[-1]
        self._space = ""
        self.skipped = False

    def _blank(self, char: str) -> None:
        if char == "\n":
            if self.is_sentence and (self._last.isalnum() or self._last in "\"')]”\u2019%°²³"):
                self._space = ""
                self._put(".")
            self.is_sentence = False
            self._space = "\n\n" if "\n" in self._space else "\n"
        else:
            self._space = self._space or " "


_JOINERS = "\u200c\u200d"
"""They change letters in Persian and Indic words, and join emoji."""
_SIGNS = "°№℃℉"
_UNSPOKEN = {"So", "Cc", "Cf", "Cn", "Co", "Cs", "Me"}


@lru_cache(maxsize=1024)
def _pronounceable(char: str, before: str) -> str:
    """The character, or nothing for emoji, pictures, invisible and broken characters."""
    if char in _JOINERS:
        return char if unicodedata.category(before or " ") in {"Lo", "Mn", "Mc"} else ""
    if "\u3380" <= char <= "\u33dd":  # The units of East Asian fonts: ㎏, ㎞.
        return unicodedata.normalize("NFKC", char)
    if "\U0001f3fb" <= char <= "\U0001f3ff" or "\ufe00" <= char <= "\ufe0f":
        return ""  # Skin tones, and variation selectors.
    return char if char in _SIGNS or unicodedata.category(char) not in _UNSPOKEN else ""
