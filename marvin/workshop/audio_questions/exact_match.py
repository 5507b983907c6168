"""Whether an answer is the expected one, up to case, punctuation and articles."""

import re
import unicodedata
from collections.abc import Iterable

_ARTICLES = re.compile(r"\b(a|an|the)\b")


def is_exact(answer: str, expected: Iterable[str]) -> bool:
    return normalized(answer) in {normalized(one) for one in expected}


def normalized(text: str) -> str:
    """SQuAD's rule (Rajpurkar et al., 2016), with Unicode's punctuation."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    bare = "".join(one for one in folded if unicodedata.category(one)[0] != "P")
    return " ".join(_ARTICLES.sub(" ", bare).split())
