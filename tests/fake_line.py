"""A whole pipeline made of fakes, and the events it reported."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

from marvin.config.hearing import Transcripts
from marvin.config.llm import ConversationTable
from marvin.config.tables import Config
from marvin.conversation.assistant import Assistant
from marvin.conversation.ear import Ear
from marvin.conversation.partial_transcripts import PartialTranscripts
from marvin.conversation.session import Session
from marvin.conversation.session_room import SessionRoom
from marvin.engines.workers.worker import Worker
from marvin.events import Event, Replied, StateChanged, TurnFinished
from marvin.mind.memory import Memory
from marvin.mind.mind import Mind
from marvin.mind.speaker_identity import SpeakerIdentity
from marvin.mind.tools.toolbox import Toolbox
from marvin.protocols import (
    LanguageModel,
    Skills,
    SpeakerIdentifier,
    Synthesizer,
    Transcriber,
    WakeWordDetector,
)
from tests.fakes import (
    FakeLanguageModel,
    FakeSink,
    FakeSkills,
    FakeSource,
    FakeSynthesizer,
    FakeTranscriber,
    FakeVad,
    FakeWake,
)

Report = Callable[[Event], None]


class Line:
    """An assistant made of fakes, and its events. Computing takes no time on its `clock`."""

    def __init__(
        self,
        source: FakeSource,
        *,
        sink: FakeSink | None = None,
        wake: WakeWordDetector | None = None,
        transcriber: Callable[[], Transcriber] | None = None,
        skills: Skills | None = None,
        language_model: LanguageModel | None = None,
        synthesizer: Synthesizer | None = None,
        config: Config | None = None,
        identifier: SpeakerIdentifier | None = None,
        known_only: Sequence[str] = (),
        partial_s: float = 0.0,
        clock: Callable[[], float] = lambda: 0.0,
        hears: Transcripts | None = None,
        toolbox: Toolbox | None = None,
        follow: Callable[[Report], Report] = lambda report: report,
    ) -> None:
        self.source = source
        self.sink = sink or FakeSink()
        self.config = config or Config()
        self.events: list[Event] = []
        self._wake = wake or FakeWake()
        self._new_transcriber = transcriber or (lambda: FakeTranscriber("hello"))
        self.skills = skills or FakeSkills()
        self.language_model = language_model or FakeLanguageModel("Hello yourself.")
        self.synthesizer = synthesizer or FakeSynthesizer()
        self.memory = Memory(ConversationTable())
        self.identifier = identifier
        self._known_only = known_only
        self._partial_s = partial_s
        self._clock = clock
        self._hears = hears
        self._toolbox = toolbox
        self._report = follow(self._note)
        self.changed = asyncio.Event()
        self.room = SessionRoom()
        self.assistant: Assistant

    async def run(self) -> list[Event]:
        """Run to the end of the source; returns the events."""
        workers: tuple[Worker[Ear], Worker[Transcriber], Worker[Skills], Worker[Synthesizer]] = (
            Worker("ear", lambda _: Ear(FakeVad(), self._wake)),
            Worker("stt", lambda _: self._new_transcriber()),
            Worker("skills", lambda _: self.skills),
            Worker("tts", lambda _: self.synthesizer),
        )
        for worker in workers:
            await worker.start()
        ear, transcriber, skills, synthesizer = workers
        identifying: Worker[SpeakerIdentifier] | None = None
        speakers = None
        if (identifier := self.identifier) is not None:
            identifying = Worker("speaker_id", lambda _: identifier)
            await identifying.start()
            speakers = SpeakerIdentity(identifying, self._known_only)
        session = Session(
            source=self.source,
            sink=self.sink,
            ear=ear,
            memory=self.memory,
            mind=Mind(
                *(transcriber, skills, self.language_model, self.config.turn),
                speakers=speakers,
                hears=self._hears,
                toolbox=self._toolbox,
            ),
            synthesizer=synthesizer,
            partials=self._partials(transcriber),
            room=self.room,
        )
        self.assistant = Assistant(session, self.config, self._report)
        try:
            await self.assistant.run()
        finally:
            for one in workers:
                await one.stop(1.0)
            if identifying is not None:
                await identifying.stop(1.0)
        return self.events

    def _partials(self, transcriber: Worker[Any]) -> PartialTranscripts | None:
        if not self._partial_s:
            return None
        return PartialTranscripts(transcriber, self._partial_s, 1.0, self._report, self._clock)

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait until the events fulfil the condition, for minutes at most."""
        async with asyncio.timeout(300):
            while not condition():
                self.changed.clear()
                await self.changed.wait()

    def states(self) -> list[str]:
        """Names of the entered states, in order."""
        return [event.after.value for event in self.events if isinstance(event, StateChanged)]

    def of(self, kind: type[Event]) -> list[Event]:
        """Events of a kind."""
        return [event for event in self.events if isinstance(event, kind)]

    def _note(self, event: Event) -> None:
        self.events.append(event)
        self.changed.set()


def said(line: Line) -> list[str]:
    """Sentences sent to the voice."""
    return [event.text for event in line.events if isinstance(event, Replied)]


def outcomes(line: Line) -> list[str]:
    """How the turns ended."""
    return [event.outcome for event in line.events if isinstance(event, TurnFinished)]
