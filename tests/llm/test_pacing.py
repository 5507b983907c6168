"""Time limits for the words of a language model."""

import asyncio
from collections.abc import AsyncGenerator

import pytest

from marvin.errors import LanguageModelError
from marvin.llm.pacing import SilentError, paced
from tests.virtual import in_virtual_time

FOR_EVER = asyncio.Event


async def written(*deltas: str, hang: bool = False) -> AsyncGenerator[str]:
    for delta in deltas:
        yield delta
    if hang:
        await asyncio.Event().wait()


def pace(
    deltas: AsyncGenerator[str], *, first_token_s: float = 9.0, answer_s: float = 9.0
) -> AsyncGenerator[str]:
    return paced(deltas, name="tiny", first_token_s=first_token_s, answer_s=answer_s)


async def test_words_in_time_pass() -> None:
    assert [delta async for delta in pace(written("", "a", " b"))] == ["", "a", " b"]


def test_a_model_that_shows_that_it_is_at_work_gets_the_time_it_needs() -> None:
    async def slow() -> AsyncGenerator[str]:
        for _ in range(6):
            await asyncio.sleep(3.0)
            yield ""
        yield "a"

    async def read() -> None:
        paced_slow = paced(slow(), name="tiny", first_token_s=8.0, answer_s=60.0)
        assert "".join([delta async for delta in paced_slow]) == "a"
        late = paced(slow(), name="tiny", first_token_s=8.0, answer_s=10.0)
        with pytest.raises(SilentError, match="tiny wrote no words in 10 s"):
            [delta async for delta in late]

    in_virtual_time(read())


@pytest.mark.parametrize("first_token_s", [0.01, 9.0])
async def test_no_words_in_time_is_an_error(first_token_s: float) -> None:
    limit = min(first_token_s, 0.02)
    deltas = pace(written(" ", hang=True), first_token_s=first_token_s, answer_s=0.02)
    assert await anext(deltas) == " "
    with pytest.raises(SilentError, match=f"tiny wrote no words in {limit} s") as error:
        await anext(deltas)
    assert error.value.late


async def test_answer_without_words_is_an_error() -> None:
    with pytest.raises(SilentError, match="tiny answered nothing") as error:
        [delta async for delta in pace(written(" ", "\n"))]
    assert not error.value.late


async def test_stall_after_words_is_an_error() -> None:
    deltas = pace(written("a", hang=True), first_token_s=0.02)
    assert await anext(deltas) == "a"
    with pytest.raises(LanguageModelError, match=r"tiny stopped in the middle for 0\.02 s"):
        await anext(deltas)


async def test_answer_that_takes_too_long_ends_with_what_arrived() -> None:
    deltas = pace(written("a", hang=True), answer_s=0.02)
    assert [delta async for delta in deltas] == ["a"]


async def test_reader_may_be_slow() -> None:
    read = []
    async for delta in pace(written(*"abc"), first_token_s=0.01, answer_s=0.01):
        read.append(delta)
        await asyncio.sleep(0.02)
    assert read == ["a", "b", "c"]


async def test_reader_that_stops_closes_the_writer() -> None:
    writer = written("a", hang=True)
    deltas = pace(writer)
    await anext(deltas)
    await deltas.aclose()
    with pytest.raises(StopAsyncIteration):
        await anext(writer)
