"""No language model: an honest sentence instead of an answer."""

from collections.abc import AsyncGenerator, Sequence
from typing import Self

from marvin.config.llm import NoLanguageModelConfig
from marvin.types import Message, Notice

FIRST = (
    Notice("I have no language model, so I can only do what my skills can: ask me what I can do."),
    Notice("`marvin models list` shows the language models that can be fetched."),
)
LATER = Notice("I have no language model for that.")


class NoLanguageModel:
    """Says that there is none, and the first time how to get one."""

    def __init__(self) -> None:
        self._told = False

    @classmethod
    def load(cls, config: NoLanguageModelConfig) -> Self:
        return cls()

    def warm(self) -> None:
        """Nothing to do."""

    async def reply(self, messages: Sequence[Message]) -> AsyncGenerator[str]:
        """The same, whatever was asked."""
        told, self._told = self._told, True
        for notice in (LATER,) if told else FIRST:
            yield notice
