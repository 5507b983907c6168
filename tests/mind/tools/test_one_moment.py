"""A tool that takes long is announced, in the language of the conversation."""

import asyncio
from collections.abc import AsyncGenerator, Sequence

import pytest

from marvin.config.llm import ConversationTable
from marvin.config.tables import TurnConfig
from marvin.events import ToolUsed
from marvin.mind.memory import Memory
from marvin.mind.model_answer import ModelAnswer
from marvin.mind.tools.offered import Caller
from marvin.types import Message, Notice, ReplyItem, Say, Tool
from tests.mind.tools.calling import OneTool, ScriptedModel, ServerTool, call
from tests.virtual import in_virtual_time


class Stuck(ScriptedModel):
    """Calls a tool and never ends."""

    async def reply_with_tools(
        self, messages: Sequence[Message], tools: Sequence[Tool]
    ) -> AsyncGenerator[str]:
        yield call("weather")
        await asyncio.sleep(1_000)


def weather(takes_s: float) -> ServerTool:
    return ServerTool("weather", "Rain.", takes_s)


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
    model = ScriptedModel([call("weather")], ["Rain."])
    items = answered(model, weather(takes_s), language=language, spoken=spoken)
    assert items == [*map(Notice, notices), Say("Rain.")]


@pytest.mark.parametrize(("spoken", "notices"), [(True, ["One moment."]), (False, [])])
def test_stuck_model_does_not_keep_a_refusal(spoken: bool, notices: list[str]) -> None:
    items = answered(Stuck(), weather(0.0), spoken=spoken, replaces_refusal=True)
    assert items == [*map(Notice, notices)]


def answered(
    model: ScriptedModel,
    tool: ServerTool,
    *,
    language: str = "en",
    spoken: bool = True,
    replaces_refusal: bool = False,
) -> list[ReplyItem]:
    items: list[ReplyItem] = []

    async def turn() -> None:
        memory = Memory(ConversationTable())
        async with asyncio.TaskGroup() as tasks:
            answer = ModelAnswer(
                *(model, memory, tasks, TurnConfig()),
                about="why?",
                caller=Caller(memory.dialogue, language),
                toolbox=OneTool(tool),
                spoken=spoken,
                replaces_refusal=replaces_refusal,
            )
            found = [item async for item in answer.items()]
            items.extend(item for item in found if not isinstance(item, ToolUsed))
            assert asyncio.get_running_loop().time() < 20.0

    in_virtual_time(turn())
    return items
