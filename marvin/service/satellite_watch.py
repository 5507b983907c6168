"""Looks for the Marvin whose satellite this is, and says when it is away."""

import asyncio
from collections.abc import Awaitable, Callable

from marvin.audio import chime
from marvin.backends.wyoming.wyoming_connection import (
    WyomingFaultError,
    WyomingWording,
    connected,
)
from marvin.config.llm import WyomingAgentConfig
from marvin.config.tables import Config
from marvin.engines.engine_set import EngineSet
from marvin.events import Event, ServerBack, ServerLost
from marvin.languages.translation import speaking_in, tr
from marvin.service.timekeeper import Ring

_STAGE = "satellite"
_LOOK_S, _RETRY_S = 60.0, 5.0
"""Pause while it answers, and while it does not."""
_MISSES = 2
"""In a row, until it is lost: a machine that is busy may miss one."""
_ANSWER_S = 10.0


async def follow_other_marvin(
    config: Config,
    engines: EngineSet,
    report: Callable[[Event], None],
    ring: Ring,
    *,
    sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
) -> None:
    """Report when it is lost and when it is back; returns if this is no satellite. `ring` tells the
    room if it is away from the start: later, the first question does."""
    url = other_marvin(config)
    if not url:
        return
    await engines.loaded()
    clock = asyncio.get_running_loop().time
    lost_s: float | None = None
    misses, found = 0, False
    while True:
        if await _answers(url):
            if lost_s is not None:
                report(ServerBack(_STAGE, url, clock() - lost_s))
            misses, found, lost_s = 0, True, None
        else:
            misses += 1
        if misses == _MISSES:
            lost_s = clock()
            message = f"nothing answers at {url}: start `marvin serve --wyoming` there"
            report(ServerLost(_STAGE, url, message))
            if not found:
                with speaking_in(config.languages[0]):
                    text = tr("The other Marvin does not answer.")
                # The voice may be there, too; the tone is not.
                await ring(chime.error(), text, 0.0)
        await sleep(_RETRY_S if misses else _LOOK_S)


def other_marvin(config: Config) -> str:
    """Its address; empty if this is no satellite."""
    agent = config.llm
    same = isinstance(agent, WyomingAgentConfig) and agent.url == getattr(config.stt, "url", None)
    return agent.url if isinstance(agent, WyomingAgentConfig) and same else ""


async def _answers(url: str) -> bool:
    try:
        async with (
            asyncio.timeout(_ANSWER_S),
            connected(WyomingWording(_STAGE, url, "what it is")) as connection,
        ):
            await connection.describe()
    except (WyomingFaultError, TimeoutError):
        return False
    return True
