"""Which language was spoken, by Whisper's probabilities and by what was spoken before."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

# From `python -m benchmarks.accuracy.spoken_languages`.
SURE = 10.0
"""How many times as likely as the last language another one has to be."""


@dataclass(frozen=True, slots=True)
class LanguageChoice:
    known: Collection[str] = ()
    """The languages that may have been spoken; empty: all."""
    last: str = ""
    """The conversation's language so far; empty if there is none."""

    def of(self, probabilities: Mapping[str, float], sure: float = SURE) -> str:
        """The language that was most likely spoken."""
        may = {code: p for code, p in probabilities.items() if code in self.known}
        may = may or dict(probabilities)
        best = max(may, key=may.__getitem__)
        return self.last if may[best] < sure * may.get(self.last, 0.0) else best
