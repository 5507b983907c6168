"""A tool that takes long is announced, in the language of the conversation."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pytest

from marvin.config.llm import ConversationTable
from marvin.config.tables import TurnConfig
from marvin.mind.memory import Memory
from marvin.mind.model_answer import ModelAnswer
from marvin.mind.tools.offered import Caller, ToolResult
from marvin.types import Notice, ReplyItem, Say, Tool
from tests.mind.tools.calling import ScriptedModel, call
from tests.virtual import in_virtual_time


@dataclass(frozen=True)
class Slow:
    takes_s: float
    tool: Tool = Tool("weather", "", {})  # noqa: RUF009 - it is frozen
    server: str = "weather"
    acts: bool = False
    confirms: bool = False
    outside: bool = False

    def wording(self, arguments: Mapping[str, object]) -> str:
        return "Shall I?"

    async def call(self, arguments: Mapping[str, object], caller: Caller) -> ToolResult:
        await asyncio.sleep(self.takes_s)
        return ToolResult("Rain.")


class OneTool:
    """A toolbox."""

    most = 5

    def __init__(self, tool: Slow) -> None:
        self._tool = tool

    async def tools(self, language: str, *, spoken: bool = True) -> Sequence[Slow]:
        return [self._tool]


@pytest.mark.parametrize(
    ("takes_s", "language", "spoken", "notices"),
    [
        (0.9, "en", True, []),
        (1.1, "en", True, ["One moment, I am asking weather."]),
        (5.0, "de", True, ["Einen Moment, ich frage weather."]),
        (5.0, "en", False, []),
    ],
)
def test_announced(takes_s: float, language: str, spoken: bool, notices: list[str]) -> None:
    items: list[ReplyItem] = []

    async def turn() -> None:
        memory = Memory(ConversationTable())
        model = ScriptedModel([call("weather")], ["Rain."])
        async with asyncio.TaskGroup() as tasks:
            answer = ModelAnswer(
                *(model, memory, tasks, TurnConfig()),
                about="why?",
                caller=Caller(memory.dialogue, language),
                toolbox=OneTool(Slow(takes_s)),
                spoken=spoken,
            )
            items.extend([item async for item in answer.items()])

    in_virtual_time(turn())
    assert items == [*map(Notice, notices), Say("Rain.")]
