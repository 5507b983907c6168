"""What is a whole, and what breaks off."""

import pytest

from marvin.mind.completeness import completeness
from marvin.types import Completeness, Transcript


@pytest.mark.parametrize(
    "text",
    [
        "Set a timer for",
        "set a timer for.",
        "What is the weather in Paris and",
        "Tell me about my",
        "Well, I would like,",
        "I was wondering \u2026",
        "Play the song...",
    ],
)
def test_what_wants_another_word_is_unfinished(text: str) -> None:
    assert completeness(Transcript(text), by_skill=False) is Completeness.UNFINISHED


@pytest.mark.parametrize("text", ["Turn it on", "What is it for?", "Why is the sky blue", "It is."])
def test_of_anything_else_nothing_is_known(text: str) -> None:
    assert completeness(Transcript(text), by_skill=False) is Completeness.UNKNOWN


def test_other_languages_have_other_words() -> None:
    # German "an" is a last word: "Mach das Licht an."
    text = Transcript("Mach das Licht an", language="de")
    assert completeness(text, by_skill=False) is Completeness.UNKNOWN


def test_what_a_skill_understands_is_a_whole_if_it_was_heard_well() -> None:
    assert completeness(Transcript("stop"), by_skill=True) is Completeness.COMPLETE
    badly = Transcript("stop", confidence=0.6)
    assert completeness(badly, by_skill=True) is Completeness.UNKNOWN


def test_the_recogniser_may_know_it_by_its_grammar() -> None:
    begun = Transcript("", confidence=0.1, unfinished=True)
    assert completeness(begun, by_skill=False) is Completeness.UNFINISHED
