"""Cuts a sentence into clauses, each synthesised while the one before is heard."""

import re
from collections.abc import Iterator

_ENDS = re.compile(
    r"[.!?…]+[\"'”’)\]]*\s+|[,;:)][\"'”’]?\s+|\s[-–—]\s+|[—।]\s*|[。！？、，；：]"  # noqa: RUF001
)
_WORD = re.compile(r"\s(?=(\w+)\s)")
_MAY_FOLLOW_A_PAUSE = {
    "and", "or", "but", "so", "because", "although", "while", "if", "when", "where", "which", "who",
    "that", "than", "then", "to", "in", "at", "for", "from", "with", "without", "into", "after",
    "before", "until", "is", "are", "was", "were", "has", "have", "had", "will", "would", "can",
    "could", "should", "must", "may", "might",
}  # fmt: skip
"""English words."""
_NEVER_LAST = _MAY_FOLLOW_A_PAUSE | {"a", "an", "the", "of", "hundred", "thousand", "million"}

MOST = 160
"""Maximum length in letters: some 11 s, and a third of the 510 phonemes that the network takes."""
_FEWEST_FIRST, _FEWEST_LATER = 16, 24
_FRAGMENT = 8
"""Fewer letters sound like a stutter."""
_LETTERS_A_S = 14.0
_SILENCE_S = 0.8
"""Silence that is synthesised around every clause, at the same cost as speech."""
_FIRST_S = 0.55
"""Time for a clause that is waited for."""
_LATE_S = 0.1
"""A pause may be this much longer."""


def cost_s(speech_s: float, work: float | None) -> float:
    """Time to synthesise it. `work` is the real-time factor: seconds of work per second."""
    return (speech_s + _SILENCE_S) * (work or 0.0)


def letters_in(ahead_s: float, work: float | None) -> int:
    """How many letters can be synthesised in time; as few as possible if that is unknown.

    `ahead_s` is how much longer there is something to hear.
    """
    fewest = _FEWEST_LATER if ahead_s > 0.0 else _FEWEST_FIRST
    if work is None:
        return fewest
    speech_s = max(_FIRST_S, ahead_s + _LATE_S) / max(work, 1e-6) - _SILENCE_S
    return min(max(round(_LETTERS_A_S * speech_s), fewest), MOST)


def cut(text: str, letters: int, *, within: bool) -> int:
    """Length of the next clause, about as long as `letters`, and never a part of a word.

    Cut at punctuation, and if `within`, before an English word that may follow a pause.
    """
    most = min(round(1.25 * letters), MOST)
    if len(text) <= most:
        return len(text)
    last = len(text) - _FRAGMENT
    text = text[: 2 * MOST]
    ends = [at.end() for at in _ENDS.finditer(text) if _FRAGMENT <= at.end() <= last]
    if fitting := [at for at in ends if at <= most]:
        return fitting[-1]
    words = [at for at in _pauses(text) if within and letters // 2 <= at <= last]
    if fitting := [at for at in words if at <= letters]:
        return fitting[-1]
    at = min((*ends, *words, len(text)))
    return at if at <= MOST else _space(text)


def _pauses(text: str) -> Iterator[int]:
    """Positions of words that may follow a pause."""
    for at in _WORD.finditer(text):
        before = text[: at.start()].rpartition(" ")[2].lower()
        if at[1].lower() in _MAY_FOLLOW_A_PAUSE and before not in _NEVER_LAST:
            yield at.end()


def _space(text: str) -> int:
    """The last one within the longest clause; scripts without spaces are cut anywhere."""
    return text.rfind(" ", 0, MOST) + 1 or MOST
