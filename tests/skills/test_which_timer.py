"""Only the timer that the user means is set, changed or cancelled."""

import pytest

from .conftest import Clock, Marvin


@pytest.mark.parametrize(
    "text",
    [
        "set a timer for 5 minutes and remind me in 10 minutes",
        "set a seven minute workout timer for 10 minutes",
        "set a 5 minute timer for 10 minutes",
        "set a timer for ten minutes to eight",
        "set a timer for 5 minutes to 10 minutes",
        "set a 12 minute timer for pasta and a 5 minute timer for eggs",
        "remind me to call mom in five minutes and then to buy milk in ten minutes",
        "remind me to call mom in 5 minutes and dad in 10 minutes",
    ],
)
def test_two_durations_in_one_sentence_set_no_timer(marvin: Marvin, text: str) -> None:
    said = marvin.says(text)
    assert said is not None
    assert said.startswith("I heard two times, so I set no timer.")
    assert marvin.skillset.agenda.timers.all() == ()
    assert marvin.says("ten minutes") == "Timer set for 10 minutes."


def test_purpose_may_contain_a_duration(marvin: Marvin) -> None:
    assert marvin.says("remind me to boil eggs for ten minutes in an hour") == (
        "I will remind you in 1 hour to boil eggs for 10 minutes."
    )
    assert marvin.says("remind me to say thank you in 5 minutes please") == (
        "I will remind you in 5 minutes to say thank you."
    )
    assert marvin.says("remind me in 5 minutes to say thank you") == (
        "I will remind you in 5 minutes to say thank you."
    )


@pytest.mark.parametrize(
    ("answer", "left_s"),
    [
        ("in 10 minutes", 600),
        ("after half an hour", 1800),
        ("ten minutes from now", 600),
        ("in 2 hours time please", 7200),
    ],
)
def test_in_how_long_may_be_answered_with_in(marvin: Marvin, answer: str, left_s: int) -> None:
    assert marvin.says("remind me to call mom") == "When should I remind you?"
    marvin.says(answer)
    (timer,) = marvin.skillset.agenda.timers.all()
    assert (timer.duration_s, timer.purpose) == (left_s, "to call mom")


def test_answer_without_a_unit_is_asked_about(marvin: Marvin) -> None:
    marvin.says("remind me to call mom")
    assert marvin.says("in ten") == 'Say the unit too, for example "in 10 minutes".'
    assert marvin.says("ten minutes") == "I will remind you in 10 minutes to call mom."
    marvin.says("set a timer")
    said = marvin.says("1:30")
    assert said is not None
    assert said.startswith("I cannot tell whether that is a length")
    assert marvin.says("an hour and a half") == "Timer set for 1 hour and 30 minutes."
    marvin.says("set a timer for 10")
    assert marvin.says("20") == "20 seconds, minutes or hours?"
    assert marvin.says("no, 30 minutes") == "Timer set for 30 minutes."
    marvin.says("set a timer")
    assert str(marvin.says("at noon")).startswith("A timer has a length")


def test_to_gives_a_new_duration_and_by_a_difference(marvin: Marvin, clock: Clock) -> None:
    marvin.says("set a timer for 10 minutes")
    clock.pass_(minutes=1)
    for text, reply in {
        "extend it by 3 minutes": "Added 3 minutes, 12 minutes left.",
        "extend it to 15 minutes": "10 minute timer changed to 15 minutes.",
        "shorten it to 5 minutes": "15 minute timer changed to 5 minutes.",
        "reduce the timer to 4 minutes": "5 minute timer changed to 4 minutes.",
        "reduce the timer by 1 minute": "Took off 1 minute, 3 minutes left.",
    }.items():
        assert marvin.says(text) == reply


def test_timer_just_set_is_cancelled(marvin: Marvin) -> None:
    marvin.says("set a timer for 50 minutes")
    assert marvin.says("no, cancel it") == "50 minute timer cancelled."


@pytest.mark.parametrize(
    "text", ["no, 15 minutes", "no i said fifteen minutes", "actually 15 minutes"]
)
def test_misheard_duration_is_corrected(marvin: Marvin, text: str) -> None:
    assert marvin.says(text) is None, "nothing to correct"
    marvin.says("set a timer for 50 minutes")
    assert marvin.says(text) == "50 minute timer changed to 15 minutes."


def test_both_does_not_mean_three(marvin: Marvin) -> None:
    for minutes in (1, 2, 3):
        marvin.says(f"set a timer for {minutes} minutes")
    which = "Which one: the 1 minute one, the 2 minute one or the 3 minute one?"
    assert marvin.says("cancel both timers") == which
    assert marvin.says("both") == which
    assert marvin.says("the second one") == "2 minute timer cancelled."
    assert marvin.says("cancel both of them") == "Both timers cancelled."


def test_them_means_more_than_the_timer_set_last(marvin: Marvin) -> None:
    marvin.says("set a tea timer for 5 minutes")
    marvin.says("set an egg timer for 10 minutes")
    assert marvin.says("pause them") == "Both timers paused."
    assert marvin.says("cancel all of them") == "Both timers cancelled."


def test_reminder_is_chosen_by_its_purpose(marvin: Marvin) -> None:
    marvin.says("remind me in 10 minutes to call mom")
    assert marvin.says("cancel the reminder to call dad") == "You have no reminder to call dad."
    marvin.says("remind me in 20 minutes to call dad")
    marvin.says("cancel the reminder")
    assert marvin.says("to call mom") == "Reminder to call mom cancelled."


def rings(marvin: Marvin, clock: Clock) -> None:
    """A pasta timer rings and is heard."""
    marvin.says("set a pasta timer for 10 minutes")
    clock.pass_(minutes=10)
    marvin.skillset.agenda.timers.cancel(marvin.skillset.agenda.timers.due(clock()))


def test_the_timer_means_the_one_that_rang_before_a_running_one(
    marvin: Marvin, clock: Clock
) -> None:
    marvin.says("set a timer for 30 minutes")
    rings(marvin, clock)
    said = "It is over. 30 minute timer still running: say which to cancel it."
    assert marvin.says("cancel the timer") == said
    assert marvin.says("add 2 minutes to it") == "You have no such timer."
    assert marvin.says("cancel the 30 minute timer") == "30 minute timer cancelled."


def test_more_time_after_ringing_is_a_new_timer(marvin: Marvin, clock: Clock) -> None:
    marvin.says("set a timer for 30 minutes")
    rings(marvin, clock)
    assert marvin.says("five more minutes") == "Timer set for 5 minutes."
    assert marvin.says("cancel it") == "5 minute timer cancelled."
    rings(marvin, clock)
    assert marvin.says("restart the pasta timer") == "You have no pasta timer."


def test_more_time_while_ringing_ends_the_ringing(marvin: Marvin, clock: Clock) -> None:
    marvin.says("set a pasta timer for 10 minutes")
    marvin.says("set a timer for 30 minutes")
    clock.pass_(minutes=10)
    assert marvin.skillset.agenda.timers.due(clock())
    assert marvin.says("five more minutes") == "Pasta timer started again with 5 minutes."
    assert marvin.skillset.agenda.timers.due(clock()) == ()
    clock.pass_(minutes=5)
    assert marvin.skillset.agenda.timers.due(clock())
    assert marvin.says("cancel the timer") == "", "the ringing one"
    assert [timer.duration_s for timer in marvin.skillset.agenda.timers.all()] == [1800]
