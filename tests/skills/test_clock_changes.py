"""Lengths of time across a clock change, and the machine's time zone."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from marvin.skills.system_zone import SystemZone

from .conftest import Clock, Load

BERLIN = ZoneInfo("Europe/Berlin")


@pytest.fixture
def in_berlin(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with monkeypatch.context() as here:
        here.setenv("TZ", "Europe/Berlin")
        time.tzset()
        yield
    time.tzset()


def test_zone_of_the_machine_knows_its_clock_changes(in_berlin: None) -> None:
    instants = [
        datetime(2026, month, day, tzinfo=UTC) + timedelta(minutes=30 * half_hour)
        for month, day in ((1, 1), (3, 29), (7, 1), (10, 25))
        for half_hour in range(12)
    ]
    for instant in instants:
        here, there = instant.astimezone(SystemZone()), instant.astimezone(BERLIN)
        assert here.isoformat() == there.isoformat()
        assert here.tzname() == there.tzname()
        assert here.astimezone(UTC) == instant


@pytest.mark.parametrize(
    ("now", "asked", "answer"),
    [
        ("2026-10-24T20:00", "what time will it be in 8 hours", "It will be 3:00 AM on Sunday."),
        ("2026-03-28T20:00", "what time will it be in 8 hours", "It will be 5:00 AM on Sunday."),
        ("2026-10-24T20:00", "how long until 7 am", "It is 12 hours until 7:00 AM."),
        ("2026-03-28T20:00", "how long until 7 am", "It is 10 hours until 7:00 AM."),
        ("2026-10-26T20:00", "how long until 7 am", "It is 11 hours until 7:00 AM."),
        ("2026-10-24T20:00", "how many hours until monday", "It is 29 hours until Monday."),
    ],
)
def test_clock_change_in_between(
    load: Load, clock: Clock, now: str, asked: str, answer: str
) -> None:
    marvin = load(disabled=["units"])
    clock.now = datetime.fromisoformat(now).replace(tzinfo=BERLIN)
    assert marvin.says(asked) == answer
