"""Home Assistant's to-do lists, with what a real one answered."""

from typing import Any

import pytest

from marvin.backends.home_assistant.home_server import HomeAssistantServer
from marvin.cancellation import CancelToken
from marvin.config.tables import SkillsConfig
from marvin.dialogue import Dialogue
from marvin.errors import HomeAssistantError, SkillError
from marvin.skills.lists.home_lists import HomeLists
from marvin.skills.skillset import Skillset
from marvin.types import Ask, Say
from tests.faulty_server import Answer, FaultyServer
from tests.recorded_home import TOKEN, home_config

LISTS = [["todo.shopping_list", "Shopping list"], ["todo.jobs", "Jobs"]]


def items(*names: str) -> dict[str, Any]:
    listed = [{"summary": name, "uid": "d1c5", "status": "needs_action"} for name in names]
    return {"changed_states": [], "service_response": {"todo.shopping_list": {"items": listed}}}


@pytest.fixture(autouse=True)
def token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME_ASSISTANT_TOKEN", TOKEN)


def lists_at(url: str) -> HomeLists:
    return HomeLists(HomeAssistantServer(home_config(url)), clock=lambda: 0.0)


def said(skillset: Skillset, text: str) -> str:
    intent = skillset.match(text, (), Dialogue(), CancelToken())
    assert intent is not None
    reply = intent.run(CancelToken()) or []
    return " ".join(item.text for item in reply if isinstance(item, Say | Ask))


def test_items_are_added_read_and_taken_off() -> None:
    answers = [
        LISTS, items(), [], [], LISTS, items("Milk", "eggs"), [], LISTS, items("eggs"), [], LISTS,
    ]  # fmt: skip
    with FaultyServer(*map(Answer.json, answers)) as server:
        skillset = Skillset.load(SkillsConfig(), lists=lists_at(server.url))
        assert said(skillset, "add milk and eggs to the shopping list") == (
            "Added milk and eggs to your shopping list."
        )
        assert said(skillset, "what is on the shopping list") == (
            "On your shopping list: Milk and eggs."
        )
        assert "milk" in said(skillset, "take milk off the shopping list").lower()
        assert said(skillset, "clear the shopping list") != ""
        with pytest.raises(SkillError, match=r"^Home Assistant has no list called wish\.$"):
            said(skillset, "add a bike to the wish list")
    bodies = [(one.path, one.json()) for one in server.requests]
    done = [(path.rpartition("/")[2], body.get("item")) for path, body in bodies if "item" in body]
    assert done == [
        ("add_item", "milk"),
        ("add_item", "eggs"),
        ("remove_item", ["Milk"]),
        ("remove_item", ["eggs"]),
    ]


@pytest.mark.parametrize("answers", [[{}], ["x"], [LISTS, {}], [LISTS, {"service_response": 5}]])
def test_what_is_not_a_list(answers: list[object]) -> None:
    with FaultyServer(*map(Answer.json, answers)) as server:
        lists = lists_at(server.url)
        with pytest.raises(HomeAssistantError, match="sent something else than lists"):
            lists.entries("shopping")


def test_lists_of_a_known_speaker_are_those_of_the_home() -> None:
    with FaultyServer(Answer.json(LISTS), Answer.json(items("milk"))) as server:
        lists = lists_at(server.url)
        assert lists.entries("Anna: shopping") == ["milk"]
        assert lists.entries("holiday") == []
