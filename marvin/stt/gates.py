"""Gates against invented text: a neural recogniser writes something for every sound.

The first three limits, and their usual values, are those of OpenAI's `whisper/transcribe.py`
(Radford et al. 2022, section 4.5). None of them knows the engine.
"""

import re
import zlib
from dataclasses import dataclass

_WORD = re.compile(r"[\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff]|[^\W_]+(?:['\u2019][^\W_]+)*")
"""A word; one character where words are not parted by spaces (Chinese, Japanese, Thai, Lao)."""
_LONGEST_RUN = 50
"""Words; what is longer, and comes more than twice, compresses too well already."""


@dataclass(frozen=True, slots=True)
class GateLimits:
    """What text must keep to; the names are those of the keys in models.toml."""

    min_log_probability: float
    """Lowest mean log-probability of the tokens."""
    max_compression_ratio: float
    """Highest ratio of the text's bytes to the bytes that zlib makes of them."""
    max_repeats: int
    """How often in a row a run of words may come at most."""
    min_speech_s: float
    """Seconds of speech that the voice activity detector must have heard; with less, nothing is
    asked."""
    max_no_speech: float = 1.0
    """Highest probability that the audio is silence, for text that is not sure."""


def reject(
    text: str, limits: GateLimits, *, log_probability: float, no_speech: float = 0.0
) -> str | None:
    """Why the text cannot be what was said, or None when it may be.

    Args:
        text: What the model wrote.
        limits: The gates.
        log_probability: Mean log-probability of its tokens.
        no_speech: The model's probability that there is no speech.
    """
    # Silence that is taken for words gets likely words ("Thank you."): where the model itself
    # thinks of silence, they must be twice as sure.
    if no_speech > limits.max_no_speech and log_probability < limits.min_log_probability / 2:
        return f"no speech, by {no_speech:.2f}"
    if log_probability < limits.min_log_probability:
        return f"mean log-probability {log_probability:.2f}"
    if (ratio := compression_ratio(text)) > limits.max_compression_ratio:
        return f"compression ratio {ratio:.1f}"
    if (repeats := most_repeats(text, limits.max_repeats)) > limits.max_repeats:
        return f"the same words {repeats} times in a row"
    return None


def compression_ratio(text: str) -> float:
    """Bytes of the text for each byte that zlib makes of it; under 1 for short text."""
    data = text.encode()
    return len(data) / len(zlib.compress(data))


def most_repeats(text: str, enough: int = 1) -> int:
    """How often in a row a run of words comes, at most; 0 without words.

    Runs of more than 50 words, or so long that they cannot come more than `enough` times, are not
    looked for.
    """
    words = _WORD.findall(text.casefold())
    most = min(len(words), 1)
    for length in range(1, min(_LONGEST_RUN, len(words) // (enough + 1)) + 1):
        same = 0
        for left, right in zip(words, words[length:], strict=False):
            same = same + 1 if left == right else 0
            most = max(most, 1 + same // length)
    return most
