"""When to ask a busy server again."""

from __future__ import annotations

import math
import time
from datetime import UTC
from email.utils import parsedate_to_datetime

BUSY = frozenset({429, 502, 503, 504})
"""Answers after which the same request may succeed: too many requests, and a server, or one behind
it, that is overloaded or still loading its model."""

_FIRST_PAUSE_S = 0.5
"""Where the server names none; then twice as long each time."""


def pause_s(tries: int, *asked_s: float | None) -> float:
    """How long to wait after so many tries: the first of what the server asked for, or ever longer.

    Who waits has a limit of its own: a server may ask for an hour.
    """
    for named in asked_s:
        if named is not None:
            return named
    return float(_FIRST_PAUSE_S * 2 ** (tries - 1))


def retry_after_s(header: str | None, now: float | None = None) -> float | None:
    """The header Retry-After in seconds; it holds seconds or a date (RFC 9110, 10.2.3).

    None where it is missing or makes no sense. `now` is in seconds since the epoch.
    """
    text = header or ""
    try:
        # Fractions are not in the RFC, but some send them.
        seconds = float(text)
    except ValueError:
        try:
            date = parsedate_to_datetime(text)
        except ValueError:
            return None
        # A date that does not know its zone is in UTC, as all dates of HTTP are.
        date = date if date.tzinfo else date.replace(tzinfo=UTC)
        seconds = date.timestamp() - (time.time() if now is None else now)
    return max(0.0, seconds) if math.isfinite(seconds) else None
