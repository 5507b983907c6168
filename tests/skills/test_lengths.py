"""Durations in all their notations."""

import pytest

from marvin.stt.grammar import compile_grammar
from marvin.stt.spoken import written

from .conftest import Marvin

LENGTHS = {
    "1/2 an hour": "30 minutes",
    "½ an hour": "30 minutes",
    "a half hour": "30 minutes",
    "half of an hour": "30 minutes",
    "3/4 of an hour": "45 minutes",
    "1/4 hour": "15 minutes",
    "1/3 of an hour": "20 minutes",
    "two thirds of an hour": "40 minutes",
    "0.5 hours": "30 minutes",
    "point five hours": "30 minutes",
    "zero point five hours": "30 minutes",
    ".25 hours": "15 minutes",
    "2,5 minutes": "2 minutes and 30 seconds",
    "1,5 h": "1 hour and 30 minutes",
    "1 1/2 hours": "1 hour and 30 minutes",
    "1½ hours": "1 hour and 30 minutes",
    "2-1/2 minutes": "2 minutes and 30 seconds",
    "one and 3/4 hours": "1 hour and 45 minutes",
    "two and three quarter hours": "2 hours and 45 minutes",
    "01:30:00": "1 hour and 30 minutes",
    "00:00:45": "45 seconds",
    "1h 30m": "1 hour and 30 minutes",
    "1h30": "1 hour and 30 minutes",
    "1hr30min": "1 hour and 30 minutes",
    "5m30s": "5 minutes and 30 seconds",
    "10m": "10 minutes",
    "90 s": "1 minute and 30 seconds",
    "one minute thirty": "1 minute and 30 seconds",
    "five minutes 30": "5 minutes and 30 seconds",
    "an hour and 20": "1 hour and 20 minutes",
    "an hour fifteen": "1 hour and 15 minutes",
    "3 hours 20 minutes 10": "3 hours, 20 minutes and 10 seconds",
    "a couple of minutes": "2 minutes",
    "half a minute": "30 seconds",
    "about ten minutes": "10 minutes",
    "half a day": "12 hours",
    "one day": "24 hours",
}
TOO_LONG = (
    *("two days", "1 day and 2 hours", "one and a half days", "a week", "one week", "3 weeks"),
    *("a fortnight", "a month", "36 hours", "forty hours"),
)
HEARD = (
    *("two and a half hours", "point five hours", "one point five hours", "a couple of minutes"),
    *("an hour and fifteen minutes", "an hour and a half", "one hour thirty", "half a minute"),
    *("one minute thirty", "three quarters of an hour", "a quarter of an hour", "forty hours"),
    *("one day", "two days", "one week", "a minute and a half", "two hours fifteen minutes"),
)


@pytest.mark.parametrize("length", LENGTHS)
def test_timer_runs_for_the_written_duration(marvin: Marvin, length: str) -> None:
    assert marvin.says(f"set a timer for {length}") == f"Timer set for {LENGTHS[length]}."


@pytest.mark.parametrize("length", TOO_LONG)
def test_duration_that_is_too_long_is_refused_as_such(marvin: Marvin, length: str) -> None:
    refused = "A timer can run for 24 hours at most. For how long?"
    assert marvin.says(f"set a timer for {length}") == refused
    assert marvin.skillset.agenda.timers.all() == ()


def test_duration_without_a_unit_is_asked_about(marvin: Marvin) -> None:
    assert marvin.says("set a pasta timer for 10") == "10 seconds, minutes or hours?"
    assert marvin.says("minutes") == "Pasta timer set for 10 minutes."
    assert marvin.says("set a timer for 5") == "5 seconds, minutes or hours?"
    assert marvin.says("five hours") == "Timer set for 5 hours."


def test_grammar_contains_ordinary_durations(marvin: Marvin) -> None:
    graph = compile_grammar(marvin.skillset.patterns())

    def hears(text: str) -> bool:
        states = {0}
        for word in text.split():
            states = {
                target
                for source, target, label in graph.arcs
                if source in states and written(label) == word
            }
        return bool(states & graph.accepting)

    assert [length for length in HEARD if not hears(f"set a timer for {length}")] == []
    for text in ("what's the weather like today", "what is half of ninety", "cancel it"):
        assert hears(text), text
    # So that the accuracy of common phrases does not suffer.
    assert len(graph.words) < 260


@pytest.mark.parametrize("text", ["set a 30 minute 5k timer", "set a five minute ten minute timer"])
def test_number_in_a_name_is_not_part_of_the_duration(marvin: Marvin, text: str) -> None:
    marvin.says(text)
    assert marvin.skillset.agenda.timers.all() == ()


@pytest.mark.parametrize("text", ["a hour", "half a hour", "a hour and a half"])
def test_a_hour_is_an_hour(marvin: Marvin, text: str) -> None:
    marvin.says(f"set a timer for {text}")
    assert len(marvin.skillset.agenda.timers.all()) == 1
