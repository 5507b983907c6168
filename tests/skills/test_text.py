"""Canonical forms of text and numbers."""

from decimal import Decimal

import pytest

from marvin.skills import durations
from marvin.skills import spoken_numbers as numbers
from marvin.skills.text import canonical, without_courtesy


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a hundred and five", "105"),
        ("twenty five minutes", "25 minutes"),
        ("twenty-five minutes", "25 minutes"),
        ("two thousand and ten", "2010"),
        ("one million two hundred thousand and three", "1200003"),
        ("twelve hundred", "1200"),
        ("1 million", "1000000"),
        ("2.5 million", "2500000"),
        ("one point five million", "1500000"),
        ("five and six", "5 and 6"),
        ("one two three", "1 2 3"),
        ("twenty fifteen", "20 15"),
        ("a hundred 5", "100 5"),
        ("a cat", "a cat"),
        ("one and a half", "1 and a half"),
        ("1½ hours", "1 and a half hours"),
        ("three point one four", "3 point 1 4"),
        ("three point twenty five", "3 point 2 5"),
        ("3.05", "3 point 0 5"),
        ("point five", "point 5"),
        ("the point is", "the point is"),
        (".5", "point 5"),
        ("1,250,000.5", "1250000 point 5"),
        ("5 - 3", "5 minus 3"),
        ("5-3", "5 minus 3"),
        ("-5 - -3", "minus 5 minus minus 3"),
        ("3 x 4", "3 times 4"),
        ("3 \u00d7 4 ÷ 2", "3 times 4 divided by 2"),
        ("5²", "5 squared"),
        ("50%", "50 percent"),
        ("50 per cent", "50 percent"),
        ("20°C", "20 degrees c"),
        ("5km", "5 km"),
        ("5-minute timer", "5 minute timer"),
        ("a couple of minutes", "2 minutes"),
        ("What's the TIME?!", "what is the time"),
        ("what\u2019s up", "what is up"),
        ("'quoted' o'clock", "quoted o'clock"),
        ("Stop.", "stop"),
        ("Größe", "größe"),
        ("...", ""),
        ("", ""),
    ],
)
def test_speech_and_writing_have_one_form(text: str, expected: str) -> None:
    assert canonical(text) == expected


def test_canonical_form_is_stable() -> None:
    for text in ("What's 3.5 \u00d7 2?", "Set a timer for twenty-five minutes.", "1,000 apples"):
        assert canonical(canonical(text)) == canonical(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("hey marvin what time is it", "what time is it"),
        ("ok marvin can you please stop", "stop"),
        ("marvin stop please", "stop"),
        ("set a timer for me please", "set a timer"),
        ("stop marvin", "stop"),
        ("marvin", "marvin"),
        ("thank you", "thank you"),
        ("thank you marvin", "thank you"),
        ("marvinize this", "marvinize this"),
        ("could you please", "please"),
    ],
)
def test_wake_word_and_courtesies_are_removed(text: str, expected: str) -> None:
    assert without_courtesy("Marvin")(text) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("0", "0"),
        ("10", "10"),
        ("10.50", "10.5"),
        ("9999", "9999"),
        ("1000000", "1,000,000"),
        ("3.14159", "about 3.142"),
        ("2.9999999", "about 3"),
        ("12345.678", "about 12,345.68"),
        ("0.00012345", "about 0.0001235"),
        ("-4.5", "minus 4.5"),
        ("1e20", "about 1 times 10 to the power of 20"),
        ("1e-9", "about 1 times 10 to the power of minus 9"),
    ],
)
def test_numbers_are_spoken_with_few_digits(value: str, expected: str) -> None:
    assert numbers.spoken_number(Decimal(value)) == expected


def test_lists_and_counts_are_spoken() -> None:
    assert numbers.listed(["a"]) == "a"
    assert numbers.listed(["a", "b"], "or") == "a or b"
    assert numbers.listed(["a", "b", "c"]) == "a, b and c"
    assert numbers.counted(1, "timer") == "1 timer"
    assert numbers.counted(0, "timer") == "0 timers"


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (0, "0 seconds"),
        (1, "1 second"),
        (60, "1 minute"),
        (61, "1 minute and 1 second"),
        (3661, "1 hour, 1 minute and 1 second"),
        (5400, "1 hour and 30 minutes"),
        (86400, "24 hours"),
        (59.6, "1 minute"),
    ],
)
def test_durations_are_spoken(seconds: float, expected: str) -> None:
    assert durations.spoken_duration(seconds) == expected
