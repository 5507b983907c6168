"""Answers an utterance: with a skill if one matches, otherwise with the language model."""

import asyncio
from collections.abc import Sequence

from marvin.config.tables import TurnConfig
from marvin.engines.workers.worker import Worker
from marvin.mind.memory import Memory
from marvin.mind.response import Response
from marvin.protocols import LanguageModel, Skills, Transcriber
from marvin.stt.address import WAKE_PHRASES
from marvin.types import Utterance


class Mind:
    """Holds the engines that answer. Shared by all sessions."""

    def __init__(
        self,
        transcriber: Worker[Transcriber],
        skills: Worker[Skills],
        language_model: LanguageModel,
        config: TurnConfig,
        wake_phrases: Sequence[str] = WAKE_PHRASES,
    ) -> None:
        """`wake_phrases` are removed from typed text; a transcriber removes them itself."""
        self.transcriber = transcriber
        self.skills = skills
        self.language_model = language_model
        self.config = config
        self.wake_phrases = wake_phrases

    def respond(
        self,
        heard: Utterance | str,
        memory: Memory,
        tasks: asyncio.TaskGroup,
        *,
        priority: int = 0,
    ) -> Response:
        """Start the response to an utterance or a typed text."""
        return Response(self, heard, memory, tasks, priority)

    def warm(self) -> None:
        """Reload unloaded models while the user is still speaking."""
        self.transcriber.warm()
        self.language_model.warm()
