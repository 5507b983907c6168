"""When to retry a busy server."""

from __future__ import annotations

import math
import time
from datetime import UTC
from email.utils import parsedate_to_datetime

BUSY = frozenset({429, 502, 503, 504})
"""Status codes worth a retry: too many requests, or a server that is overloaded or still loading
its model."""

_FIRST_PAUSE_S = 0.5
"""First pause without a Retry-After; doubled each time."""


def pause_s(tries: int, *asked_s: float | None) -> float:
    """Pause after `tries` attempts: the first given `asked_s`, otherwise exponential backoff.

    The caller must limit it: a server may ask for an hour.
    """
    for named in asked_s:
        if named is not None:
            return named
    return float(_FIRST_PAUSE_S * 2 ** (tries - 1))


def retry_after_s(header: str | None, now: float | None = None) -> float | None:
    """The Retry-After header, seconds or a date (RFC 9110, 10.2.3), in seconds.

    None if missing or invalid. `now` is in seconds since the epoch.
    """
    text = header or ""
    try:
        # Some servers send fractions, against the RFC.
        seconds = float(text)
    except ValueError:
        try:
            date = parsedate_to_datetime(text)
        except ValueError:
            return None
        # HTTP dates are in UTC.
        date = date if date.tzinfo else date.replace(tzinfo=UTC)
        seconds = date.timestamp() - (time.time() if now is None else now)
    return max(0.0, seconds) if math.isfinite(seconds) else None
