"""Rings timers and alarms when they are due."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from marvin.audio import chime
from marvin.config.tables import SkillsConfig
from marvin.languages.translation import speaking_in, worded
from marvin.skills.agenda import Agenda
from marvin.skills.alarms import alarm
from marvin.skills.timers import timer
from marvin.types import AudioChunk

_LOOK_AGAIN_S = 2.0
"""Polling interval: the loop's clock stops during suspend, and clock changes go unnoticed."""
_REST_S = 3.0
"""Pause between rings, for the user to speak."""


class Ring(Protocol):
    """Plays a sound, speaks a text, then waits for `rest_s`."""

    async def __call__(self, sound: AudioChunk, text: str, rest_s: float) -> bool:
        """Returns whether the user has stopped it."""


@dataclass(frozen=True, slots=True)
class _Due:
    """A timer, or all alarms that are due."""

    key: object
    text: str
    limit_s: float
    sound: Callable[[int], AudioChunk]
    """Of the next ring, by the number of rings before."""
    end: Callable[[], None]


@dataclass(slots=True)
class _Ringing:
    """What has rung and goes on."""

    text: str
    since: datetime
    rings: int = 0


async def ring_agenda(
    agenda: Agenda,
    ring: Ring,
    config: SkillsConfig,
    language: Callable[[], str] = lambda: "en",
) -> None:
    """Ring what is due until the user stops it or its limit has passed. Runs forever.

    `language`: the code of the conversation's language.
    """
    loop = asyncio.get_running_loop()
    changed = asyncio.Event()

    def on_change() -> None:
        loop.call_soon_threadsafe(changed.set)

    parts = (agenda.timers, agenda.alarms)
    for part in parts:
        part.on_change(on_change)
    ringing: dict[object, _Ringing] = {}
    try:
        if agenda.store.notice:
            text, agenda.store.notice = agenda.store.notice, ""
            with speaking_in(language()):
                text = worded(text)
            await ring(chime.timer(), text, 0.0)
        while True:
            changed.clear()
            agenda.timers.follow_wall_clock()
            agenda.alarms.follow_wall_clock()
            await _tell_missed(agenda, ring, config, language())
            if due := _due(agenda, config, language()):
                await _ring_each(due, ringing, agenda, ring)
                continue
            ringing.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(_wait_s(agenda)):
                    await changed.wait()
    finally:
        for part in parts:
            part.forget(on_change)


async def _tell_missed(agenda: Agenda, ring: Ring, config: SkillsConfig, language: str) -> None:
    if missed := agenda.alarms.missed():
        with speaking_in(language):
            text = alarm.missed(missed, agenda.alarms.clock, config.clock)
        await ring(chime.timer(), text, 0.0)
        agenda.alarms.end(missed, rang=False)


def _due(agenda: Agenda, config: SkillsConfig, language: str) -> list[_Due]:
    timers, alarms = agenda.timers, agenda.alarms
    with speaking_in(language):
        due = [
            _Due(
                one.id,
                timer.announcement(one, timers.clock()),
                config.ring_s,
                lambda rings: chime.timer(),
                lambda one=one: timers.cancel([one]),  # type: ignore[misc]
            )
            for one in timers.due(timers.clock())
        ]
        if now := alarms.due():
            key = tuple(one.id for one in now)
            text = alarm.announcement(now, config.clock)
            due.append(_Due(key, text, config.alarm_s, chime.alarm, lambda: alarms.end(now)))
    return due


async def _ring_each(
    due: Sequence[_Due], ringing: dict[object, _Ringing], agenda: Agenda, ring: Ring
) -> None:
    """Ring each once. What is due ends only after it was heard, so that what was cut off by
    shutdown rings again after the next start."""
    for one in due:
        known = ringing.get(one.key)
        sound = one.sound(known.rings if known else 0)
        hushed = await ring(sound, known.text if known else one.text, _REST_S)
        known = ringing.setdefault(one.key, _Ringing(one.text, agenda.timers.clock()))
        known.rings += 1
        if hushed:
            for heard in due:
                if heard.key in ringing:
                    heard.end()
            return
        if (agenda.timers.clock() - known.since).total_seconds() >= one.limit_s:
            one.end()


def _wait_s(agenda: Agenda) -> float | None:
    """Seconds until something may be due; None without timers and alarms."""
    timer_due, alarm_due = agenda.timers.next_due(), agenda.alarms.next_due()
    left = [(timer_due - agenda.timers.clock()).total_seconds()] if timer_due else []
    left += [(alarm_due - agenda.alarms.clock.now()).total_seconds()] if alarm_due else []
    return min(_LOOK_AGAIN_S, max(min(left), 0.0)) if left else None
