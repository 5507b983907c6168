"""Setting, asking about and cancelling timers in words."""

from pathlib import Path

import pytest

from marvin.types import Ask, Say

from .conftest import Clock, Load, Marvin

SET = {
    "set a timer for five minutes": "Timer set for 5 minutes.",
    "Set a timer for 5 minutes.": "Timer set for 5 minutes.",
    "Hey Marvin, could you please set a timer for 5 minutes?": "Timer set for 5 minutes.",
    "set a timer for one minute": "Timer set for 1 minute.",
    "set a timer for a minute": "Timer set for 1 minute.",
    "start a 90 second timer": "Timer set for 1 minute and 30 seconds.",
    "set a twenty-five minute timer": "Timer set for 25 minutes.",
    "set a timer for half an hour": "Timer set for 30 minutes.",
    "set a timer for an hour": "Timer set for 1 hour.",
    "set a timer for an hour and a half": "Timer set for 1 hour and 30 minutes.",
    "set a timer for one and a half hours": "Timer set for 1 hour and 30 minutes.",
    "set a timer for 1.5 hours": "Timer set for 1 hour and 30 minutes.",
    "set a timer for one point five hours": "Timer set for 1 hour and 30 minutes.",
    "set a timer for one hour and thirty minutes": "Timer set for 1 hour and 30 minutes.",
    "set a timer for 1 hour 30 minutes": "Timer set for 1 hour and 30 minutes.",
    "set a 1 hour, 30 minute timer": "Timer set for 1 hour and 30 minutes.",
    "set a timer for a quarter of an hour": "Timer set for 15 minutes.",
    "set a timer for three quarters of an hour": "Timer set for 45 minutes.",
    "set a timer for two and a half minutes": "Timer set for 2 minutes and 30 seconds.",
    "set a timer for 2 hours, 5 minutes and 10 seconds": (
        "Timer set for 2 hours, 5 minutes and 10 seconds."
    ),
    "set a timer for a couple of minutes": "Timer set for 2 minutes.",
    "set a timer for an hour and ten minutes": "Timer set for 1 hour and 10 minutes.",
    "timer ten minutes": "Timer set for 10 minutes.",
    "ten minute timer": "Timer set for 10 minutes.",
    "I need a timer for 10 minutes": "Timer set for 10 minutes.",
    "remind me in ten minutes": "Timer set for 10 minutes.",
    "set a pasta timer for ten minutes": "Pasta timer set for 10 minutes.",
    "set a ten minute pasta timer": "Pasta timer set for 10 minutes.",
    "set a timer for ten minutes called pasta": "Pasta timer set for 10 minutes.",
    "set a timer for ten minutes for the pasta": "Pasta timer set for 10 minutes.",
    "set a timer called pasta for ten minutes": "Pasta timer set for 10 minutes.",
    "set a timer for the pasta for ten minutes": "Pasta timer set for 10 minutes.",
    "set a washing machine timer for 50 minutes": "Washing machine timer set for 50 minutes.",
    "set a lasagna timer for 40 minutes": "Lasagna timer set for 40 minutes.",
    "set a timer for 40 minutes for the lasagna": "Lasagna timer set for 40 minutes.",
    "set a pasta timer for 10 minutes and a tea timer for 3 minutes": (
        "Pasta timer set for 10 minutes. Tea timer set for 3 minutes."
    ),
    "set a timer for 5 minutes and another one for 10 minutes": (
        "Timer set for 5 minutes. Timer set for 10 minutes."
    ),
    "set me a timer for ten minutes": "Timer set for 10 minutes.",
    "set a timer for ten minutes. Thank you.": "Timer set for 10 minutes.",
    "set a timer for 24 hours": "Timer set for 24 hours.",
    "set a timer for 30 hours": "A timer can run for 24 hours at most. For how long?",
    "set a timer for 0 seconds": "A timer needs at least 1 second. For how long?",
    "set a timer": "For how long?",
    "set a timer for the pasta": "For how long?",
}


@pytest.mark.parametrize("text", SET)
def test_setting(marvin: Marvin, text: str) -> None:
    assert marvin.says(text) == SET[text]


def test_missing_duration_is_asked_for(marvin: Marvin) -> None:
    assert marvin.hears("set a pasta timer") == [Ask("For how long?")]
    assert marvin.says("Ten minutes.") == "Pasta timer set for 10 minutes."
    assert marvin.says("ten minutes") is None


def test_invalid_duration_of_one_of_two_timers_is_asked_for(marvin: Marvin) -> None:
    too_long, second = "a timer for 30 hours", Say("Timer set for 5 minutes.")
    question = Ask("A timer can run for 24 hours at most. For how long?")
    assert marvin.hears(f"set {too_long} and a timer for 5 minutes") == [question, second]
    assert marvin.says("6 hours") == "Timer set for 6 hours."
    assert marvin.hears(f"set a timer for 5 minutes and {too_long}") == [second, question]
    assert marvin.says("7 hours") == "Timer set for 7 hours."


def test_question_can_be_declined_and_is_forgotten(marvin: Marvin, clock: Clock) -> None:
    for no in ("no", "never mind", "forget it"):
        marvin.says("set a timer")
        assert marvin.says(no) == ""
        assert marvin.says("five minutes") is None
    marvin.says("set a timer")
    assert marvin.says("what time is it") == "It is 3:20 PM."
    assert marvin.says("five minutes") is None
    marvin.says("set a timer")
    clock.pass_(minutes=2)
    assert marvin.says("five minutes") is None


def test_how_long_is_left(marvin: Marvin, clock: Clock) -> None:
    assert marvin.says("how long is left") == "You have no timers."
    marvin.says("set a pasta timer for ten minutes")
    clock.pass_(minutes=5, seconds=40)
    left = "Your pasta timer has 4 minutes and 20 seconds left."
    for text in (
        "how long is left",
        "How much time is left?",
        "how much time's left on the pasta timer",
        "how long does the timer have left",
        "how long until the pasta timer is done",
        "when does my pasta timer end",
        "time left",
        "check the timer",
        "is my pasta timer done yet",
        "how many minutes are left",
    ):
        assert marvin.says(text) == left, text
    assert marvin.says("how long is left on the tea timer") == "You have no tea timer."
    marvin.says("set a timer for 20 minutes")
    assert marvin.says("how long is left") == (
        "Pasta has 4 minutes and 20 seconds left and the 20 minute one has 20 minutes left."
    )
    assert marvin.says("how long is left on the 20 minute timer") == (
        "Your 20 minute timer has 20 minutes left."
    )


def test_listing(marvin: Marvin) -> None:
    assert marvin.says("what timers do I have") == "You have no timers."
    marvin.says("set a tea timer for 1 minute")
    assert marvin.says("list my timers") == "You have 1 timer: tea with 1 minute left."
    marvin.says("set a timer for 1 hour")
    marvin.says("pause the one hour timer")
    assert marvin.says("do I have any timers running?") == (
        "You have 2 timers: tea with 1 minute left and the 1 hour one with 1 hour left, paused."
    )


def test_pausing_and_resuming(marvin: Marvin, clock: Clock) -> None:
    marvin.says("set a tea timer for 3 minutes")
    assert marvin.says("resume the timer") == "No timer is paused."
    assert marvin.says("pause the timer") == "Tea timer paused with 3 minutes left."
    clock.pass_(minutes=30)
    assert marvin.says("pause the timer") == "Your timers are paused already."
    assert marvin.says("how long is left") == "Your tea timer has 3 minutes left and is paused."
    assert marvin.says("resume the tea timer") == "Tea timer running again with 3 minutes left."
    assert marvin.says("how long is left") == "Your tea timer has 3 minutes left."


def test_cancelling(marvin: Marvin) -> None:
    assert marvin.says("cancel the timer") == "You have no timers."
    marvin.says("set a tea timer for 3 minutes")
    assert marvin.says("cancel the pasta timer") == "You have no pasta timer."
    assert marvin.says("cancel the timer") == "Tea timer cancelled."
    for _ in range(3):
        marvin.says("set a timer for 5 minutes")
    assert marvin.says("cancel all timers") == "All 3 timers cancelled."
    marvin.says("set a timer for 5 minutes")
    marvin.says("set a timer for 10 minutes")
    assert marvin.says("stop the five minute timer") == "5 minute timer cancelled."
    assert marvin.says("cancel my timers") == "10 minute timer cancelled."
    marvin.says("set a lasagna timer for 10 minutes")
    marvin.says("set a timer for 10 minutes")
    assert marvin.says("cancel the lasagna timer") == "Lasagna timer cancelled."


def test_stopping_everything_leaves_timers_alone(marvin: Marvin) -> None:
    marvin.says("set a timer for 5 minutes")
    assert marvin.says("stop everything") == ""
    assert marvin.says("stop") == ""
    assert marvin.says("how long is left") == "Your 5 minute timer has 5 minutes left."


@pytest.mark.parametrize(
    ("answer", "reply"),
    [
        ("the pasta one", "Pasta timer cancelled."),
        ("Pasta.", "Pasta timer cancelled."),
        ("the pasta timer please", "Pasta timer cancelled."),
        ("the five minute one", "5 minute timer cancelled."),
        ("five minutes", "5 minute timer cancelled."),
        ("the lasagna one", "Lasagna timer cancelled."),
        ("the first one", "5 minute timer cancelled."),
        ("the second one", "Pasta timer cancelled."),
        ("the last one", "Lasagna timer cancelled."),
        ("all of them", "All 3 timers cancelled."),
        ("none of them", ""),
        ("never mind", ""),
        ("the tea one", None),
        ("the moon is made of cheese", None),
    ],
)
def test_ambiguous_timer_is_asked_about(marvin: Marvin, answer: str, reply: str | None) -> None:
    marvin.says("set a pasta timer for 10 minutes")
    marvin.says("set a timer for 5 minutes")
    marvin.says("set a lasagna timer for 40 minutes")
    question = "Which one: the 5 minute one, pasta or lasagna?"
    assert marvin.hears("cancel the timer") == [Ask(question)]
    assert marvin.says(answer) == reply


def test_timers_with_the_same_name_are_told_apart(marvin: Marvin) -> None:
    marvin.says("set an egg timer for 4 minutes")
    marvin.says("set an egg timer for 8 minutes")
    assert marvin.says("cancel the egg timer") == (
        "Which one: the 4 minute egg or the 8 minute egg?"
    )
    assert marvin.says("the eight minute one") == "Egg timer cancelled."
    marvin.says("set an egg timer for 4 minutes")
    assert marvin.says("cancel the egg timer") == "Which one: the first or the second?"
    assert marvin.says("the second one") == "Egg timer cancelled."
    assert marvin.says("cancel the egg timer") == "Egg timer cancelled."


def test_choice_can_be_narrowed_in_two_steps(marvin: Marvin) -> None:
    for text in ("an egg timer for 4", "an egg timer for 8", "a tea timer for 3"):
        marvin.says(f"set {text} minutes")
    marvin.says("pause the timer")
    assert marvin.says("egg") == "Which one: the 4 minute egg or the 8 minute egg?"
    assert marvin.says("four minutes") == "Egg timer paused with 4 minutes left."


def test_adding_time(marvin: Marvin, clock: Clock) -> None:
    marvin.says("set a tea timer for 3 minutes")
    clock.pass_(minutes=1)
    assert marvin.says("add five minutes to the timer") == "Added 5 minutes, 7 minutes left."
    assert marvin.says("extend the tea timer by a minute") == "Added 1 minute, 8 minutes left."
    assert marvin.says("add 24 hours to the timer") == "A timer can run for 24 hours at most."
    marvin.says("set a pasta timer for 8 minutes")
    assert marvin.says("add one minute to the pasta timer") == "Added 1 minute, 9 minutes left."
    assert marvin.says("add one minute to the timer") == "Which one: tea or pasta?"
    assert marvin.says("tea") == "Added 1 minute, 9 minutes left."


def test_at_most_fifty_timers_run(marvin: Marvin, clock: Clock) -> None:
    for _ in range(50):
        marvin.skillset.agenda.timers.add(60, None, clock())
    assert marvin.says("set a timer for one minute") == (
        "You already have 50 timers, and that is all I can keep."
    )


def test_cancelling_a_timer_that_just_rang_only_silences_it(marvin: Marvin, clock: Clock) -> None:
    marvin.says("set a timer for one minute")
    clock.pass_(minutes=1)
    timers = marvin.skillset.agenda.timers
    assert len(timers.due(clock())) == 1
    assert marvin.says("stop the timer") == ""
    assert timers.all() == ()
    assert marvin.says("stop the timer") == ""
    clock.pass_(minutes=5)
    assert marvin.says("stop the timer") == "You have no timers."


def test_timer_that_will_not_survive_a_restart_says_so(load: Load, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    marvin = load(state_dir=tmp_path / "file")
    assert marvin.says("set a timer for five minutes") == (
        "Timer set for 5 minutes. I cannot save timers, so a restart would lose them."
    )
    assert marvin.says("how long is left") == "Your 5 minute timer has 5 minutes left."


def test_timers_survive_a_restart(load: Load, clock: Clock) -> None:
    load().says("set a tea timer for five minutes")
    clock.pass_(minutes=2)
    assert load().says("how long is left") == "Your tea timer has 3 minutes left."


def test_user_s_own_names(load: Load) -> None:
    marvin = load(lists={"timer_name": ["Sourdough", "paint"]})
    assert marvin.says("set a sourdough timer for 1 hour") == "Sourdough timer set for 1 hour."
    assert marvin.says("cancel the sourdough timer") == "Sourdough timer cancelled."
    assert "Sourdough" in marvin.skillset.patterns().lists["timer_name"]
