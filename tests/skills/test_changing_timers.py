"""Referring to running timers, changing and restarting them, and reminders."""

import pytest

from marvin.skills.timers.timer import announcement

from .conftest import Clock, Marvin


@pytest.mark.parametrize("text", ["cancel it", "stop it", "delete it", "get rid of that one"])
def test_it_refers_to_the_timer_set_last(marvin: Marvin, text: str) -> None:
    marvin.says("set a timer for 5 minutes")
    marvin.says("set a tea timer for 3 minutes")
    assert marvin.says(text) == "Tea timer cancelled."
    assert len(marvin.skillset.agenda.timers.all()) == 1


def test_it_can_be_paused_changed_and_asked_about(marvin: Marvin) -> None:
    marvin.says("set a tea timer for 3 minutes")
    assert marvin.says("pause it") == "Tea timer paused with 3 minutes left."
    assert marvin.says("resume it") == "Tea timer running again with 3 minutes left."
    assert marvin.says("add 5 minutes to it") == "Added 5 minutes, 8 minutes left."
    assert marvin.says("how long is left on it") == "Your tea timer has 8 minutes left."
    assert marvin.says("make it 4 minutes") == "Tea timer changed to 4 minutes."


def test_stop_it_only_stops_the_speech_if_no_timer_was_mentioned(
    marvin: Marvin, clock: Clock
) -> None:
    assert marvin.says("stop it") == ""
    marvin.says("set a timer for 30 minutes")
    assert marvin.says("tell me a story") is None, 'so "it" is now the story'
    assert marvin.says("stop it") == ""
    marvin.says("how long is left")
    clock.pass_(minutes=6)
    assert marvin.says("cancel it") == ""
    assert len(marvin.skillset.agenda.timers.all()) == 1


def test_it_refers_to_a_ringing_timer_before_a_running_one(marvin: Marvin, clock: Clock) -> None:
    marvin.says("set a tea timer for 1 minute")
    marvin.says("set a timer for 10 minutes")
    clock.pass_(minutes=1)
    marvin.skillset.agenda.timers.cancel(marvin.skillset.agenda.timers.due(clock()))
    assert marvin.says("stop it") == ""
    assert len(marvin.skillset.agenda.timers.all()) == 1


def test_taking_time_off(marvin: Marvin) -> None:
    marvin.says("set a timer for 20 minutes")
    for text, reply in {
        "subtract 5 minutes from the timer": "Took off 5 minutes, 15 minutes left.",
        "take off 2 minutes": "Took off 2 minutes, 13 minutes left.",
        "take one minute off the timer": "Took off 1 minute, 12 minutes left.",
        "shorten the timer by 3 minutes": "Took off 3 minutes, 9 minutes left.",
        "make it 2 minutes shorter": "Took off 2 minutes, 7 minutes left.",
        "reduce the timer by half a minute": (
            "Took off 30 seconds, 6 minutes and 30 seconds left."
        ),
        "take 10 minutes off": "It has only 6 minutes and 30 seconds left.",
    }.items():
        assert marvin.says(text) == reply


def test_adding_time_names_the_timer_by_its_own_duration(marvin: Marvin) -> None:
    marvin.says("set a timer for 5 minutes")
    marvin.says("set a timer for 10 minutes")
    assert (
        marvin.says("add 2 minutes to the 10 minute timer") == "Added 2 minutes, 12 minutes left."
    )
    assert marvin.says("give it another minute") == "Added 1 minute, 13 minutes left."
    assert marvin.says("cancel the shorter one") == "5 minute timer cancelled."
    assert marvin.says("five more minutes") == "Added 5 minutes, 18 minutes left."


@pytest.mark.parametrize("text", ["reset the timer", "restart it", "start the timer over"])
def test_timer_is_restarted(marvin: Marvin, clock: Clock, text: str) -> None:
    marvin.says("set a tea timer for 3 minutes")
    clock.pass_(minutes=2)
    assert marvin.says(text) == "Tea timer started again with 3 minutes."
    assert marvin.says("how long is left") == "Your tea timer has 3 minutes left."


def test_duration_is_changed(marvin: Marvin) -> None:
    marvin.says("set a timer for 10 minutes")
    assert marvin.says("change the timer to 15 minutes") == "10 minute timer changed to 15 minutes."
    assert marvin.says("set the timer to an hour") == "15 minute timer changed to 1 hour."
    assert marvin.says("I meant 7 minutes") == "1 hour timer changed to 7 minutes."
    assert marvin.says("change it to two days") == "A timer can run for 24 hours at most."


REMINDERS = {
    "remind me in 5 minutes to take the pizza out": "to take the pizza out",
    "remind me to take the pizza out in 5 minutes": "to take the pizza out",
    "in 5 minutes remind me to call my mother": "to call your mother",
    "set a timer for 5 minutes to check the oven": "to check the oven",
    "create a five minute timer to check the oven": "to check the oven",
    "set a reminder for 5 minutes to check on my eggs": "to check on your eggs",
    "remind me about the meeting in 5 minutes": "about the meeting",
    "tell me in 5 minutes that the pizza is ready": "that the pizza is ready",
}


@pytest.mark.parametrize("text", REMINDERS)
def test_reminder_has_a_purpose(marvin: Marvin, clock: Clock, text: str) -> None:
    assert marvin.says(text) == f"I will remind you in 5 minutes {REMINDERS[text]}."
    assert marvin.says("how long is left") == (
        f"Your reminder {REMINDERS[text]} has 5 minutes left."
    )
    clock.pass_(minutes=5)
    (timer,) = marvin.skillset.agenda.timers.due(clock())
    assert announcement(timer, clock()).endswith(f" {REMINDERS[text]}.")


def test_reminders_are_announced_by_their_purpose(marvin: Marvin, clock: Clock) -> None:
    marvin.says("remind me in 5 minutes to take the pizza out")
    clock.pass_(minutes=5)
    (timer,) = marvin.skillset.agenda.timers.due(clock())
    assert announcement(timer, clock()) == "It is time to take the pizza out."
    clock.pass_(hours=2)
    assert announcement(timer, clock()) == (
        "Your 5 minute timer to take the pizza out ended 2 hours ago, while I was off."
    )


def test_reminder_is_distinguished_from_timers(marvin: Marvin) -> None:
    marvin.says("remind me in 5 minutes to call my mother")
    marvin.says("set a timer for 7 minutes")
    assert marvin.says("cancel the timer") == (
        "Which one: the reminder to call your mother or the 7 minute one?"
    )
    assert marvin.says("the reminder") == "Reminder to call your mother cancelled."


def test_reminder_without_a_time_is_asked_about(marvin: Marvin) -> None:
    assert marvin.says("remind me to call mum") == "When should I remind you?"
    assert marvin.says("10 minutes") == "I will remind you in 10 minutes to call mum."


@pytest.mark.parametrize("nth", ["second", "third", "next", "new", "quick"])
def test_ordinal_is_not_a_name(marvin: Marvin, nth: str) -> None:
    assert marvin.says(f"set a {nth} timer for ten minutes") == "Timer set for 10 minutes."
    assert marvin.says("what timers do I have") == (
        "You have 1 timer: the 10 minute one with 10 minutes left."
    )


@pytest.mark.parametrize("before", [[], ["set a timer for 5 minutes"]])
def test_second_timer_is_the_one_called_second(marvin: Marvin, before: list[str]) -> None:
    for text in (*before, "set a second timer for ten minutes"):
        marvin.says(text)
    assert marvin.says("cancel the second timer") == "10 minute timer cancelled."


def test_equal_timers_are_told_apart_by_the_time_left(marvin: Marvin, clock: Clock) -> None:
    marvin.says("set a timer for 5 minutes")
    clock.pass_(minutes=1)
    marvin.says("set a timer for 5 minutes")
    assert marvin.says("cancel the timer") == (
        "Which one: the one with 4 minutes left or the one with 5 minutes left?"
    )
    assert marvin.says("the one with 4 minutes left") == "5 minute timer cancelled."
    assert marvin.says("how long is left") == "Your 5 minute timer has 5 minutes left."


def test_timer_can_be_referred_to_by_its_name_alone(marvin: Marvin) -> None:
    assert marvin.says("when is the pizza done") is None
    marvin.says("set a pizza timer for 10 minutes")
    marvin.says("set a lasagna timer for 40 minutes")
    for text in ("how long is left on pizza", "when is the pizza done", "is the pizza ready"):
        assert marvin.says(text) == "Your pizza timer has 10 minutes left."
    assert marvin.says("how long until the lasagna is done") == (
        "Your lasagna timer has 40 minutes left."
    )


@pytest.mark.parametrize(
    "text",
    [
        "let me know in ten minutes",
        "notify me in ten minutes",
        "okay, so, um, set a timer for ten minutes",
        "set a timer for ten minutes thank you very much",
        "could you just set a timer for ten minutes, cheers",
        "I'd like to set a timer for ten minutes",
        "can I have a timer for ten minutes",
        "set a reminder for 10 minutes",
        "give me a shout in ten minutes",
        "ping me ten minutes from now",
    ],
)
def test_other_ways_to_ask_for_a_timer(marvin: Marvin, text: str) -> None:
    assert marvin.says(text) == "Timer set for 10 minutes."
