"""Questions for the chat engine's tests, and the format of a chat server's answers."""

import time
from typing import Any

from marvin.config.llm import ChatConfig
from marvin.llm.chat.chat import ChatLanguageModel
from marvin.types import Message
from tests.faulty_server import Answer, FaultyServer

QUESTION = [Message("system", "Be brief."), Message("user", "What is the capital of France?")]


def delta(content: object = None, **more: object) -> dict[str, object]:
    """A stream event with a piece of text."""
    return {"choices": [{"index": 0, "delta": {"content": content, **more}}]}


PARIS = Answer.events(delta("", role="assistant"), delta("It is "), delta("Paris."))


def chat(server: FaultyServer, **keys: Any) -> ChatLanguageModel:
    """A model on that server."""
    return ChatLanguageModel.load(ChatConfig(base_url=f"{server.url}/v1", **keys))


async def answer(model: ChatLanguageModel) -> str:
    """The whole answer to the question."""
    return "".join([text async for text in model.reply(QUESTION)])


class Sleeper:
    """Records sleeps instead of sleeping."""

    def __init__(self) -> None:
        self.slept: list[float] = []

    async def __call__(self, seconds: float) -> None:
        self.slept.append(seconds)


def patient(server: FaultyServer, sleeper: Sleeper, **keys: Any) -> ChatLanguageModel:
    """A model that only records its waits; the time is 2026-11-21 17:00:00 UTC."""
    config = ChatConfig(base_url=f"{server.url}/v1", **keys)
    return ChatLanguageModel(config, sleep=sleeper, now=lambda: 1_795_280_400.0)


def now_is(epoch_s: float) -> str:
    """The current time, as HTTP writes it."""
    return time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime(epoch_s))
