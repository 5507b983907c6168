"""Rings the timers."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import UTC, datetime

from marvin.audio import chime
from marvin.skills.timers import Timers, announcement
from marvin.types import AudioChunk

_LOOK_AGAIN_S = 30.0
"""The loop's clock stands still while a laptop sleeps: look at the wall clock so often."""


async def ring_timers(
    timers: Timers, announce: Callable[[AudioChunk, str], Awaitable[object]]
) -> None:
    """Announce each timer when it is due, for ever."""
    loop = asyncio.get_running_loop()
    changed = asyncio.Event()

    def on_change() -> None:
        loop.call_soon_threadsafe(changed.set)

    timers.on_change(on_change)
    while True:
        changed.clear()
        for timer in timers.due(datetime.now(UTC)):
            await announce(chime.timer(), announcement(timer, datetime.now(UTC)))
            # Only now: a timer that is not heard because the process ends rings in the next one.
            timers.cancel([timer])
        due = timers.next_due()
        wait_s = _LOOK_AGAIN_S
        if due is not None:
            wait_s = min(wait_s, max((due - datetime.now(UTC)).total_seconds(), 0.0))
        with suppress(TimeoutError):
            async with asyncio.timeout(wait_s):
                await changed.wait()
