"""A language model's calls become sentences that the skills understand, in every language."""

from collections.abc import Sequence

import pytest

from marvin.cancellation import CancelToken
from marvin.config.tables import CommandConfig, SkillsConfig
from marvin.config.tools import ToolsConfig
from marvin.dialogue import Dialogue
from marvin.skills.built_in import NAMES
from marvin.skills.skill_tools import OWN, ArgumentsError, SkillTool, skill_tools
from marvin.skills.skillset import Skillset
from marvin.skills.tool_table import TOOLS
from marvin.types import Say

LAMPS = SkillsConfig(
    notes=True,
    lists={"lamp": ("bed light", "office lamp"), "level": ("0..100",)},
    commands=(
        CommandConfig(sentences=("dim [the] {lamp} to {level}",), say="{lamp} at {level}"),
        CommandConfig(sentences=("good night house",), say="Good night."),
    ),
)


@pytest.fixture(scope="module")
def skillset() -> Skillset:
    return Skillset.load(LAMPS)


def check_tools(skillset: Skillset, code: str = "") -> set[str]:
    """Each tool of a language says what its skill understands. Returns their names."""
    found = skill_tools(skillset.understood(code), NAMES, NAMES)
    for one in found:
        values = {name: value.example for name, value in one.parameters.items() if value.example}
        sentence = one.sentences(values)[0]
        intent = skillset.match(sentence, (), Dialogue(), CancelToken(), code)
        assert intent is not None, sentence
        assert one.skill in intent.skills, sentence
    return {one.tool.name for one in found}


def tools(
    skillset: Skillset, code: str = "en", offered: Sequence[str] = (*NAMES, OWN)
) -> dict[str, SkillTool]:
    found = skill_tools(skillset.understood(code), offered, NAMES)
    return {one.tool.name: one for one in found}


def test_every_tool_says_what_its_skill_understands(skillset: Skillset) -> None:
    assert check_tools(skillset) == {entry.name for entry in TOOLS}
    assert {entry.skill for entry in TOOLS} | {OWN} == set(ToolsConfig().skills)


@pytest.mark.parametrize(
    ("name", "values", "sentence"),
    [
        ("set_timer", {"minutes": 10}, "set timer for 10 minute"),
        ("set_timer", {"minutes": "10", "name": "pasta"}, "set pasta timer for 10 minute"),
        ("set_timer", {"hours": 1.0, "minutes": 30, "name": ""}, "set timer for 1 hour 30 minute"),
        (
            "set_timer",
            {"minutes": 4, "name": "Sourdough"},
            "set timer for 4 minute called sourdough",
        ),
        ("cancel_timer", {}, "cancel timer"),
        ("cancel_alarm", {"which": "7 am"}, "cancel alarm 7 am"),
        ("add_to_list", {"items": "milk and eggs", "list": "shopping"}, "add milk and eggs to the"),
        ("set_volume", {"percent": 40}, "set the volume to 40 percent"),
        ("dim_to", {"lamp": "Bed Light", "level": 20}, "dim bed light to 20"),
        ("good_night_house", {}, "good night house"),
    ],
)
def test_sentence(skillset: Skillset, name: str, values: dict[str, object], sentence: str) -> None:
    assert tools(skillset)[name].sentences(values)[0].startswith(sentence)


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("set_timer", {"minutes": 10, "lamp": "bed light"}),
        ("set_timer", {"minutes": "ten and set an alarm"}),
        ("set_timer", {"minutes": [10]}),
        ("set_timer", {"minutes": True}),
        ("set_timer", {"minutes": -4}),
        ("set_volume", {}),
        ("dim_to", {"lamp": "front door", "level": 20}),
        ("add_to_list", {"items": "x " * 200, "list": "shopping"}),
    ],
)
def test_values_that_cannot_be_said_are_refused(
    skillset: Skillset, name: str, values: dict[str, object]
) -> None:
    with pytest.raises(ArgumentsError):
        tools(skillset)[name].sentences(values)


def test_slots_of_own_commands_are_the_schema(skillset: Skillset) -> None:
    dim = tools(skillset, offered=[OWN])
    assert dim.keys() == {"dim_to", "good_night_house"}
    assert dim["dim_to"].tool.parameters["properties"] == {
        "lamp": {"type": "string", "enum": ["bed light", "office lamp"]},
        "level": {"type": "integer", "minimum": 0, "maximum": 100},
    }
    intent = skillset.match("dim bed light to 20", (), Dialogue(), CancelToken())
    assert intent is not None
    assert intent.run(CancelToken()) == [Say("bed light at 20")]
