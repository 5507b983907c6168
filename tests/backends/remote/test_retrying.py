"""How long to wait for a busy server."""

from datetime import UTC, datetime

import pytest

from marvin.backends.remote.retrying import pause_s, retry_after_s

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC).timestamp()


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("7", 7.0),
        (" 0.25 ", 0.25),
        ("-3", 0.0),
        ("Sun, 01 Mar 2026 12:00:30 GMT", 30.0),
        ("Sun, 01 Mar 2026 12:00:30 -0000", 30.0),
        ("Sun, 01 Mar 2026 11:00:00 GMT", 0.0),
        ("soon", None),
        ("inf", None),
        ("nan", None),
        ("", None),
        (None, None),
    ],
)
def test_retry_after_header_holds_seconds_or_a_date(
    header: str | None, seconds: float | None
) -> None:
    assert retry_after_s(header, NOON) == seconds


def test_without_a_retry_after_header_waits_grow() -> None:
    assert [pause_s(tries) for tries in (1, 2, 3)] == [0.5, 1.0, 2.0]
    assert pause_s(3, 0.0) == 0.0
    assert pause_s(3, None, 20.0) == 20.0
