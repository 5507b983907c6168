"""Cuts a sentence into clauses, each synthesised while the one before is heard."""

import re

_ENDS = re.compile(
    r"[.!?…]+[\"'”’)\]]*\s+|[,;:)][\"'”’]?\s+|\s[-–—]\s+|[—।]\s*|[。！？、，；：]"  # noqa: RUF001
)
_BEFORE = re.compile(
    r"(?<!hundred)(?<!thousand)(?<!million)\s+(?=(?:and|or|but|so|because|although|while|if|when"
    r"|where|which|who|that|than|then|to|in|at|for|from|with|without|into|after|before|until"
    r"|is|are|was|were|has|have|had|will|would|can|could|should|must|may|might)\s)",
    re.IGNORECASE,
)
"""English words before which a reader may pause."""

MOST = 160
"""Maximum length in letters: some 11 s, and a third of the 510 phonemes that the network takes."""
_FEWEST = 16
_FRAGMENT = 8
"""Fewer letters sound like a stutter."""
_IN_TIME = 0.7
"""Share of the time available that may be planned for."""
_LETTERS_A_S = 14.0
_SILENCE_S = 0.8
"""Silence that is synthesised around every clause, at the same cost as speech."""
FIRST_S = 0.45
"""Time for a clause that is waited for."""


def letters_in(ahead_s: float, work: float | None) -> int:
    """How many letters can be synthesised in time; as few as possible if that is unknown.

    `ahead_s` is how much longer there is something to hear; `work` is the real-time factor: seconds
    of work per second of speech.
    """
    if work is None:
        return _FEWEST
    speech_s = max(FIRST_S, _IN_TIME * ahead_s) / max(work, 1e-6) - _SILENCE_S
    return min(max(round(_LETTERS_A_S * speech_s), _FEWEST), MOST)


def cut(text: str, letters: int, *, within: bool) -> int:
    """Length of the next clause, about as long as `letters`, and never a part of a word.

    Cut at punctuation, and if `within`, before an English word that may follow a pause.
    """
    most = min(round(1.25 * letters), MOST)
    if len(text) <= most:
        return len(text)
    last = len(text) - _FRAGMENT
    ends = [at.end() for at in _ENDS.finditer(text) if _FRAGMENT <= at.end() <= last]
    if fitting := [at for at in ends if at <= most]:
        return fitting[-1]
    words = [
        at.end() for at in _BEFORE.finditer(text) if within and letters // 2 <= at.end() <= last
    ]
    if fitting := [at for at in words if at <= letters]:
        return fitting[-1]
    at = min((*ends, *words, len(text)))
    return at if at <= MOST else _space(text)


def _space(text: str) -> int:
    """The last one within the longest clause; scripts without spaces are cut anywhere."""
    return text.rfind(" ", 0, MOST) + 1 or MOST
