"""Choosing the language of a short command."""

import pytest

from marvin.stt.whisper.detected_language import SURE, LanguageChoice

PAUSE = {"de": 0.21, "tr": 0.3, "en": 0.12, "fr": 0.1}
"""Of a French "pause", as Whisper base hears it."""
KNOWN = ("en", "de", "fr")


@pytest.mark.parametrize(
    ("known", "last", "probabilities", "language"),
    [
        ((), "", PAUSE, "tr"),
        (KNOWN, "", PAUSE, "de"),
        (KNOWN, "fr", PAUSE, "fr"),
        (KNOWN, "tr", PAUSE, "de"),
        (KNOWN, "de", {"de": 0.01, "fr": 0.01 * SURE, "en": 0.0}, "fr"),
        (("it",), "it", {"de": 0.9, "fr": 0.1}, "de"),
    ],
)
def test_another_language_has_to_be_much_likelier(
    known: tuple[str, ...], last: str, probabilities: dict[str, float], language: str
) -> None:
    assert LanguageChoice(known, last).of(probabilities) == language
