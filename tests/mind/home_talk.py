"""A conversation with a mind that has a Home Assistant."""

import asyncio
from collections.abc import Sequence

import numpy as np

from marvin.backends.home_assistant.home_server import (
    HomeAssistantServer,
)
from marvin.config.llm import ConversationTable
from marvin.config.tables import TurnConfig
from marvin.engines.workers.worker import Worker
from marvin.errors import HomeAssistantError
from marvin.events import ToolUsed
from marvin.mind.home import Home
from marvin.mind.memory import Memory
from marvin.mind.mind import Mind
from marvin.mind.speaker_identity import SpeakerIdentity
from marvin.protocols import Skills, SpeakerIdentifier, Transcriber
from marvin.skills.skillset import Skillset
from marvin.types import (
    Endpoint,
    Identification,
    ReplyItem,
    Say,
    Transcript,
    Utterance,
)
from tests.fakes import FakeLanguageModel
from tests.recorded_home import home_config

SAID = Utterance(np.zeros(16_000, np.float32), 0, 1.0, Endpoint.SILENCE)
PARIS = "I guess that it is Paris."
ON = [Say("Turned on the light")]


class _Nobody:
    def identify(self, utterance: Utterance, token: object) -> Identification:
        return Identification(enough=False)


class _Heard:
    """Takes one transcript after the other from a list."""

    def __init__(self, transcripts: list[Transcript]) -> None:
        self._transcripts = transcripts

    def transcribe(self, utterance: Utterance, token: object) -> Transcript:
        return self._transcripts.pop(0)


class Talk:
    """One conversation with a Home Assistant at `url`."""

    def __init__(self, skillset: Skillset, url: str, **keys: object) -> None:
        config = home_config(url, **keys)
        self.told: list[str] = []
        self.clock_s = 1000.0
        self.server = HomeAssistantServer(config)
        home = Home(self.server, config, self.told.append, clock=lambda: self.clock_s)
        self.model = FakeLanguageModel(PARIS)
        self.heard: list[Transcript] = []
        self._skills: Worker[Skills] = Worker("skills", lambda _: skillset)
        self._stt: Worker[Transcriber] = Worker("stt", lambda _: _Heard(self.heard))
        self._who: Worker[SpeakerIdentifier] = Worker("who", lambda _: _Nobody())
        self.mind = Mind(self._stt, self._skills, self.model, TurnConfig(), home=home)
        self.memory = Memory(ConversationTable())

    async def only_for_known_people(self) -> None:
        await self._who.start()
        self.mind.speakers = SpeakerIdentity(self._who, ["home_assistant"])

    async def __aenter__(self) -> "Talk":
        await self._skills.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        for worker in (self._skills, self._stt, self._who):
            if worker.begun:
                await worker.stop(1.0)

    async def hear(self, *transcripts: Transcript, said: Utterance = SAID) -> list[ReplyItem]:
        """The answer to the last of what was said aloud."""
        self.heard.extend(transcripts)
        if not self._stt.begun:
            await self._stt.start()
        answers = [await self._answer(said) for _ in transcripts]
        return answers[-1]

    async def type(self, text: str) -> list[ReplyItem]:
        return await self._answer(text)

    async def _answer(self, said: Utterance | str) -> list[ReplyItem]:
        try:
            async with asyncio.TaskGroup() as tasks:
                response = self.mind.respond(said, self.memory, tasks)
                return [item async for item in response.items() if not isinstance(item, ToolUsed)]
        except* HomeAssistantError as errors:
            raise errors.exceptions[0] from None


async def asked(talk: Talk, *texts: str) -> Sequence[list[ReplyItem]]:
    async with talk:
        return [await talk.type(text) for text in texts]
