"""Sentences about the devices of the user's home, which are carried out elsewhere."""

import pytest

from marvin.backends.home_assistant.home_names import HomeNames
from marvin.cancellation import CancelToken
from marvin.config.tables import SkillsConfig
from marvin.dialogue import Dialogue
from marvin.skills.skillset import Skillset
from marvin.stt.grammar import compile_grammar

NAMES = HomeNames(
    areas=("Kitchen",),
    things=("Ceiling lamp", "Stop", "Marvin", "Timer", "Lamp 2"),
    lights=("Ceiling lamp",),
    covers=("Garage door",),
    locks=("Front door",),
    scenes=("Movie night",),
    sensors=("Outdoor temperature",),
)


@pytest.fixture(scope="module")
def skillset() -> Skillset:
    return Skillset.load(SkillsConfig(), home=NAMES)


def request(skillset: Skillset, text: str) -> tuple[str, bool]:
    """What Home Assistant is asked, and whether the sentence is certain to be complete."""
    intent = skillset.match(text, (), Dialogue(), CancelToken())
    return (intent.request, intent.certain) if intent else ("", False)


@pytest.mark.parametrize(
    "text",
    [
        "turn on the ceiling lamp",
        "Please turn the ceiling lamp off.",
        "switch on lamp 2",
        "turn off the lights in the kitchen",
        "turn on the kitchen lights",
        "set the ceiling lamp to 50%",
        "open the garage door",
        "unlock the front door",
        "activate movie night",
        "is the ceiling lamp on?",
        "is the front door locked",
        "what is the outdoor temperature",
        "turn on the stop",
        "turn on marvin",
    ],
)
def test_sentence_with_a_name_is_complete_and_goes_out_as_it_was_said(
    skillset: Skillset, text: str
) -> None:
    assert request(skillset, text) == (text, True)


@pytest.mark.parametrize(
    "text", ["turn on the disco ball", "dim the lights", "what is the weather"]
)
def test_what_marvin_would_refuse_goes_out_too(skillset: Skillset, text: str) -> None:
    assert request(skillset, text)[0] == text


@pytest.mark.parametrize("text", ["stop", "marvin", "turn off the timer", "call the police", "yes"])
def test_names_take_nothing_from_other_skills(skillset: Skillset, text: str) -> None:
    assert request(skillset, text)[0] == ""


def test_names_are_in_the_grammar_and_only_within_sentences(skillset: Skillset) -> None:
    graph = compile_grammar(skillset.patterns())
    assert {"ceiling", "kitchen", "movie", "outdoor"} <= graph.words
    first = {word for source, _, word in graph.arcs if source == 0}
    assert "marvin" not in first
    assert "ceiling" not in first


def test_other_names_are_learned() -> None:
    skillset, plain = Skillset.load(SkillsConfig(), home=HomeNames()), Skillset.load(SkillsConfig())
    # Without names nothing changes for the recogniser.
    assert plain.patterns().sentences == skillset.patterns().sentences
    assert "home_assistant" not in plain.names()
    skillset.learn(HomeNames(things=("Attic light",)))
    assert request(skillset, "turn on the attic light") == ("turn on the attic light", True)
    assert "attic" in compile_grammar(skillset.patterns()).words
    assert skillset.examples()["home_assistant"] == ("turn on the attic light",)


def test_names_are_the_same_in_other_languages() -> None:
    skillset = Skillset.load(SkillsConfig(), languages=("de",), home=NAMES)
    for text in ("Schalte die Ceiling lamp ein.", "mach das Licht in der Kitchen aus"):
        assert request(skillset, text) == (text, True)
    assert "ceiling" in {word.lower() for word in compile_grammar(skillset.patterns()).words}
