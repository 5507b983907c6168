"""Time limits for a stream of deltas."""

import asyncio
import logging
from collections.abc import AsyncGenerator
from contextlib import aclosing

from marvin.errors import LanguageModelError

_LOGGER = logging.getLogger(__name__)


class SilentError(LanguageModelError):
    """No text arrived: not in time (`late`), or not at all."""

    def __init__(self, message: str, *, late: bool) -> None:
        super().__init__(message)
        self.late = late


async def paced(
    deltas: AsyncGenerator[str], *, name: str, first_token_s: float, answer_s: float
) -> AsyncGenerator[str]:
    """Pass deltas through, within time limits.

    Only time spent waiting for deltas counts, not the consumer's. An empty delta is a sign that the
    model is at work: a slow machine gets the time that it needs, up to `answer_s`. Then the answer
    is cut off.

    Raises:
        SilentError: No text within `first_token_s` without a sign, or none at all.
        LanguageModelError: The stream stalled for `first_token_s`.
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
                    waited_s = answer_s if left_s < patience_s else first_token_s
                    raise SilentError(
                        f"{name} wrote no words in {waited_s:g} s", late=True
                    ) from None
                if left_s <= patience_s:
                    _LOGGER.warning(
                        "%s took over %g s: the answer is cut off there", name, answer_s
                    )
                    return
                raise LanguageModelError(
                    f"{name} stopped in the middle for {patience_s:g} s (llm.first_token_s)"
                ) from None
            left_s -= loop.time() - began
            if delta.strip():
                words = True
            if words or not delta:
                patience_s = first_token_s
            else:
                patience_s -= loop.time() - began
            yield delta
