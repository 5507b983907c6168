"""Whether what was said so far is a whole: decides how long a silence it takes to end it."""

from marvin.types import Completeness, Transcript

_SURE = 0.75
"""Confidence from which words that a skill understands are taken for all that was said."""

_NEVER_LAST = frozenset(
    (
        *("a", "an", "the", "my", "your", "our", "their", "this", "every"),
        *("and", "or", "but", "because", "if", "than"),
        *("for", "to", "of", "from", "with", "at", "into", "between", "called"),
    )
)
"""English words that want another one after them. Not `on`, `off`, `up`: "turn it on"."""


def completeness(transcript: Transcript, *, by_skill: bool) -> Completeness:
    """Of all that was said so far; `by_skill`: a skill understands it."""
    if transcript.unfinished:
        return Completeness.UNFINISHED
    if by_skill:
        sure = transcript.confidence >= _SURE
        return Completeness.COMPLETE if sure else Completeness.UNKNOWN
    breaks_off = _breaks_off(transcript.text, transcript.language)
    return Completeness.UNFINISHED if breaks_off else Completeness.UNKNOWN


def _breaks_off(text: str, language: str) -> bool:
    text = text.rstrip()
    if text.endswith((",", "-", "\u2026", "...")):
        return True
    # "What is it for?" does not; a full stop says little, recognisers put one everywhere.
    if language != "en" or text.endswith(("?", "!")):
        return False
    return text.rstrip(".").rpartition(" ")[2].lower() in _NEVER_LAST
