"""Judges whether the words so far are complete, which sets how much silence ends the utterance."""

from marvin.languages.language import CODES, language
from marvin.types import Completeness, Transcript

_SURE = 0.75
"""Minimum confidence at which a transcript that a skill matches counts as complete."""

_NEVER_LAST = frozenset(
    (
        *("a", "an", "the", "my", "your", "our", "their", "this", "every"),
        *("and", "or", "but", "because", "if", "than"),
        *("for", "to", "of", "from", "with", "at", "into", "between", "called"),
    )
)
"""English words that need another word after them. Not `on`, `off`, `up`: "turn it on"."""

_WAKE_WORD_ALONE = 0.5
"""Minimum confidence at which an empty transcript means that only the wake word was spoken."""


def completeness(transcript: Transcript, *, by_skill: bool) -> Completeness:
    """Judge a transcript of everything so far; `by_skill`: a skill is certain to answer it."""
    if transcript.unfinished:
        return Completeness.UNFINISHED
    if by_skill:
        sure = transcript.confidence >= _SURE
        return Completeness.COMPLETE if sure else Completeness.UNKNOWN
    breaks_off = _breaks_off(transcript.text, transcript.language)
    return Completeness.UNFINISHED if breaks_off else Completeness.UNKNOWN


def _breaks_off(text: str, code: str) -> bool:
    text = text.rstrip()
    if text.endswith((",", "-", "\u2026", "...")):
        return True
    # "What is it for?" is complete. A full stop proves little: transcribers add one everywhere.
    if text.endswith(("?", "!")):
        return False
    return text.rstrip(".").rpartition(" ")[2].lower() in _never_last(code)


def _never_last(code: str) -> frozenset[str]:
    if code == "en":
        return _NEVER_LAST
    return language(code).words.never_last if code in CODES else frozenset()


def wake_word_alone(transcript: Transcript) -> bool:
    """Whether only the wake word was spoken."""
    return not transcript.text and transcript.confidence >= _WAKE_WORD_ALONE
