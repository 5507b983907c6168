"""Fits text to the characters that a model has learned."""

import unicodedata
from collections.abc import Iterator
from typing import Protocol

from marvin.errors import SynthesisError

_PLAIN = str.maketrans(
    {"‘": "'", "’": "'", "“": '"', "”": '"', "–": "-", "—": ",", "…": ".", "ț": "ţ", "ș": "ş"}  # noqa: RUF001
)
"""Typographer's marks, and Romanian as it was written before Unicode had its letters."""


class _Vocabulary(Protocol):
    def __contains__(self, character: object, /) -> bool: ...


def readable(text: str, known: _Vocabulary, model: str) -> str:
    """The text in known characters; the others are written plainly (é as e) or left out.

    Raises:
        SynthesisError: Most of its letters are unknown. The message names their script.
    """
    kept: list[str] = []
    lost: list[str] = []
    letters = 0
    for character in unicodedata.normalize("NFC", text):
        letter = character.isalnum()
        letters += letter
        if character.isspace():
            kept.append(" ")
            continue
        for form in _forms(character):
            if form and all(part in known for part in form):
                kept.append(form)
                break
        else:
            if letter:
                lost.append(character)
    if 2 * len(lost) > letters:
        raise SynthesisError(
            f"tts.model = {model!r} cannot read {script(lost[0])}; "
            "another model, or another tts.engine, may"
        )
    return " ".join("".join(kept).split())


def _forms(character: str) -> Iterator[str]:
    """The character and what it may be written as instead, the likest first."""
    yield character
    yield character.lower()
    yield character.translate(_PLAIN)
    yield character.lower().translate(_PLAIN)
    bare = "".join(
        part for part in unicodedata.normalize("NFKD", character) if not unicodedata.combining(part)
    )
    yield bare
    yield bare.casefold()
    yield bare.upper()


def script(character: str) -> str:
    """Name of the writing that it belongs to: `Cyrillic`, `Arabic`, `CJK`."""
    if character.isdigit():
        return "digits"
    name = unicodedata.name(character, "unknown writing").partition(" ")[0]
    return name if name == "CJK" else name.title()
