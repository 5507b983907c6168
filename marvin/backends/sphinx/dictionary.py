"""Pronunciations from pocketsphinx's dictionary (CMUdict)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from marvin.backends.sphinx.decoder import model_folder


def look_up(words: Iterable[str]) -> dict[str, list[str]]:
    """Pronunciations of the known words, phones separated by spaces.

    Raises:
        ModelLoadError: pocketsphinx is not installed.
    """
    wanted = set(words)
    found: dict[str, list[str]] = {}
    for name, phones in _entries():
        # A second pronunciation is listed as `word(2)`.
        word = name.partition("(")[0]
        if word in wanted:
            found.setdefault(word, []).append(phones)
    return found


def first_pronunciations() -> dict[str, str]:
    """All words with their first pronunciation.

    Raises:
        ModelLoadError: pocketsphinx is not installed.
    """
    return {name: phones for name, phones in _entries() if "(" not in name}


def _entries() -> Iterator[tuple[str, str]]:
    path = model_folder() / "cmudict-en-us.dict"
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            name, _, phones = line.partition(" ")
            yield name, phones.strip()
