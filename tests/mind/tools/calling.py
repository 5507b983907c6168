"""A mind with tools, a language model that follows a script, and a user who types to it."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from marvin.config.llm import ConversationTable
from marvin.config.tables import CommandConfig, SkillsConfig, TurnConfig
from marvin.dialogue import Dialogue
from marvin.engines.workers.worker import Worker
from marvin.events import ToolUsed
from marvin.mind.memory import Memory
from marvin.mind.mind import Mind
from marvin.mind.tools.mcp_server import McpServer
from marvin.mind.tools.offered import Caller, ToolResult
from marvin.mind.tools.skill_offer import SkillOffer
from marvin.mind.tools.toolbox import Toolbox, running
from marvin.protocols import Skills
from marvin.skills.skillset import Skillset
from marvin.types import Act, Ask, Message, ReplyItem, Say, Tool, ToolCall
from tests.fakes import FakeTranscriber

LIMIT_S = 120.0
SKILLS = SkillsConfig(
    lists={"lamp": ("bed light",)},
    commands=(
        CommandConfig(sentences=("dim the {lamp}",), say="Dimmed."),
        CommandConfig(sentences=("read my post",), run=("echo", "call demo_unlock")),
    ),
)


def call(name: str, arguments: str = "{}", id: str = "a") -> ToolCall:
    return ToolCall(name, arguments, id)


@dataclass(frozen=True)
class ServerTool:
    """A tool of a server."""

    name: str
    result: str
    takes_s: float = 0.0
    server: str = "weather"
    acts: bool = False
    confirms: bool = False
    outside: bool = False

    @property
    def tool(self) -> Tool:
        return Tool(self.name, "", {})

    def wording(self, arguments: Mapping[str, object]) -> str:
        return "Shall I?"

    async def call(self, arguments: Mapping[str, object], caller: Caller) -> ToolResult:
        await asyncio.sleep(self.takes_s)
        return ToolResult(self.result)


@dataclass(frozen=True)
class OneTool:
    """A toolbox."""

    only: ServerTool
    most: int = 5
    reaches_out: bool = True

    async def tools(self, language: str, *, spoken: bool = True) -> Sequence[ServerTool]:
        return [self.only]


class ScriptedModel:
    """Writes the next round each time it is asked. Keeps what it was asked."""

    def __init__(self, *rounds: Sequence[str]) -> None:
        self.follow(*rounds)
        self.asked: list[Sequence[Message]] = []
        self.offered: list[Sequence[Tool]] = []

    def follow(self, *rounds: Sequence[str]) -> None:
        self._rounds = list(rounds)

    def warm(self) -> None: ...

    def reply(self, messages: Sequence[Message]) -> AsyncGenerator[str]:
        return self.reply_with_tools(messages, ())

    async def reply_with_tools(
        self, messages: Sequence[Message], tools: Sequence[Tool]
    ) -> AsyncGenerator[str]:
        self.asked.append(list(messages))
        self.offered.append(tools)
        for delta in self._rounds.pop(0) if self._rounds else ():
            yield delta

    @property
    def results(self) -> list[str]:
        """What the model was told of its calls."""
        return [one.text for one in self.asked[-1] if one.role == "tool"]


@dataclass(slots=True)
class Room:
    mind: Mind
    memory: Memory
    model: ScriptedModel
    tasks: asyncio.TaskGroup
    acts: list[ReplyItem] = field(default_factory=list)
    used: list[ToolUsed] = field(default_factory=list)

    async def says(self, text: str) -> list[ReplyItem]:
        response = self.mind.respond(text, self.memory, self.tasks)
        items = []
        async for item in response.items():
            if isinstance(item, ToolUsed):
                self.used.append(item)
            else:
                items.append(item)
        spoken = [item.text for item in items if isinstance(item, Say)]
        self.acts += [item for item in items if isinstance(item, Act)]
        self.memory.answered(text, " ".join(spoken))
        return items

    async def hears(self, text: str) -> str:
        """The reply as one text."""
        items = await self.says(text)
        return " ".join(item.text for item in items if isinstance(item, Say | Ask | str))


_SKILLSETS: dict[str, Skillset] = {}


def skillset() -> Skillset:
    """Loaded once: it is the same for all tests."""
    if "en" not in _SKILLSETS:
        _SKILLSETS["en"] = Skillset.load(SKILLS)
    return _SKILLSETS["en"]


@asynccontextmanager
async def room(
    *rounds: Sequence[str],
    servers: Sequence[McpServer] = (),
    most: int = 5,
    offered: Sequence[str] = ("timers", "volume", "time", "own"),
    settings: Mapping[str, object] | None = None,
) -> AsyncIterator[Room]:
    model = ScriptedModel(*rounds)
    skills: Worker[Skills] = Worker("skills", lambda _: skillset())
    toolbox = Toolbox(SkillOffer(skills, skillset, offered, LIMIT_S), servers, most)
    mind = Mind(
        Worker("stt", lambda _: FakeTranscriber("")),
        skills,
        model,
        TurnConfig.model_validate(settings or {}),
        toolbox=toolbox,
    )
    memory = Memory(ConversationTable())
    memory.dialogue = Dialogue()
    await skills.start()
    try:
        async with running(toolbox):
            for server in servers:
                await server.settled()
            async with asyncio.TaskGroup() as tasks:
                yield Room(mind, memory, model, tasks)
    finally:
        await skills.stop(1.0)
        timers = skillset().agenda.timers
        timers.cancel(timers.all())
