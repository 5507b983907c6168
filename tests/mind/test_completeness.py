"""Telling complete utterances from unfinished ones."""

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
def test_utterance_that_needs_another_word_is_unfinished(text: str) -> None:
    assert completeness(Transcript(text), by_skill=False) is Completeness.UNFINISHED


@pytest.mark.parametrize("text", ["Turn it on", "What is it for?", "Why is the sky blue", "It is."])
def test_completeness_of_other_utterances_is_unknown(text: str) -> None:
    assert completeness(Transcript(text), by_skill=False) is Completeness.UNKNOWN


def test_rules_depend_on_the_language() -> None:
    # German "an" can be the last word: "Mach das Licht an."
    text = Transcript("Mach das Licht an", language="de")
    assert completeness(text, by_skill=False) is Completeness.UNKNOWN


@pytest.mark.parametrize(
    ("code", "unfinished", "complete"),
    [
        ("de", "Stell den Timer auf eine", "Was ist das"),
        ("es", "Pon un temporizador de", "Apaga la luz"),
        ("fr", "Mets un minuteur de", "Allume la lumière"),
        ("it", "Imposta un timer di", "Accendi la luce"),
        ("nl", "Zet een timer voor", "Doe het licht aan"),
    ],
)
def test_each_language_has_words_that_are_never_last(
    code: str, unfinished: str, complete: str
) -> None:
    begun, whole = Transcript(unfinished, code), Transcript(complete, code)
    assert completeness(begun, by_skill=False) is Completeness.UNFINISHED
    assert completeness(whole, by_skill=False) is Completeness.UNKNOWN


def test_utterance_that_a_skill_understands_is_complete_if_heard_well() -> None:
    assert completeness(Transcript("stop"), by_skill=True) is Completeness.COMPLETE
    badly = Transcript("stop", confidence=0.6)
    assert completeness(badly, by_skill=True) is Completeness.UNKNOWN


def test_grammar_recogniser_reports_unfinished_commands() -> None:
    begun = Transcript("", confidence=0.1, unfinished=True)
    assert completeness(begun, by_skill=False) is Completeness.UNFINISHED
