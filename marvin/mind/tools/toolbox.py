"""All that a language model can call."""

import asyncio
import logging
import os
from collections.abc import AsyncGenerator, Callable, Collection, Sequence
from contextlib import asynccontextmanager
from itertools import chain, count
from pathlib import Path

from marvin.config.llm import takes_tools
from marvin.config.tables import Config
from marvin.config.tools import ToolsConfig
from marvin.engines.engine_set import EngineSet
from marvin.errors import StageError
from marvin.events import EngineNotice, Event
from marvin.mind.outside import lists_of_others
from marvin.mind.tools.mcp_server import McpServer
from marvin.mind.tools.offered import OfferedTool
from marvin.mind.tools.skill_offer import SkillOffer

_LOGGER = logging.getLogger(__name__)

_MOST_TOOLS = 100
_SPEAKER_WAITS_S, _TYPIST_WAITS_S = 2.0, 5.0
"""For the first connection, from its begin; with `marvin ask` that is when it is wanted."""


class Toolbox:
    def __init__(self, skills: SkillOffer, servers: Sequence[McpServer], most: int) -> None:
        self._skills = skills
        self.servers = servers
        self.most = most
        """Calls in a turn."""

    @property
    def reaches_out(self) -> bool:
        """Whether it can do more than the skills."""
        return bool(self.servers)

    async def tools(self, language: str, *, spoken: bool = True) -> Sequence[OfferedTool]:
        """Those of the skills, and of the servers that are connected. Servers that are still being
        started are waited for, shortly if a speaker waits."""
        wait_s = _SPEAKER_WAITS_S if spoken else _TYPIST_WAITS_S
        await asyncio.gather(*(server.tools(wait_s) for server in self.servers))
        offered: list[OfferedTool] = []
        try:
            offered += await self._skills.tools(language)
        except StageError as error:
            _LOGGER.warning("the skills are not offered to the language model: %s", error)
        names = {one.tool.name for one in offered}
        for server in self.servers:
            for tool in await server.tools():
                # Cleaned names may be equal; none hides another, which may need a yes.
                name = _unused(tool.tool.name, names)
                names.add(name)
                offered.append(tool if name == tool.tool.name else tool.with_name(name))
        return offered[:_MOST_TOOLS]


def _unused(name: str, names: Collection[str]) -> str:
    numbered = (f"{name[:60]}_{number}" for number in count(2))
    return next(one for one in chain([name], numbered) if one not in names)


@asynccontextmanager
async def running(toolbox: Toolbox | None, *, ahead: bool = True) -> AsyncGenerator[None]:
    """Connect to its servers, in the background if `ahead`, else when tools are wanted; their
    programs end with it."""
    servers = toolbox.servers if toolbox else ()
    try:
        for server in servers if ahead else ():
            server.begin()
        yield
    finally:
        await asyncio.gather(*(server.close() for server in servers))


def toolbox_of(
    engines: EngineSet, config: Config, report: Callable[[Event], None]
) -> Toolbox | None:
    """What the configured language models may call; None if none of them takes tools."""
    if not any(takes_tools(table) for _, table in config.llm.with_fallbacks("llm")):
        return None

    def notify(message: str) -> None:
        _LOGGER.info("%s", message)
        report(EngineNotice("tools", message))

    folder = tools_folder(config.tools)
    skills = SkillOffer(
        engines.skills,
        lambda: engines.skillset,
        [name for name in config.tools.skills if name != "notes" or config.skills.notes],
        config.turn.answer_s,
        lists_of_others(config.home_assistant),
    )
    servers = [
        McpServer(name, table, folder, notify=notify) for name, table in config.tools.mcp.items()
    ]
    return Toolbox(skills, servers, config.tools.most)


def tools_folder(config: ToolsConfig) -> Path:
    if config.folder is not None:
        return config.folder.expanduser()
    home = os.environ.get("XDG_DATA_HOME", "")
    base = Path(home) if Path(home).is_absolute() else Path.home() / ".local" / "share"
    return base / "marvin" / "tools"
