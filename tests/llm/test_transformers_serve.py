"""The chat engine against a real server: `transformers serve` with a tiny model that knows two
answers.
"""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from marvin.config.llm import ChatConfig
from marvin.errors import LanguageModelError
from marvin.llm.chat.chat import ChatLanguageModel
from marvin.types import Message
from tests.checkpoints.chat import make_talkative
from tests.transformers_server import serving

PAIRS = [
    ("Why is the sky blue?", "Blue light scatters most. That is why."),
    ("Who are you?", "I am Marvin, a robot with a brain the size of a planet."),
]


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_talkative(tmp_path_factory.mktemp("talkative"), PAIRS, rounds=80)


@pytest.fixture(scope="module")
def address(checkpoint: Path) -> Iterator[str]:
    with serving(checkpoint) as address:
        yield address


@pytest.fixture
def model(address: str, checkpoint: Path) -> ChatLanguageModel:
    config = ChatConfig(base_url=f"{address}/v1", model=str(checkpoint), first_token_s=60)
    return ChatLanguageModel.load(config)


async def ask(model: ChatLanguageModel, *texts: str) -> list[str]:
    """The deltas of the answer to the last text; the others are the conversation so far."""
    roles = ("user", "assistant")
    messages = [Message(roles[at % 2], text) for at, text in enumerate(texts)]
    return [delta async for delta in model.reply(messages)]


@pytest.mark.parametrize(("question", "expected"), PAIRS)
async def test_answers_arrive_complete_and_word_by_word(
    model: ChatLanguageModel, question: str, expected: str
) -> None:
    deltas = await ask(model, question)
    assert "".join(deltas) == expected
    assert len(deltas) > 5


async def test_it_remembers_what_was_said_before(model: ChatLanguageModel) -> None:
    (first, answered), (second, expected) = PAIRS
    assert "".join(await ask(model, first, answered, second)) == expected


async def test_server_respects_the_maximum_length(address: str, checkpoint: Path) -> None:
    config = ChatConfig(
        base_url=address, model=str(checkpoint), first_token_s=60, max_tokens=3
    )  # An address without /v1 works.
    text = "".join(await ask(ChatLanguageModel.load(config), PAIRS[0][0]))
    assert text
    assert PAIRS[0][1].startswith(text)
    assert text != PAIRS[0][1]


async def test_next_question_works_after_a_cancelled_one(
    model: ChatLanguageModel,
) -> None:
    question, expected = PAIRS[1]
    deltas = model.reply([Message("user", question)])
    assert expected.startswith(await anext(deltas))
    await deltas.aclose()
    task = asyncio.create_task(ask(model, question))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert "".join(await ask(model, question)) == expected


async def test_model_that_is_not_served_is_named(address: str) -> None:
    config = ChatConfig(base_url=f"{address}/v1", model="org/none", first_token_s=60)
    with pytest.raises(LanguageModelError, match=r"llm.model 'org/none': check .* \(400\)$"):
        await ask(ChatLanguageModel.load(config), PAIRS[0][0])


async def test_unknown_path_is_named(address: str, checkpoint: Path) -> None:
    config = ChatConfig(base_url=f"{address}/api", model=str(checkpoint), first_token_s=60)
    with pytest.raises(LanguageModelError, match="has no path /api/v1/chat/completions"):
        await ask(ChatLanguageModel.load(config), PAIRS[0][0])
