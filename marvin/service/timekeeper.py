"""Rings timers when they are due."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from marvin.audio import chime
from marvin.skills.timers.timer import Timer, announcement
from marvin.skills.timers.timer_set import Timers
from marvin.types import AudioChunk

_LOOK_AGAIN_S = 2.0
"""Polling interval: the loop's clock stops during suspend, and clock changes go unnoticed."""
_REST_S = 3.0
"""Pause between rings, for the user to speak."""


class Ring(Protocol):
    """Plays a sound, speaks a text, then waits for `rest_s`."""

    async def __call__(self, sound: AudioChunk, text: str, rest_s: float) -> bool:
        """Returns whether the user has stopped it."""


@dataclass(slots=True)
class _Ringing:
    """A timer that is ringing."""

    text: str
    since: datetime


async def ring_timers(timers: Timers, ring: Ring, ring_s: float) -> None:
    """Ring each due timer until the user stops it or `ring_s` has passed. Runs forever."""
    loop = asyncio.get_running_loop()
    changed = asyncio.Event()

    def on_change() -> None:
        loop.call_soon_threadsafe(changed.set)

    timers.on_change(on_change)
    ringing: dict[int, _Ringing] = {}
    try:
        while True:
            changed.clear()
            timers.follow_wall_clock()
            if due := timers.due(timers.clock()):
                await _ring_each(due, ringing, timers, ring, ring_s)
                continue
            ringing.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(_wait_s(timers)):
                    await changed.wait()
    finally:
        timers.forget(on_change)


async def _ring_each(
    due: Sequence[Timer],
    ringing: dict[int, _Ringing],
    timers: Timers,
    ring: Ring,
    ring_s: float,
) -> None:
    """Ring each due timer once. A timer ends only after it was heard, so one cut off by shutdown
    rings again after the next start."""
    for timer in due:
        text = (
            ringing[timer.id].text if timer.id in ringing else announcement(timer, timers.clock())
        )
        hushed = await ring(chime.timer(), text, _REST_S)
        known = ringing.setdefault(timer.id, _Ringing(text, timers.clock()))
        if hushed:
            timers.cancel([one for one in due if one.id in ringing])
            return
        if (timers.clock() - known.since).total_seconds() >= ring_s:
            timers.cancel([timer])


def _wait_s(timers: Timers) -> float | None:
    """Seconds until the next timer may be due; None without timers."""
    due = timers.next_due()
    if due is None:
        return None
    return min(_LOOK_AGAIN_S, max((due - timers.clock()).total_seconds(), 0.0))
