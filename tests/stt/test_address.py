"""Removing the wake phrase from the start of a transcript."""

import pytest

from marvin.skills.text import canonical
from marvin.stt.address import without_wake_phrase


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        ("Marvin, what time is it?", "what time is it?"),
        ("Marvin what time is it", "what time is it"),
        ("marvin. What time is it?", "What time is it?"),
        ("Hey Marvin, stop.", "stop."),
        ("Hey, Marvin! Stop.", "Stop."),
        ("OK Marvin, stop.", "stop."),
        ("Okay, Marvin - stop.", "stop."),
        ("... Marvin, Marvin, stop.", "stop."),
        ("Martin, what time is it?", "what time is it?"),
        ("Hey Marvyn, what time is it?", "what time is it?"),
        ("Marvin.", ""),
        ("Hey Marvin!", ""),
        ("Mervin", ""),
    ],
)
def test_wake_phrase_is_removed(text: str, rest: str) -> None:
    assert without_wake_phrase(text) == (rest, True)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "What time is it?",
        "Hey, what time is it?",
        "Who is Marvin?",
        "Martin Luther King was born when?",
        "Marvin's battery is low.",
        "Marvel, DC or both?",
        "Darwin, who was he?",
        "Starving, help!",
        "Okay.",
    ],
)
def test_other_text_is_unchanged(text: str) -> None:
    assert without_wake_phrase(text) == (text, False)


def test_another_name_is_another_phrase() -> None:
    assert without_wake_phrase("Computer, stop.", ["computer"]) == ("stop.", True)
    assert without_wake_phrase("Marvin, stop.", ["computer"]) == ("Marvin, stop.", False)


def test_short_name_must_match_exactly() -> None:
    assert without_wake_phrase("Adam, stop.", ["ada"]) == ("Adam, stop.", False)


def test_rest_is_what_the_skills_match() -> None:
    text, _ = without_wake_phrase("Marvin, What time is it?")
    assert canonical(text) == "what time is it"
