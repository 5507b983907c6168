"""All skills together: one declaration serves recogniser, matcher and help."""

import random
import re
import tomllib
from collections.abc import Iterator
from typing import Any

import pytest

from marvin.cancellation import Cancelled, CancelToken
from marvin.dialogue import Dialogue
from marvin.skills.built_in import NAMES
from marvin.skills.skillset import default_state_dir
from marvin.types import Patterns
from tests.paths import ROOT

from .conftest import Load, Marvin


def expanded(patterns: Patterns, template: str, choose: random.Random) -> str:
    """A random sentence of a template."""
    from hassil.expression import Alternative, Expression, Group, ListReference, RuleReference
    from hassil.parse_expression import parse_sentence

    def text(expression: Expression) -> str:
        if isinstance(expression, Alternative):
            return text(choose.choice(expression.items))
        if isinstance(expression, Group):
            return "".join(text(item) for item in expression.items)
        if isinstance(expression, ListReference):
            return str(choose.choice(patterns.lists[expression.list_name]))
        if isinstance(expression, RuleReference):
            rule = parse_sentence(patterns.rules[expression.rule_name])
            return text(rule.expression)
        return getattr(expression, "original_text", "")

    return " ".join(text(parse_sentence(template).expression).split())


def sentences(patterns: Patterns) -> Iterator[str]:
    choose = random.Random(7)
    for template in patterns.sentences:
        for _ in range(6):
            yield expanded(patterns, template, choose)


@pytest.fixture
def patterns(load: Load) -> Patterns:
    return load(
        lists={"lamp": ["bed light"], "level": ["0..20"]},
        commands=[{"sentences": ["set [the] {lamp} to {level}"], "say": "{level}"}],
    ).skillset.patterns()


def certain(marvin: Marvin, text: str) -> bool:
    understood = marvin.understands(text)
    return understood is not None and understood.certain


def test_every_sentence_of_the_grammar_is_understood(marvin: Marvin, patterns: Patterns) -> None:
    for text in sentences(marvin.skillset.patterns()):
        assert certain(marvin, text), text


def test_matching_has_no_effect(marvin: Marvin) -> None:
    for text in ("set a timer for five minutes", "Marvin, set a timer for six minutes please"):
        assert certain(marvin, text)
    assert marvin.skillset.agenda.timers.all() == ()
    assert not certain(marvin, "set a timer for")
    assert marvin.understands("") is None


def test_answer_is_understood_only_after_its_question_which_stays_pending(marvin: Marvin) -> None:
    for text in ("set a timer for five minutes", "set a pasta timer for six minutes"):
        marvin.hears(text)
    assert marvin.understands("the pasta one") is None
    marvin.hears("cancel the timer")
    assert certain(marvin, "the pasta one")
    assert marvin.says("the pasta one") is not None


def test_grammar_is_finite_and_complete(patterns: Patterns) -> None:
    assert "{user_lamp:lamp}" in " ".join(patterns.sentences)
    assert patterns.lists["user_level"] == range(21)
    assert not any("any_" in text for text in (*patterns.sentences, *patterns.rules.values()))
    for words in patterns.lists.values():
        assert 0 < len(words) <= 1001
    assert len(set(patterns.sentences)) == len(patterns.sentences)


def test_documented_examples_work(load: Load) -> None:
    page = ROOT / "docs" / "skills.md"
    keys: dict[str, Any] = {"lists": {}, "commands": []}
    for block in re.findall(r"^```toml\n(.*?)^```", page.read_text(), re.MULTILINE | re.DOTALL):
        table = tomllib.loads(block)["skills"]
        keys["lists"] |= table.pop("lists", {})
        keys["commands"] += table.pop("commands", [])
    marvin = load(**keys)
    assert marvin.says("what is the wifi password") == "It is correct horse battery staple."
    rows = re.findall(r"^\| `(\w+)` \| (.*) \|$", page.read_text(), re.MULTILINE)
    assert sorted(name for name, _ in rows) == sorted(NAMES)
    for _, examples in rows:
        for example in re.findall(r'"(.*?)"', examples):
            assert marvin.hears(example) is not None, example


def test_disabled_skill_is_absent(load: Load) -> None:
    assert load(disabled=["time"]).says("what time is it") is None
    assert load(disabled=["units"]).says("one foot in metres") is None
    assert load(disabled=["arithmetic"]).says("one foot in metres") == "1 foot is 0.3048 metres."
    marvin = load(disabled=["timers"])
    assert marvin.says("set a timer for five minutes") == "I have no timers."
    assert marvin.skillset.agenda.timers.next_due() is None
    assert load(disabled=list(NAMES)).says("hello") is None


def test_state_is_kept_in_the_system_s_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", "/somewhere")
    assert str(default_state_dir()) == "/somewhere/marvin"
    monkeypatch.setenv("XDG_STATE_HOME", "relative")
    monkeypatch.setenv("HOME", "/home/someone")
    assert str(default_state_dir()) == "/home/someone/.local/state/marvin"


def test_hundreds_of_commands_are_told_apart(load: Load) -> None:
    marvin = load(
        lists={"room": ["kitchen", "bedroom", "hall"], "level": ["0..100"]},
        commands=[
            {
                "sentences": [
                    f"(open|close) window {number} in [the] {{room}}",
                    f"set heater {number} to {{level}} [percent]",
                ],
                "say": f"{number}",
            }
            for number in range(300)
        ],
    )
    assert marvin.says("Open window 299 in the hall.") == "299"
    assert marvin.says("close window seventeen in kitchen") == "17"
    assert marvin.says("set heater one hundred and five to fifty percent") == "105"
    assert marvin.says("set a timer for five minutes") == "Timer set for 5 minutes."
    assert (marvin.says("open window 300 in the hall") or "").startswith("I cannot open window 300")


def test_cancelled_call_does_nothing(load: Load) -> None:
    token = CancelToken()
    token.cancel()
    with pytest.raises(Cancelled):
        load().skillset.match("stop", (), Dialogue(), token)
