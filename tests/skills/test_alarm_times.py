"""Noon, days of the month and ranges of days in alarms and reminders, at 15:20 on a Saturday."""

import pytest

from .conftest import Marvin

SET = {
    "wake me at half past noon": "12:30 PM tomorrow",
    "wake me at a quarter to noon on friday": "11:45 AM on Friday",
    "set an alarm for ten to midnight": "11:50 PM today",
    "wake me at half past midnight": "12:30 AM tomorrow",
    "set an alarm for the 24th at 6": "6 AM on Tuesday",
    "set an alarm for 7 am monday through thursday": (
        "7 AM every Monday, Tuesday, Wednesday and Thursday"
    ),
    "wake me at 8 saturday to monday": "8 AM every Monday, Saturday and Sunday",
}
REMIND = {
    "remind me at ten to midday to eat": "11:50 AM tomorrow to eat",
    "remind me to pay rent on the 1st at 9 am": "9 AM on 1 December to pay rent",
    "remind me five minutes before six to leave": "5:55 PM today to leave",
    "remind me to call the first customer at nine": "9 PM today to call the first customer",
}


@pytest.mark.parametrize(("text", "time"), SET.items())
def test_alarm(marvin: Marvin, text: str, time: str) -> None:
    assert marvin.says(text) == f"Alarm set for {time}."


@pytest.mark.parametrize(("text", "time"), REMIND.items())
def test_reminder(marvin: Marvin, text: str, time: str) -> None:
    assert marvin.says(text) == f"I will remind you at {time}."
