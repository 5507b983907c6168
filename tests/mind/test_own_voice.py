"""Marvin's own words go, the user's stay."""

import pytest

from marvin.mind.own_voice import without_echo

TIMER = ("The timer for the pasta has ended.", "Say stop to turn it off.")
CHOICE = ("Do you mean the kitchen light or the bedroom light?",)
LONG = (
    "Mount Everest is the highest mountain on Earth.",
    "It is 8,849 meters high, and was first climbed in 1953.",
)


@pytest.mark.parametrize(
    ("transcript", "spoken"),
    [
        ("It is ten past nine.", ("It is ten past nine.",)),
        ("it is ten past nine", ("It is ten past nine.",)),
        ("Done.", ("Done.",)),
        ("The time of for the past has ended", TIMER),
        ("the pasta has ended say stop to turn it off", TIMER),
        ("Mount Everest is the highest mountain on earth.", LONG),
        ("highest mountain on Earth. It is 8,849 meters high", LONG),
        ("mount ever rest is the highest mountain on", LONG),
        ("Do you mean the kitchen light or the bedroom light?", CHOICE),
        ("", TIMER),
    ],
)
def test_only_marvin(transcript: str, spoken: tuple[str, ...]) -> None:
    assert without_echo(transcript, spoken) == ""


@pytest.mark.parametrize(
    ("transcript", "spoken", "kept"),
    [
        ("It is ten past nine. Thank you.", ("It is ten past nine.",), "Thank you."),
        ("it is ten past nine stop", ("It is ten past nine.",), "stop"),
        ("The timer for the pasta has ended stop", TIMER, "stop"),
        ("the time for the past has ended, turn it off", TIMER, "turn it off"),
        ("Say stop to turn it off. Stop.", TIMER, "Stop."),
        ("Mount Everest is the highest what about K2", LONG, "what about K2"),
        ("is the highest mountain on earth how deep is the sea", LONG, "how deep is the sea"),
        (
            "Do you mean the kitchen light or the bedroom light? The kitchen light.",
            CHOICE,
            "The kitchen light.",
        ),
    ],
)
def test_user_after_marvin(transcript: str, spoken: tuple[str, ...], kept: str) -> None:
    assert without_echo(transcript, spoken) == kept


@pytest.mark.parametrize(
    ("transcript", "spoken"),
    [
        ("stop", TIMER),
        ("Stop.", ("Stop.",)),
        ("no", ("No.",)),
        ("stop the timer", TIMER),
        ("turn it off", TIMER),
        ("the kitchen light", CHOICE),
        ("the bedroom light", CHOICE),
        ("turn on the kitchen light", CHOICE),
        ("set a timer for ten minutes", ("The timer is set for ten minutes.",)),
        ("what is the highest mountain", LONG),
        ("fifty minutes", ("Fifteen or fifty minutes?",)),
        ("what time is it", ()),
        ("what time is it", ("", "...")),
    ],
)
def test_user_alone(transcript: str, spoken: tuple[str, ...]) -> None:
    assert without_echo(transcript, spoken) == transcript
