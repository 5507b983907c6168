"""Ambiguous speech leads to a question, and nothing is done by chance."""

import pytest

from marvin.types import Act, Ask, ReplyItem, Say
from tests.skills.conftest import Load, Marvin


def hears(marvin: Marvin, text: str, *alternatives: str) -> list[ReplyItem]:
    answer = marvin.hears(text, *alternatives)
    assert answer is not None
    return answer


def timer(number: str) -> str:
    return f"set a timer for {number} minutes"


@pytest.mark.parametrize(
    ("answer", "done"),
    [
        ("fifteen", "Timer set for 15 minutes."),
        ("fifty minutes", "Timer set for 50 minutes."),
        ("I said fifty", "Timer set for 50 minutes."),
        ("the first one", "Timer set for 15 minutes."),
        ("second", "Timer set for 50 minutes."),
        ("set a timer for fifty minutes", "Timer set for 50 minutes."),
    ],
)
def test_fifteen_or_fifty_is_asked_and_the_answer_carried_out(
    marvin: Marvin, answer: str, done: str
) -> None:
    asked = hears(marvin, timer("fifteen"), timer("fifty"))
    assert asked == [Ask("15 or 50 minutes?")]
    assert not marvin.skillset.agenda.timers.all()
    assert marvin.says(answer) == done


def test_equally_ambiguous_answer_is_asked_for_by_position(marvin: Marvin) -> None:
    hears(marvin, timer("sixteen"), timer("sixty"))
    again = hears(marvin, "sixty", "sixteen")
    assert again == [Ask("The first or the second: 16 or 60 minutes?")]
    assert marvin.says("the second") == "Timer set for 1 hour."


@pytest.mark.parametrize("answer", ["seventy", "fifteen past", "never mind"])
def test_unrelated_answer_sets_no_timer(marvin: Marvin, answer: str) -> None:
    hears(marvin, timer("fifteen"), timer("fifty"))
    marvin.says(answer)
    assert not marvin.skillset.agenda.timers.all()


def test_new_request_instead_of_an_answer_is_carried_out(marvin: Marvin) -> None:
    hears(marvin, timer("fifteen"), timer("fifty"))
    assert marvin.says("set a timer for twenty minutes") == "Timer set for 20 minutes."
    assert marvin.says("fifteen") is None


def test_readings_with_the_same_meaning_are_not_asked_about(marvin: Marvin) -> None:
    same = ("set a timer for fifteen minute", "start a timer for fifteen minutes")
    assert hears(marvin, timer("fifteen"), *same) == [Say("Timer set for 15 minutes.")]


def test_up_or_down_is_asked(marvin: Marvin) -> None:
    asked = hears(marvin, "turn the volume up", "turn the volume down")
    assert asked == [Ask("Up or down?")]
    assert hears(marvin, "down") == [Act(0.4), Say("Volume 40 percent.")]


def test_whole_readings_are_spoken_if_the_difference_alone_is_unclear(marvin: Marvin) -> None:
    asked = hears(marvin, "cancel the tea timer", "cancel the egg timer")
    assert asked == [Ask("Cancel the tea timer, or cancel the egg timer?")]
    assert marvin.says("the second") == "You have no timers."


def test_ambiguous_switch_is_not_thrown(load: Load) -> None:
    commands = [
        {"sentences": [f"turn {to} the lamp"], "say": f"It is {to}."} for to in ("on", "off")
    ]
    marvin = load(commands=commands)
    asked = hears(marvin, "turn off the lamp", "turn on the lamp")
    assert asked == [Ask("Off or on?")]
    assert marvin.says("off") == "It is off."


def test_readings_that_no_skill_understands_are_left_to_the_language_model(marvin: Marvin) -> None:
    assert marvin.hears("why fifteen", "why fifty") is None
