"""Parses the names of Kokoro's voices: one voice, or several with their shares."""

import re
from typing import Annotated

from pydantic import AfterValidator, StringConstraints

LANGUAGES = {
    "a": "en-us",
    "b": "en-gb",
    "e": "es",
    "f": "fr",
    "h": "hi",
    "i": "it",
    "p": "pt-br",
}
"""espeak-ng's voice by the first letter of `af_heart`, `bm_george`, ..."""
LANGUAGE_VOICES = {"en": "af_heart", "es": "ef_dora", "fr": "ff_siwis", "it": "if_sara"}
"""Kokoro has no German and no Dutch voice."""
_UNREAD = {"j": "Japanese", "z": "Chinese"}
_CODED = re.compile(r"([a-z])[fm]_\w+")
"""Language, sex and name. The user's own voices may be named otherwise."""


def shares(voice: str) -> dict[str, float]:
    """`af_heart:3, bf_emma:1` as {"af_heart": 0.75, "bf_emma": 0.25}.

    Raises:
        ValueError: It is no such text.
    """
    found: dict[str, float] = {}
    for part in voice.split(","):
        name, colon, share = (text.strip() for text in part.partition(":"))
        if not re.fullmatch(r"[\w.+-]+", name):
            raise ValueError(
                'should be a voice ("af_heart"), or some ("af_heart:0.7, bf_emma:0.3")'
            )
        try:
            weight = float(share) if colon else 1.0
        except ValueError:
            weight = 0.0
        if not 0.0 < weight <= 1000.0:
            raise ValueError(f"the share of {name!r} should be a number above 0, not {share!r}")
        found[name] = found.get(name, 0.0) + weight
    total = sum(found.values())
    return {name: weight / total for name, weight in found.items()}


def espeak_voice(voice: str) -> str:
    """The espeak-ng voice that reads for the voice with the largest share.

    Raises:
        ValueError: espeak-ng has no phonemes that this voice knows.
    """
    parts = shares(voice)
    first = max(parts, key=lambda name: parts[name])
    coded = _CODED.fullmatch(first)
    letter = coded[1] if coded else "a"
    if letter in _UNREAD:
        raise ValueError(
            f"{first!r} speaks {_UNREAD[letter]}, for which espeak-ng has no phonemes that Kokoro "
            "knows; voices that begin with a, b, e, f, h, i or p can be used"
        )
    return LANGUAGES.get(letter, "en-us")


def _checked(voice: str) -> str:
    espeak_voice(voice)
    return voice


VoiceMix = Annotated[str, StringConstraints(min_length=1), AfterValidator(_checked)]
