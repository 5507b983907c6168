"""A session: one conversation with its audio ends, its memory and the engines it shares."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing, suppress
from dataclasses import dataclass, field
from typing import Any, cast

from marvin.backends.pretrained.place import Place
from marvin.boundary.hanging import post
from marvin.config.hearing import transcripts_of
from marvin.config.tables import AUTO, Config, TurnConfig
from marvin.conversation.ear import Ear, HeardChunk, load_ear
from marvin.conversation.partial_transcripts import PartialTranscripts
from marvin.conversation.personal_volume import PersonalVolume
from marvin.conversation.session_room import SessionRoom
from marvin.conversation.voice import Voice
from marvin.engines.engine_set import EngineSet
from marvin.engines.workers.worker import Worker
from marvin.errors import MarvinError, StageError
from marvin.events import Event, ToolUsed
from marvin.mind.memory import Memory
from marvin.mind.mind import Mind, Response
from marvin.protocols import AudioSink, AudioSource, MultilingualSynthesizer, Synthesizer
from marvin.state import State
from marvin.types import Act, Ask, AudioChunk, Forget, Notice, Say, Utterance

_LOGGER = logging.getLogger(__name__)

_EAR_S = 3.0
"""A chunk takes milliseconds; past this limit the ear has hung."""
_EAR_FAILURES = 3
"""Consecutive failures after which only a process restart helps."""


@dataclass(slots=True)
class Session:
    """Owns source, sink, ear and memory. The mind and the synthesizer belong to the process."""

    source: AudioSource
    sink: AudioSink
    ear: Worker[Ear]
    memory: Memory
    mind: Mind
    synthesizer: Worker[Synthesizer]
    partials: PartialTranscripts | None = None
    """None if the transcriber does not stream."""
    priority: int = 0
    """Priority of its calls to shared engines; lower goes first."""
    polyglot: bool = False
    """Whether the synthesizer has a voice for each language."""
    on_state: Callable[[State], None] = lambda state: None
    """Told of every new state."""
    room: SessionRoom = field(default_factory=SessionRoom)
    personal_volume: PersonalVolume = field(init=False)
    _ear_failures: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        self.personal_volume = PersonalVolume(self.sink, self.memory.dialogue)

    async def hear(
        self, chunk: AudioChunk, armed: bool, speaking: bool, stoppable: bool
    ) -> HeardChunk | None:
        """Analyse a chunk; None if the ear failed.

        Raises:
            MarvinError: The ear has failed too often in a row.
        """
        try:
            heard = await self.ear.call(
                lambda ear, token: ear.hear(
                    chunk, armed=armed, speaking=speaking, stoppable=stoppable
                ),
                _EAR_S,
            )
        except StageError as error:
            self._ear_failures += 1
            _LOGGER.error("the ear failed: %s", error)
            if self._ear_failures >= _EAR_FAILURES:
                raise MarvinError(f"the ear failed repeatedly: {error}") from error
            return None
        self._ear_failures = 0
        return self.room.hear(heard)

    async def reset_ear(self) -> None:
        """Make the ear forget earlier audio, ignoring failures."""
        with suppress(StageError):
            await self.ear.call(lambda ear, token: ear.reset(), _EAR_S)

    def enter(self, state: State) -> None:
        """Told of every new state. When nobody is listened to, a question has met with silence."""
        if state is State.IDLE:
            self.memory.dialogue.silence()
        self.on_state(state)

    def warm(self) -> None:
        """Reload unloaded models while the user is still speaking."""
        self.mind.warm()
        self.synthesizer.warm()

    def voice(self, config: TurnConfig) -> Voice:
        """What speaks through its sink."""
        return Voice(self.synthesizer, self.sink, config, self.priority, self._reader)

    def _reader(self, engine: Synthesizer) -> Synthesizer:
        if not self.polyglot:
            return engine
        return cast("MultilingualSynthesizer", engine).voice(self.memory.dialogue.language)

    def respond(self, said: Utterance | str, tasks: asyncio.TaskGroup) -> Response:
        """Start the response to an utterance or a typed text."""
        return self.mind.respond(said, self.memory, tasks, priority=self.priority)

    async def perform(self, response: Response) -> AsyncGenerator[Say | Ask | Notice | ToolUsed]:
        """Carry out the response's actions and yield the rest. Raises StageError."""
        async with aclosing(response.items()) as items:
            async for item in items:
                if isinstance(item, Act):
                    self.sink.set_volume(item.volume)
                elif isinstance(item, Forget):
                    self.memory.forget()
                else:
                    yield item

    async def answer(self, text: str, tasks: asyncio.TaskGroup) -> str:
        """Return the answer to typed text without speaking it. Raises StageError."""
        response = self.respond(text, tasks)
        try:
            performed = [item async for item in self.perform(response)]
        finally:
            response.discard()
        items = [item for item in performed if not isinstance(item, ToolUsed)]
        answer = [item.text for item in items if not isinstance(item, Notice)]
        self.memory.answered(text, " ".join(answer))
        return " ".join(item.text for item in items)


def open_session(
    engines: EngineSet,
    mind: Mind,
    config: Config,
    source: AudioSource,
    sink: AudioSink,
    memory: Memory,
    report: Callable[[Event], None],
    *,
    priority: int = 0,
    room: SessionRoom | None = None,
) -> Session:
    """Open a session on shared engines. The caller starts its ear."""
    sink.set_volume(config.audio.volume)
    memory.dialogue.reset_volume(config.audio.volume)
    if memory.dialogue.language not in config.languages:
        memory.dialogue.language = config.languages[0]
    # A sink that is heard in the room has a `tap`; a recording holds no echo of it.
    tap = getattr(sink, "tap", None) if source.live else None
    loop = asyncio.get_running_loop()

    def load(_: Place) -> Ear:
        ear = load_ear(config, tap)
        ear.report_to(lambda event: post(loop, report, event))
        return ear

    ear = Worker("marvin-ear", load, despair=engines.give_up)
    partials = None
    every_s = getattr(config.stt, "partial_s", 0.0)
    if every_s and transcripts_of(config.llm) in (None, "beside"):
        # A transcriber whose config has `partial_s` implements `partial`.
        streaming: Worker[Any] = engines.transcriber
        partials = PartialTranscripts(
            streaming, every_s, config.turn.transcribe_s, report, priority=priority
        )
    polyglot = config.language == AUTO
    return Session(
        source,
        sink,
        ear,
        memory,
        mind,
        engines.synthesizer,
        partials,
        priority,
        polyglot,
        room=room or SessionRoom(),
    )
