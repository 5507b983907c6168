"""Tickets that admit one websocket each, soon after they were issued."""

import secrets
import time
from collections.abc import Callable

_VALID_S = 30.0
_MOST = 64
"""Tickets not redeemed; beyond that the oldest are void."""


class Tickets:
    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._issued: dict[str, float] = {}
        """When each was issued, the oldest first."""

    def issue(self) -> str:
        while len(self._issued) >= _MOST:
            del self._issued[next(iter(self._issued))]
        ticket = secrets.token_urlsafe(24)
        self._issued[ticket] = self._clock()
        return ticket

    def redeem(self, ticket: str) -> bool:
        """Whether it is valid; it no longer is."""
        issued_at = self._issued.pop(ticket, None)
        return issued_at is not None and self._clock() - issued_at <= _VALID_S
