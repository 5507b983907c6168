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


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        ("more than what time is it?", "what time is it?"),
        ("Maven, what is the humidity?", "what is the humidity?"),
        ("Hey, more than, stop.", "stop."),
        ("Martin set a timer", "set a timer"),
        ("Melvin stop", "stop"),
        ("More than.", ""),
    ],
)
def test_similar_sounds_are_removed_if_the_phrase_was_said(text: str, rest: str) -> None:
    assert without_wake_phrase(text, said=True) == (rest, True)


@pytest.mark.parametrize(
    "text",
    [
        "what time is it?", "Turn on the light", "Set a timer", "Play some music", "12 times 12",
        "Remind me", "Move the chair", "Moving day is when?", "", "¿?", "你好",
    ],
)  # fmt: skip
def test_other_words_stay_if_the_phrase_was_said(text: str) -> None:
    assert without_wake_phrase(text, said=True) == (text, False)


def test_sounds_are_compared_only_without_an_exact_match() -> None:
    assert without_wake_phrase("Marvin, move in.", said=True) == ("move in.", True)


def test_other_alphabets_have_no_sounds() -> None:
    assert without_wake_phrase("стоп", ["марвин"], said=True) == ("стоп", False)
    assert without_wake_phrase("more than stop", ["марвин"], said=True) == ("more than stop", False)


def test_accents_do_not_change_sounds() -> None:
    heard = without_wake_phrase("Sören turn it off", ["søren"], said=True)
    assert heard == ("turn it off", True)


def test_short_name_must_match_exactly() -> None:
    assert without_wake_phrase("Adam, stop.", ["ada"]) == ("Adam, stop.", False)


def test_rest_is_what_the_skills_match() -> None:
    text, _ = without_wake_phrase("Marvin, What time is it?")
    assert canonical(text) == "what time is it"
