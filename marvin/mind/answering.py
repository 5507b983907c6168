"""A language model's answer on its way to the voice: guarded, cleaned, cut into sentences."""

import asyncio
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing

from marvin.errors import LanguageModelError, StageError
from marvin.mind.notices import notices_first
from marvin.mind.sanitiser import speakable
from marvin.mind.sentences import sentences
from marvin.protocols import LanguageModel
from marvin.types import Message

_LOGGER = logging.getLogger(__name__)


async def spoken_answer(
    model: LanguageModel, messages: Sequence[Message], longest_wait_s: float, first_clause: int
) -> AsyncGenerator[str]:
    """Sentences for the voice, a Notice as it is; first of all a clause, if it has at least
    `first_clause` characters (0: no clauses). Closing it hangs up.

    Raises:
        LanguageModelError: The model or its device failed, or said nothing for `longest_wait_s`.
    """
    async with aclosing(model.reply(messages)) as deltas:
        async for sentence in notices_first(
            _guarded(deltas, longest_wait_s),
            lambda text: sentences(speakable(text), first_clause=first_clause),
        ):
            # An answer of dots alone is none: no voice makes a sound of it.
            if any(map(str.isalnum, sentence)):
                yield sentence


async def _guarded(deltas: AsyncGenerator[str], longest_wait_s: float) -> AsyncIterator[str]:
    while True:
        try:
            async with asyncio.timeout(longest_wait_s):
                delta = await anext(deltas)
        except StopAsyncIteration:
            return
        except TimeoutError:
            raise LanguageModelError(
                f"the language model said nothing for {longest_wait_s:g} s"
            ) from None
        except LanguageModelError:
            raise
        except StageError as error:
            # Of whatever kind: not the voice's, which reads these words.
            raise LanguageModelError(str(error)) from error
        except Exception as error:
            # A bug in an engine ends the turn, not the daemon, and leaves its trace.
            _LOGGER.error("the language model failed", exc_info=error)
            raise LanguageModelError(
                f"the language model failed unexpectedly ({type(error).__name__}): "
                "`-vv` shows what happened"
            ) from error
        yield delta
