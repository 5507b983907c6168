"""Skills of the user's own among the others."""

import os

import pytest

from marvin.cancellation import CancelToken
from marvin.config.tables import SkillsConfig
from marvin.dialogue import Dialogue
from marvin.skills.skillset import Skillset
from tests.skills.conftest import Marvin

from .conftest import OwnFolder

GARDEN = """
PLANTS = ["fern", "Cactus"]
watered = []

@skill("(water|feed) the {plant} [{times} times]", "{plant:plant} please",
       lists={"plant": PLANTS, "times": range(1, 11)}, examples=["water the fern"])
def water(plant: str, times: int = 1) -> str:
    watered.append(plant)
    return f"{plant} {times + 0} {len(watered)}"

@skill("compare {plant:left} and {plant:right}", lists={"plant": ["rose", "fern"]})
def compare(left, right):
    return f"{right} {left}"

@skill("everything about {plant}", lists={"plant": PLANTS})
def everything(**slots):
    return str(slots)

@skill("what time is it")
def time():
    return "Tea time."
"""


def marvin(folder: OwnFolder, config: SkillsConfig | None = None) -> Marvin:
    config = config or SkillsConfig(disabled=("units",))
    return Marvin(Skillset.load(config, own=lambda: folder.load(config)), Dialogue())


def test_sentences_slots_and_precedence(folder: OwnFolder) -> None:
    folder.write("garden.py", GARDEN)
    folder.write(
        "wifi.toml",
        """
        [skills.lists]
        plant = ["palm"]

        [[skills.commands]]
        sentences = ["where is the {plant}", "(water|feed) the fern"]
        say = "The {plant} is by the window."
        """,
    )
    user = marvin(folder)
    assert folder.own.problems == []
    assert user.says("Marvin, could you water the fern please?") == "fern 1 1"
    assert user.says("feed the cactus three times") == "Cactus 3 2"
    assert user.says("compare rose and fern") == "fern rose"
    assert user.says("everything about the cactus") is None
    assert user.says("everything about cactus") == "{'plant': 'Cactus'}"
    assert user.says("where is the palm") == "The palm is by the window."
    assert user.says("what time is it") == "Tea time.", "before the built-in skills"
    assert (user.says("what year is it") or "").startswith("It is 2")
    assert user.skillset.examples()["garden.py"] == (
        "water the fern",
        "compare rose and rose",
        "everything about fern",
        "what time is it",
    )


def test_sentences_are_in_the_grammar(folder: OwnFolder) -> None:
    folder.write("garden.py", GARDEN)
    patterns = marvin(folder).skillset.patterns()
    assert "compare {own0_1_plant:left} and {own0_1_plant:right}" in patterns.sentences
    assert patterns.lists["own0_1_plant"] == ("rose", "fern")
    assert patterns.lists["own0_0_plant"] == ("fern", "Cactus")
    assert patterns.lists["own0_0_times"] == range(1, 11)


def test_commands_of_models_toml_come_first(folder: OwnFolder) -> None:
    folder.write("tea.py", '@skill("make tea")\ndef tea():\n    return "File."')
    command = {"sentences": ["make tea"], "say": "Configured."}
    config = SkillsConfig.model_validate({"commands": [command], "disabled": ["units"]})
    assert marvin(folder, config).says("make tea") == "Configured."


def test_matching_has_no_effect(
    folder: OwnFolder, tmp_path_factory: pytest.TempPathFactory
) -> None:
    trace = tmp_path_factory.mktemp("trace") / "ran"
    folder.write("tea.py", f"@skill('make tea')\ndef tea():\n    open({str(trace)!r}, 'w')")
    user = marvin(folder)
    intent = user.understands("make tea")
    assert intent is not None
    assert intent.certain
    assert not trace.exists()
    intent.run(CancelToken())
    assert trace.exists()


def test_words_reach_a_skill_only_as_arguments(folder: OwnFolder) -> None:
    odd = ["$(touch x)", "; rm -rf", "'quoted' \"twice\"", "{braces}", "a\nb"]
    entries = [text.translate({ord(char): None for char in "(){};"}) for text in odd]
    folder.write("odd.py", f"@skill('run {{odd}}', lists={{'odd': {entries!r}}})\n"
                 "def run(odd):\n    return ascii(odd)")  # fmt: skip
    user = marvin(folder)
    assert folder.own.problems == []
    for text in entries:
        assert user.says(f"run {text}") == ascii(text.strip())


def test_two_hundred_files(folder: OwnFolder) -> None:
    for at in range(200):
        folder.write(f"{at:03}.toml", f'[[skills.commands]]\nsentences = ["go to room {at}"]\n'
                     f'say = "Room {at}."')  # fmt: skip
    for at in range(20):
        folder.write(f"{at:03}.py", f"@skill('open door {at}')\ndef f():\n    return 'Door {at}.'")
    user = marvin(folder)
    assert folder.own.problems == []
    assert user.says("go to room 199") == "Room 199."
    assert user.says("open door zero") == "Door 0."
    assert user.says("open door nineteen") == "Door 19."


def test_close_ends_the_processes_and_calls_start_them_again(folder: OwnFolder) -> None:
    folder.write("pid.py", "import os\n@skill('who')\ndef f():\n    return str(os.getpid())")
    user = marvin(folder)
    first = user.says("who")
    user.skillset.close()
    second = user.says("who")
    assert len({first, second, str(os.getpid())}) == 3
