"""No language model: an honest sentence instead of an answer."""

from collections.abc import AsyncGenerator, Sequence

from marvin.types import Message

SENTENCE = "I have no language model, so I can only do what my skills can. Ask me what I can do."


class NoLanguageModel:
    """Says that there is none."""

    def warm(self) -> None:
        """Nothing to do."""

    async def reply(self, messages: Sequence[Message]) -> AsyncGenerator[str]:
        """One sentence, whatever was asked."""
        yield SENTENCE
