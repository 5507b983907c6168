"""How words are pronounced, by pocketsphinx's dictionary (CMUdict)."""

from __future__ import annotations

from collections.abc import Iterable

from marvin.sphinx.decoder import model_folder


def look_up(words: Iterable[str]) -> dict[str, list[str]]:
    """The pronunciations of those of the words that it has, phones separated by spaces.

    Raises:
        ModelLoadError: pocketsphinx is not there.
    """
    wanted = set(words)
    found: dict[str, list[str]] = {}
    path = model_folder() / "cmudict-en-us.dict"
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            name, _, phones = line.partition(" ")
            # A second pronunciation is written as `word(2)`.
            word = name.partition("(")[0]
            if word in wanted:
                found.setdefault(word, []).append(phones.strip())
    return found
