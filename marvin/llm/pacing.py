"""A language model that is held to its time."""

import asyncio
import logging
from collections.abc import AsyncGenerator
from contextlib import aclosing

from marvin.errors import LanguageModelError

_LOGGER = logging.getLogger(__name__)


class SilentError(LanguageModelError):
    """There were no words: none in time, or none at all."""

    def __init__(self, message: str, *, late: bool) -> None:
        super().__init__(message)
        self.late = late


async def paced(
    deltas: AsyncGenerator[str], *, name: str, first_token_s: float, answer_s: float
) -> AsyncGenerator[str]:
    """The same deltas, as long as they keep coming.

    Only time that is spent waiting for them counts: the reader speaks meanwhile. What there is
    after `answer_s` is the answer.

    Raises:
        SilentError: No words in `first_token_s`, or an answer without any.
        LanguageModelError: Words came, and then none for `first_token_s`.
    """
    loop = asyncio.get_running_loop()
    first_token_s = min(first_token_s, answer_s)
    left_s, patience_s = answer_s, first_token_s
    words = False
    async with aclosing(deltas):
        while True:
            began = loop.time()
            try:
                async with asyncio.timeout(min(patience_s, left_s)):
                    delta = await anext(deltas)
            except StopAsyncIteration:
                if not words:
                    raise SilentError(f"{name} answered nothing", late=False) from None
                return
            except TimeoutError:
                if not words:
                    raise SilentError(
                        f"{name} wrote no words in {first_token_s:g} s", late=True
                    ) from None
                if left_s <= patience_s:
                    _LOGGER.warning(
                        "%s took over %g s: what it wrote is the answer", name, answer_s
                    )
                    return
                raise LanguageModelError(
                    f"{name} stopped in the middle for {patience_s:g} s (llm.first_token_s)"
                ) from None
            left_s -= loop.time() - began
            if delta.strip():
                words = True
            if words:
                patience_s = first_token_s
            else:
                patience_s -= loop.time() - began
            yield delta
