"""Marvin's own words before a language model's."""

from collections.abc import AsyncIterator, Callable

from marvin.types import Notice


async def notices_first(
    deltas: AsyncIterator[str], cut: Callable[[AsyncIterator[str]], AsyncIterator[str]]
) -> AsyncIterator[str]:
    """Pass on each Notice at once, then what `cut` makes of the text after it.

    A notice must be heard while the next language model is still thinking.
    """
    async for delta in deltas:
        if isinstance(delta, Notice):
            yield delta
        else:
            async for sentence in cut(_again(delta, deltas)):
                yield sentence


async def _again(first: str, rest: AsyncIterator[str]) -> AsyncIterator[str]:
    yield first
    async for delta in rest:
        yield delta
