"""Questions about dates get the right day. Today is Saturday, 21 November 2026."""

from datetime import UTC, datetime

import pytest

from .conftest import Clock, Marvin

DAYS = {
    "what is tomorrow": "Tomorrow is Sunday, 22 November 2026.",
    "What's tomorrow, please?": "Tomorrow is Sunday, 22 November 2026.",
    "tell me tomorrow's date": "Tomorrow is Sunday, 22 November 2026.",
    "what will tomorrow be": "Tomorrow is Sunday, 22 November 2026.",
    "what will the date be tomorrow": "Tomorrow is Sunday, 22 November 2026.",
    "what is the day after tomorrow": "The day after tomorrow is Monday, 23 November 2026.",
    "what was yesterday": "Yesterday was Friday, 20 November 2026.",
    "what was the date yesterday": "Yesterday was Friday, 20 November 2026.",
    "what is the current date": "Today is Saturday, 21 November 2026.",
    "what is the current day": "Today is Saturday.",
    "what is the date in 3 days": "In 3 days it is Tuesday, 24 November 2026.",
    "what day is it in three days": "In 3 days it is Tuesday.",
    "what's the date a week from today": "In 1 week it is Saturday, 28 November 2026.",
    "what day was it 3 days ago": "3 days ago it was Wednesday.",
    "what is the date in two months": "In 2 months it is Thursday, 21 January 2027.",
    "what date is friday": "Friday is 27 November 2026.",
    "what day is next friday": "Next Friday is 27 November 2026.",
    "what was the date last monday": "Last Monday was 16 November 2026.",
    "what day is christmas": "Christmas is Friday, 25 December 2026.",
    "when is easter": "Easter is Sunday, 28 March 2027.",
    "what day is the 25th of december": "That is Friday, 25 December 2026.",
    "what day is december 5th 2027": "That is Sunday, 5 December 2027.",
    "when is the 29th of february": "That is Tuesday, 29 February 2028.",
    "what day is february 30": "My calendar has no such day.",
    "what is the date in 9000000 days": "My calendar has no such day.",
    "is today saturday": "Yes, today is Saturday.",
    "is tomorrow friday": "No, tomorrow is Sunday.",
    "how many days until christmas": "It is 34 days until Christmas.",
    "how many weeks until christmas": "It is 4 weeks and 6 days until Christmas.",
    "how long until new year's eve": "It is 40 days until New Year's Eve.",
    "how many days until friday": "It is 6 days until Friday.",
    "how many days until tomorrow": "It is 1 day until tomorrow.",
    "how many days until december 25th": "It is 34 days until 25 December 2026.",
    "how many days since christmas": "Christmas was 331 days ago.",
    "is 2028 a leap year": "2028 is a leap year.",
    "is next year a leap year": "2027 is not a leap year.",
}


@pytest.mark.parametrize("text", DAYS)
def test_days(marvin: Marvin, text: str) -> None:
    assert marvin.says(text) == DAYS[text]


@pytest.mark.parametrize(
    ("now", "text", "reply"),
    [
        ((2026, 12, 31), "what is tomorrow", "Tomorrow is Friday, 1 January 2027."),
        ((2027, 2, 28), "what is tomorrow", "Tomorrow is Monday, 1 March 2027."),
        ((2028, 2, 28), "what is tomorrow", "Tomorrow is Tuesday, 29 February 2028."),
        ((2028, 3, 1), "what was yesterday", "Yesterday was Tuesday, 29 February 2028."),
        (
            (2027, 1, 31),
            "what is the date in a month",
            "In 1 month it is Sunday, 28 February 2027.",
        ),
        ((2026, 12, 25), "how many days until christmas", "Christmas is today."),
        ((2026, 12, 26), "how many days until christmas", "It is 364 days until Christmas."),
        ((2026, 11, 23), "what date is next friday", "Next Friday is 4 December 2026."),
        ((2026, 11, 23), "what date is friday", "Friday is 27 November 2026."),
    ],
)
def test_ends_of_months_and_years(
    marvin: Marvin, clock: Clock, now: tuple[int, int, int], text: str, reply: str
) -> None:
    clock.now = datetime(*now, 23, 30, tzinfo=UTC)
    assert marvin.says(text) == reply


@pytest.mark.parametrize(
    ("text", "reply"),
    {
        "when was halloween": "Halloween was Saturday, 31 October 2026.",
        "what day was christmas": "Christmas was Thursday, 25 December 2025.",
        "what day was the 4th of july": "That was Saturday, 4 July 2026.",
        "what date was friday": "Friday was 20 November 2026.",
        "what day was next friday": "Next Friday is 27 November 2026.",
        "when is halloween": "Halloween is Sunday, 31 October 2027.",
        "was yesterday a friday": "Yes, yesterday was Friday.",
        "is 0 a leap year": "0 is a leap year.",
    }.items(),
)
def test_past_event_is_over(marvin: Marvin, text: str, reply: str) -> None:
    assert marvin.says(text) == reply


@pytest.mark.parametrize("text", ["(2+2)*2", "8 / (2 + 2)", "2 * (3 + 4) - 1"])
def test_sum_in_brackets_is_not_computed_without_them(marvin: Marvin, text: str) -> None:
    assert marvin.says(f"what is {text}") is None
    assert marvin.says("what is (5) times 2") == "5 times 2 is 10."
