"""The language model's answer as it is written, ahead of the voice."""

import asyncio
import logging
from collections.abc import AsyncGenerator
from contextlib import aclosing

from marvin.errors import LanguageModelError, MarvinError, StageError
from marvin.languages.translation import translatable
from marvin.mind.spoken_text import SpokenText
from marvin.types import Notice, ToolCall

_LOGGER = logging.getLogger(__name__)

ONE_MOMENT = translatable("One moment.")
PATIENCE_S = 2.0
"""How long a speaker waits for an answer before Marvin says that it is at work."""
_QUEUED_SENTENCES = 16
"""How many sentences the language model may be ahead of the voice."""


class WrittenAnswer:
    """Queues sentences for the voice as they arrive; the first may be just a clause."""

    def __init__(
        self, deltas: AsyncGenerator[str], text: SpokenText, tasks: asyncio.TaskGroup
    ) -> None:
        self.calls: list[ToolCall] = []
        """The tools that it asks for, complete when `next` has returned None."""
        self._sentences: asyncio.Queue[str | StageError | None] = asyncio.Queue(_QUEUED_SENTENCES)
        self._writing = tasks.create_task(self._write(deltas, text))

    async def next(self) -> str | None:
        """The next sentence or notice; None at the end. Raises StageError."""
        sentence = await self._sentences.get()
        if isinstance(sentence, StageError):
            raise sentence
        return sentence

    def cancel(self) -> None:
        self._writing.cancel()

    async def _write(self, deltas: AsyncGenerator[str], text: SpokenText) -> None:
        empty = True
        end: StageError | None = None
        try:
            async with aclosing(deltas):
                async for delta in deltas:
                    if isinstance(delta, ToolCall):
                        self.calls.append(delta)
                        continue
                    # A notice is no part of the answer and never waits for it.
                    sentences = [delta] if isinstance(delta, Notice) else text.feed(delta)
                    for sentence in sentences:
                        empty = False
                        await self._sentences.put(sentence)
                    if text.over:
                        break
            for sentence in text.end():
                empty = False
                await self._sentences.put(sentence)
            if empty and not self.calls:
                end = LanguageModelError("the language model gave an empty answer")
        except StageError as error:
            error.stage = LanguageModelError.stage
            end = error
        except MarvinError as error:
            # It cannot be loaded; the message says why.
            end = LanguageModelError(str(error))
        except Exception as error:
            # A bug in an engine ends the turn, not the process; the log keeps the traceback.
            _LOGGER.error("the language model failed", exc_info=error)
            end = LanguageModelError(
                f"the language model failed unexpectedly ({type(error).__name__}): "
                "`-vv` shows what happened"
            )
        await self._sentences.put(end)
