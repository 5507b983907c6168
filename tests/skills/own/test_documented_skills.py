"""The examples in docs/skills.md work as they are written."""

import re
import tomllib

import pytest

from marvin.cancellation import CancelToken
from marvin.config.tables import SkillsConfig
from marvin.dialogue import Dialogue
from marvin.skills.own.own_skills import configured_entries
from marvin.skills.skillset import Skillset
from tests.paths import ROOT
from tests.skills.conftest import Load, Marvin

from .conftest import OwnFolder

PAGE, OWN = (ROOT / "docs" / "skills.md").read_text().split("\n## Your own skills\n")


def blocks(page: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)


def test_own_skills(folder: OwnFolder) -> None:
    (python,), (toml,) = blocks(OWN, "python"), blocks(OWN, "toml")
    (folder.path / "garden.py").write_text(python)
    (folder.path / "rooms.toml").write_text(toml)
    config = SkillsConfig(disabled=("units",))
    user = Marvin(Skillset.load(config, own=lambda: folder.load(config)), Dialogue())
    assert folder.own.problems == folder.own.warnings == []
    for file in folder.own.files:
        assert file.skill is not None
        for example in file.skill.examples:
            found = user.skillset.explain(example)
            assert found is not None, example
            assert found[0] is file.skill
    tests = folder.own.files[0].tests
    assert list(tests) == ["test_water"]
    tests["test_water"](CancelToken())
    assert user.says("water the fern") == "That makes 4 for the fern."
    assert user.says("feed the cactus ten times") == "That makes 10 for the cactus."
    assert user.says("is the bathroom clean") == "The bathroom is as you left it."


def test_message_about_a_mistake(folder: OwnFolder) -> None:
    (python,) = blocks(OWN, "python")
    (folder.path / "garden.py").write_text(python.replace("{plant} [", "{plamt} ["))
    shown = re.search(r"^    \S*/garden\.py(:.*)$", OWN, re.MULTILINE)
    assert shown is not None
    assert f"garden.py{shown[1]}" in folder.problems()


def merged_commands() -> dict[str, object]:
    """All commands of the page in one table."""
    tables = [tomllib.loads(block)["skills"] for block in blocks(PAGE, "toml")]
    return {
        "lists": {name: one for table in tables for name, one in table.get("lists", {}).items()},
        "commands": [command for table in tables for command in table.get("commands", ())],
    }


@pytest.mark.parametrize(
    ("text", "place", "action"),
    [
        ("tell me the wifi password", 0, 'says "It is correct horse battery staple."'),
        ("dim the bed light to fifty percent", 1,
         "runs lampctl --name 'bed light' --brightness=50"),
        ("office lamp 20 percent", 1, "runs lampctl --name 'office lamp' --brightness=20"),
        ("switch off the heating", 2, "runs curl --silent --fail -d '{\"heating\": \"off\"}' "
                                      "http://localhost:8080/heating"),
    ],
)  # fmt: skip
def test_commands(load: Load, text: str, place: int, action: str) -> None:
    config = SkillsConfig.model_validate(merged_commands() | {"disabled": ["units"]})
    user = load(**config.model_dump())
    found = user.skillset.explain(text)
    assert found is not None
    skill, at, said = found
    assert (skill.name, at) == ("commands", place)
    assert [*configured_entries(config)][at].action(said) == action
