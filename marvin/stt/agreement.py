"""Finds the final prefix of a partial transcript.

Local agreement: the common prefix of two consecutive hypotheses is final (Liu et al. 2020,
"Low-Latency Sequence-to-Sequence Speech Recognition and Translation by Partial Hypothesis
Selection"; Machacek et al. 2023, "Turning Whisper into Real-Time Transcription System").
"""

from marvin.types import Partial

_UNSPACED = "\u0e00"
"""Scripts without spaces between words start here; each character counts as a word."""


class Agreement:
    """Tracks the hypotheses of one utterance."""

    def __init__(self) -> None:
        self._last = ""
        self._agreed = ""

    def update(self, text: str | None) -> Partial:
        """The next partial transcript.

        None repeats the last text. If the text contradicts the final prefix, only its words beyond
        the prefix's word count are used.
        """
        if text is None:
            text = self._last
        elif not text.startswith(self._agreed) or _within_word(text, len(self._agreed)):
            more = text.split()[len(self._agreed.split()) :]
            text = " ".join([self._agreed, *more])
        elif len(common := _common_words(self._last, text)) > len(self._agreed):
            self._agreed = common
        self._last = text
        return Partial(text, len(self._agreed))


def _common_words(left: str, right: str) -> str:
    """The common prefix in whole words, without trailing punctuation, which depends on what
    follows."""
    pairs = enumerate(zip(left, right, strict=False))
    end = next((at for at, (one, other) in pairs if one != other), min(len(left), len(right)))
    while end and (_within_word(left, end) or _within_word(right, end) or not _letter(left, end)):
        end -= 1
    return left[:end]


def _within_word(text: str, at: int) -> bool:
    if not 0 < at < len(text) or text[at] >= _UNSPACED:
        return False
    return text[at - 1].isalnum() and (text[at].isalnum() or text[at] in "'\u2019")


def _letter(text: str, end: int) -> bool:
    return text[end - 1].isalnum()
