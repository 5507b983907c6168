"""Gates against hallucinated text: a neural recogniser outputs words for any sound.

The first three limits and their defaults are from OpenAI's `whisper/transcribe.py` (Radford et al.
2022, section 4.5). All are independent of the engine.
"""

import re
import zlib
from dataclasses import dataclass

_WORD = re.compile(r"[\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff]|[^\W_]+(?:['\u2019][^\W_]+)*")
"""A word; one character in scripts without spaces (Chinese, Japanese, Thai, Lao)."""
_CREDITS = re.compile(
    r"amara\.org|^\W*(?:untertitel(?:ung)?|sous-titr(?:es|age)|sub-?t[íi]tulos|sottotitoli"
    r"|ondertitel(?:s|d|ing)?|subtitles|transcribed)\b.*\b(?:by|von|des|der|im auftrag|par|por"
    r"|de|a cura|creati|door|ingediend)\b",
    re.IGNORECASE,
)
"""Whisper writes them in music and silence."""
_LONGEST_RUN = 50
"""In words; longer repeated runs already exceed the compression ratio."""


@dataclass(frozen=True, slots=True)
class GateLimits:
    """Named like the keys in models.toml."""

    min_log_probability: float
    """Mean over the tokens."""
    max_compression_ratio: float
    """Size of the text relative to its zlib-compressed size."""
    max_repeats: int
    """How often a run of words may occur in a row."""
    min_speech_s: float
    """With less detected speech the model is not run at all."""
    max_no_speech: float = 1.0
    """No-speech probability beyond which text needs a higher log-probability."""


def reject(
    text: str, limits: GateLimits, *, log_probability: float, no_speech: float = 0.0
) -> str | None:
    """Why the text is rejected, or None if it passes.

    `log_probability` is the mean over the tokens, `no_speech` the model's no-speech probability.
    """
    # Words hallucinated from silence are likely ones ("Thank you."): if the model suspects
    # silence, their log-probability must be above half the limit.
    if no_speech > limits.max_no_speech and log_probability < limits.min_log_probability / 2:
        return f"no speech, by {no_speech:.2f}"
    if log_probability < limits.min_log_probability:
        return f"mean log-probability {log_probability:.2f}"
    if _CREDITS.search(text):
        return "credits of subtitles, which nobody says"
    if (ratio := compression_ratio(text)) > limits.max_compression_ratio:
        return f"compression ratio {ratio:.1f}"
    if (repeats := most_repeats(text, limits.max_repeats)) > limits.max_repeats:
        return f"the same words {repeats} times in a row"
    return None


def compression_ratio(text: str) -> float:
    """Size relative to the zlib-compressed size; under 1 for short text."""
    data = text.encode()
    return len(data) / len(zlib.compress(data))


def most_repeats(text: str, enough: int = 1) -> int:
    """The highest number of consecutive repetitions of any run of words; 0 without words.

    Skips runs of more than 50 words, and runs too long to occur more than `enough` times.
    """
    words = _WORD.findall(text.casefold())
    most = min(len(words), 1)
    for length in range(1, min(_LONGEST_RUN, len(words) // (enough + 1)) + 1):
        same = 0
        for left, right in zip(words, words[length:], strict=False):
            same = same + 1 if left == right else 0
            most = max(most, 1 + same // length)
    return most
