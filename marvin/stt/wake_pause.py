"""Finds the pause between the wake word and what follows.

Whisper may end its text after the wake word, if what follows is another voice or another level.
So it gets the audio from that pause on. Without a pause the audio stays whole: cut in the middle
of a sound, "marvin lock the door" is heard as "unlock the door".
"""

from __future__ import annotations

import numpy as np

from marvin.types import RATE_HZ, Samples

_FRAME = RATE_HZ // 50
_PAUSE = 4
"""Minimum length in frames: 80 ms."""
_PAUSE_DB = -15.0
"""Maximum level of a pause relative to the half second before."""
_WORD = 25
"""That half second, in frames."""
_EARLY, _LATE = 7, 3
"""How far the pause may begin before or after the end of the word, in frames: the last sound fades,
and is aligned to within a few frames."""


def after_wake_word(samples: Samples, wake_end: int, pause_db: float = _PAUSE_DB) -> int:
    """A position in the pause after the wake word, in samples; 0 if there is no pause.

    `wake_end` is where the word ends; 0 if that is unknown.
    """
    if not wake_end:
        return 0
    end = wake_end // _FRAME
    part = np.square(samples[: (end + _LATE + _PAUSE) * _FRAME], dtype=np.float64)
    frames = part[: len(part) // _FRAME * _FRAME].reshape(-1, _FRAME).mean(axis=1)
    quiet = 10 ** (pause_db / 10)
    for start in range(max(1, end - _EARLY), len(frames) - _PAUSE + 1):
        before = frames[max(0, start - _WORD) : start]
        if (frames[start : start + _PAUSE] <= quiet * before.mean()).all():
            return (start + _PAUSE // 2) * _FRAME
    return 0
