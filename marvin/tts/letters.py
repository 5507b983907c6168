"""Maps text to the characters that a model knows."""

import unicodedata
from collections.abc import Iterator, Sequence
from typing import Protocol

from marvin.errors import SynthesisError

_PLAIN = str.maketrans(
    {"‘": "'", "’": "'", "“": '"', "”": '"', "–": "-", "—": ",", "…": ".", "ț": "ţ", "ș": "ş"}  # noqa: RUF001
)
"""Typographic punctuation, and Romanian letters with the cedilla that older texts use."""


class _Vocabulary(Protocol):
    def __contains__(self, character: object, /) -> bool: ...


def readable(text: str, known: _Vocabulary, model: str) -> str:
    """Replace unknown characters by plain ones (é by e), or drop them.

    Raises:
        SynthesisError: Most letters are unknown. The message names their script.
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
    check_read(lost, letters, "model", model)
    return " ".join("".join(kept).split())


def check_read(lost: Sequence[str], letters: int, key: str, value: str) -> None:
    """Raise SynthesisError if most of a text's letters are lost on the voice. `key` of [tts] names
    it.
    """
    if 2 * len(lost) > letters:
        raise SynthesisError(
            f"tts.{key} = {value!r} cannot read {script(lost[0])}; "
            f"try another {key} or another tts.engine"
        )


def _forms(character: str) -> Iterator[str]:
    """The character and its substitutes, closest first."""
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
    """Name of a character's script: `Cyrillic`, `Arabic`, `CJK`."""
    if character.isdigit():
        return "digits"
    name = unicodedata.name(character, "unknown script").partition(" ")[0]
    return name if name == "CJK" else name.title()
