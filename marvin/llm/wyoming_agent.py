"""Answers by a conversation agent on a Wyoming server, such as another Marvin."""

from __future__ import annotations

import uuid
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from typing import TYPE_CHECKING

from marvin.backends.wyoming.wyoming_connection import (
    WyomingFaultError,
    WyomingWording,
    check_package,
    connected,
)
from marvin.boundary.terminal import plain
from marvin.errors import LanguageModelError
from marvin.llm.pacing import paced
from marvin.llm.turns import check_written

if TYPE_CHECKING:
    from marvin.config.llm import WyomingAgentConfig
    from marvin.types import Message

_LONGEST = 20_000
"""Maximum characters of an answer; an hour of speech has more."""
_TYPES = ("handled", "not-handled", "handled-start", "handled-chunk", "handled-stop")


class WyomingAgent:
    """The agent remembers the conversation itself: it gets what was said last."""

    def __init__(self, config: WyomingAgentConfig) -> None:
        self._config = config
        self._wording = WyomingWording("llm", config.url, "an answer")
        self._conversation = ""

    @classmethod
    def load(cls, config: WyomingAgentConfig) -> WyomingAgent:
        """Makes no request yet. Raises ModelLoadError if the package `wyoming` is missing."""
        check_package("llm")
        return cls(config)

    def warm(self) -> None:
        """No-op."""

    async def reply(self, messages: Sequence[Message]) -> AsyncGenerator[str]:
        """Raises LanguageModelError."""
        check_written(messages, f"the server at {self._config.url}")
        if sum(message.role == "user" for message in messages) == 1:
            # What came before has been forgotten here.
            self._conversation = uuid.uuid4().hex
        deltas = paced(
            self._deltas(messages[-1].text),
            name=f"the server at {self._config.url}",
            first_token_s=self._config.first_token_s,
            answer_s=self._config.answer_s,
        )
        async with aclosing(deltas):
            async for delta in deltas:
                yield delta

    async def _deltas(self, text: str) -> AsyncGenerator[str]:
        from wyoming.asr import Transcript

        context = {"conversation_id": self._conversation}
        asked = Transcript(text, language=self._config.language, context=context)
        length = 0
        try:
            async with connected(self._wording) as connection:
                await connection.send(asked)
                while True:
                    event = await connection.receive_one(*_TYPES)
                    said = event.data.get("text")
                    whole = event.type in ("handled", "not-handled")
                    if isinstance(said, str) and not (whole and length):
                        length += len(said)
                        if length > _LONGEST:
                            raise WyomingFaultError(self._wording.nonsense("an endless answer"))
                        yield plain(said)
                    if whole or event.type == "handled-stop":
                        return
        except WyomingFaultError as error:
            raise LanguageModelError(str(error)) from error
