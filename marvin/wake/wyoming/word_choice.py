"""Finds the wake word among those of a server."""

from __future__ import annotations

from typing import TYPE_CHECKING

from marvin.backends.wyoming.wyoming_connection import NotOfferedError
from marvin.backends.wyoming.wyoming_offer import listed

if TYPE_CHECKING:
    from marvin.backends.wyoming.wyoming_offer import WyomingOffer
    from marvin.config.wake import WyomingWakeConfig


def chosen_word(offer: WyomingOffer, config: WyomingWakeConfig) -> str:
    """The server's name of the wake word. Raises NotOfferedError."""
    label = _spoken(config.label)
    for one in offer.things:
        fits = label in (_spoken(one.phrase), _spoken(one.name))
        if one.name == config.word or (config.word is None and fits):
            return one.name
    key, value = ("label", config.label) if config.word is None else ("word", config.word)
    names = listed((one.phrase or one.name for one in offer.things), near=value)
    raise NotOfferedError(
        f"wake.{key}: the server at {config.url} has no {value!r}; it has {names}"
    )


def _spoken(name: str) -> str:
    """`hey jarvis` of `hey_jarvis_v0.1`."""
    words = name.lower().replace("_", " ").split()
    if words and words[-1].startswith("v") and words[-1][1:].replace(".", "").isdigit():
        del words[-1]
    return " ".join(words)
