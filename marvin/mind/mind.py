"""What answers: the skills, else the language model."""

import asyncio

from marvin.config.tables import TurnConfig
from marvin.engines.workers.worker import Worker
from marvin.mind.memory import Memory
from marvin.mind.response import Response
from marvin.protocols import LanguageModel, Skills, Transcriber
from marvin.types import Utterance


class Mind:
    """The default mind: transcript, then a skill's intent, then the language model. Shared by all
    conversations."""

    def __init__(
        self,
        transcriber: Worker[Transcriber],
        skills: Worker[Skills],
        language_model: LanguageModel,
        config: TurnConfig,
    ) -> None:
        self.transcriber = transcriber
        self.skills = skills
        self.language_model = language_model
        self.config = config

    def respond(self, heard: Utterance | str, memory: Memory, tasks: asyncio.TaskGroup) -> Response:
        """Begin to work out the response to what was said or typed."""
        return Response(self, heard, memory, tasks)

    def warm(self) -> None:
        """Load what was unloaded: the user has called, and still speaks."""
        self.transcriber.warm()
        self.language_model.warm()
