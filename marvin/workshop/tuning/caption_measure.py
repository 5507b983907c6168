"""How close captions are to their references."""

from collections.abc import Sequence
from itertools import zip_longest

MEASURE = "chrF"


def chrf(captions: Sequence[str], references: Sequence[Sequence[str]]) -> float:
    """Popović's character n-gram F-score (2015), from 0 to 1; each caption may have several
    references."""
    from sacrebleu.metrics import CHRF

    columns = [list(column) for column in zip_longest(*references)]
    return float(CHRF().corpus_score(list(captions), columns).score) / 100
