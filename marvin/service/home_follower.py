"""The user's Home Assistant: what the mind asks, and its names, which are kept up to date."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from pathlib import Path

from marvin.backends.home_assistant.home_names import HomeNames, read_names, save_names
from marvin.backends.home_assistant.home_server import HomeAssistantServer
from marvin.backends.home_assistant.names_fetching import EXTRA, fetch_names
from marvin.config.tables import Config
from marvin.engines.engine_set import EngineSet
from marvin.engines.registry import names_file
from marvin.errors import MarvinError
from marvin.mind.home import Home

_LOGGER = logging.getLogger(__name__)

_RENEW_S = 600.0
_RETRY_S, _LONGEST_RETRY_S = 15.0, 600.0


def home_of(config: Config, notify: Callable[[str, str], None]) -> Home | None:
    """None if there is none. Raises ConfigError."""
    table = config.home_assistant
    if table.url is None:
        return None
    server = HomeAssistantServer(table)
    return Home(server, table, lambda message: notify("home_assistant", message))


async def follow_names(
    config: Config,
    engines: EngineSet,
    *,
    once: bool = False,
    sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
) -> None:
    """Learn the names of the home, and again whenever they change; if there are none, return.
    `once`: try only once."""
    table = config.home_assistant
    if table.url is None or not table.names:
        return
    server, file = HomeAssistantServer(table), names_file(config)
    known = read_names(file)
    told, wait_s, retry_s = False, _RENEW_S, _RETRY_S
    await engines.loaded()
    while True:
        try:
            names = await fetch_names(server)
            if names != known:
                await engines.learn_names(names)
                await asyncio.to_thread(_save, file, names)
                known = names
                _LOGGER.info("learned %d names from %s", len(names.all()), server.name)
            told, wait_s, retry_s = False, _RENEW_S, _RETRY_S
        except ImportError:
            engines.notify("home_assistant", EXTRA)
            return
        except MarvinError as error:
            if not told:
                engines.notify("home_assistant", str(error))
            told, wait_s, retry_s = True, retry_s, min(2 * retry_s, _LONGEST_RETRY_S)
        if once:
            return
        await sleep(wait_s)


def _save(file: Path, names: HomeNames) -> None:
    try:
        save_names(file, names)
    except OSError as error:
        _LOGGER.warning("%s cannot be written (%s)", file, error.strerror)
