"""The engine for no language model: says so instead of answering."""

from collections.abc import AsyncGenerator, Sequence
from typing import Self

from marvin.config.llm import NoLanguageModelConfig
from marvin.languages.translation import translatable, worded
from marvin.types import Message, Notice

FIRST = (
    translatable(
        "I have no language model, so I can only do what my skills can: ask me what I can do."
    ),
    translatable("`marvin models list` shows the language models that can be fetched."),
)
LATER = translatable("I have no language model for that.")


class NoLanguageModel:
    """Says that there is no language model, and on the first reply how to get one."""

    def __init__(self) -> None:
        self._told = False

    @classmethod
    def load(cls, config: NoLanguageModelConfig) -> Self:
        return cls()

    def warm(self) -> None:
        """No-op."""

    async def reply(self, messages: Sequence[Message]) -> AsyncGenerator[str]:
        told, self._told = self._told, True
        for notice in (LATER,) if told else FIRST:
            yield Notice(worded(notice))
