"""How a text sounds, roughly, by its letters: for comparing what a recogniser misspelt.

Knows Latin letters only, with or without accents. Texts in other alphabets have no sounds, so
whoever compares by them must also compare the letters.
"""

import re
import unicodedata
from collections.abc import Sequence

_CLASSES = (
    # Digraphs first. Consonants made alike are one class, and so are all vowels.
    (r"[^a-z]", ""),
    (r"th|ph|gh(?=[aeiouy])", "v"),
    (r"gh", ""),
    (r"[cs]h|tch|[scz]|j|g(?=[eiy])", "s"),
    (r"ck|q|x|g", "k"),
    (r"[bp]", "b"),
    (r"[fvw]", "v"),
    (r"d", "t"),
    (r"(?<=[aeiouy])h|h(?![aeiouy])", ""),
    (r"[aeiouy]+", "a"),
    (r"(.)\1+", r"\1"),
)
_UNACCENTED = str.maketrans(
    {"æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "ð": "th", "þ": "th"}
)
"""Letters that Unicode does not decompose."""
_SILENT_E = re.compile(r"(?<=[^\W\daeiouy])e\b")


def sounds(text: str) -> str:
    """One letter for each sound; empty for a text without Latin letters."""
    plain = unicodedata.normalize("NFKD", text.casefold().translate(_UNACCENTED))
    plain = _SILENT_E.sub(
        "", "".join(letter for letter in plain if not unicodedata.combining(letter))
    )
    for pattern, letters in _CLASSES:
        plain = re.sub(pattern, letters, plain)
    return plain


def distance(one: Sequence[str], other: Sequence[str]) -> int:
    """Fewest sounds, or words, to substitute, insert and delete (Levenshtein)."""
    costs = list(range(len(other) + 1))
    for row, left in enumerate(one, 1):
        before, costs[0] = costs[:], row
        for at, right in enumerate(other, 1):
            costs[at] = min(before[at] + 1, costs[at - 1] + 1, before[at - 1] + (left != right))
    return costs[-1]
