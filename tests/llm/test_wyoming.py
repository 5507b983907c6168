"""Answers by a conversation agent on a Wyoming server."""
# ruff: noqa: TID253

import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing
from typing import Any

import pytest
from wyoming.event import Eventable
from wyoming.handle import Handled, HandledChunk, HandledStart, HandledStop, NotHandled
from wyoming.info import Info

from marvin.config.llm import WyomingAgentConfig
from marvin.errors import LanguageModelError
from marvin.llm.wyoming_agent import WyomingAgent
from marvin.types import Message
from tests.backends.wyoming.faults import FAULTS, SAID
from tests.wyoming_service import WyomingService

QUESTION = Message("user", "Who was Ada?")
ANSWER = "She wrote programs."
STREAMED = (HandledStart(), HandledChunk("She wrote"), HandledChunk(" programs."))


def agent(at: WyomingService, **keys: Any) -> WyomingAgent:
    return WyomingAgent.load(WyomingAgentConfig(url=at.url, **keys))


async def asked(agent: WyomingAgent, *messages: Message) -> str:
    found: AsyncIterator[str] = agent.reply(messages or (QUESTION,))
    return "".join([delta async for delta in found])


@pytest.mark.parametrize(
    "answer",
    [
        (Handled(ANSWER),),
        (NotHandled(ANSWER),),
        (*STREAMED, Handled(ANSWER), HandledStop()),
        (*STREAMED, HandledStop()),
        (Handled("\x1b[31mShe wrote\x07 programs."),),
    ],
)
async def test_answer_comes_whole_or_streamed(answer: Sequence[Eventable]) -> None:
    with WyomingService(Info(), {"transcript": answer}) as at:
        assert await asked(agent(at, language="en")) == ANSWER
        assert at.events[0].data["text"] == QUESTION.text
        assert at.events[0].data["language"] == "en"


async def test_conversation_goes_on_until_it_is_forgotten() -> None:
    system, answer = Message("system", "You are Marvin."), Message("assistant", ANSWER)
    with WyomingService(Info(), {"transcript": (Handled(ANSWER),)}) as at:
        one = agent(at)
        await asked(one, system, QUESTION)
        await asked(one, system, QUESTION, answer, Message("user", "When?"))
        await asked(one, system, QUESTION)
        names = [event.data["context"]["conversation_id"] for event in at.of("transcript")]
        assert [event.data["text"] for event in at.of("transcript")][1] == "When?"
    assert names[0] == names[1] != names[2]


async def test_answer_that_is_not_wanted_hangs_up() -> None:
    with WyomingService(Info(), {"transcript": STREAMED}) as at:
        async with aclosing(agent(at).reply((QUESTION,))) as deltas:
            assert await anext(deltas) == "She wrote"
            at.closed.clear()
        at.wait(at.closed.is_set)


@pytest.mark.parametrize(("sent", "message"), FAULTS)
async def test_fault_names_the_key_and_says_what_to_do(
    caplog: pytest.LogCaptureFixture, sent: Sequence[Eventable | bytes | str], message: str
) -> None:
    caplog.set_level(logging.INFO)
    with WyomingService(Info(), {"transcript": sent}) as at:
        with pytest.raises(LanguageModelError, match=f"^{message.format(t='llm')}") as raised:
            await asked(agent(at))
        assert SAID not in str(raised.value) + caplog.text


@pytest.mark.parametrize(
    ("sent", "message"),
    [
        ((), r"the server at \S+ wrote no words in 0\.05 s"),
        (STREAMED, r"the server at \S+ stopped in the middle for 0\.05 s"),
        ((Handled(),), r"the server at \S+ answered nothing"),
        ((Handled("x" * 20_001),), r"llm\.url: \S+ sent an endless answer instead of an answer"),
        ((HandledChunk("x" * 9_999),) * 3, r"llm\.url: \S+ sent an endless answer instead of an"),
    ],
)
async def test_useless_answer_is_an_error(sent: Sequence[Eventable], message: str) -> None:
    with (
        WyomingService(Info(), {"transcript": sent}) as at,
        pytest.raises(LanguageModelError, match=message),
    ):
        await asked(agent(at, first_token_s=0.05))


async def test_server_that_is_down_is_named() -> None:
    one = WyomingAgent.load(WyomingAgentConfig(url="tcp://127.0.0.1:9"))
    with pytest.raises(LanguageModelError, match=r"^llm\.url: nothing answers at tcp://127\.0\."):
        await asked(one)
