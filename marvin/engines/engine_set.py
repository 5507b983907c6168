"""The engines of a configuration, each on a thread of its own and a device of its own."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping, Sequence
from contextlib import aclosing
from threading import Lock
from typing import Any, Generic, NoReturn, TypeVar

from marvin.backends.pretrained.place import CPU, Place
from marvin.boundary.hanging import post
from marvin.config.llm import (
    ChatConfig,
    LanguageModelConfig,
    NoLanguageModelConfig,
    TransformersConfig,
    with_fallbacks,
)
from marvin.config.table import PlacedTable, Table
from marvin.config.tables import Config
from marvin.conversation.ear import Ear
from marvin.conversation.partial_transcripts import PartialTranscripts
from marvin.conversation.stages import Stages
from marvin.engines.placement.choice import Placement, place_engines
from marvin.engines.registry import (
    load_ear,
    load_generator,
    load_language_model,
    load_skillset,
    load_synthesizer,
    load_transcriber,
)
from marvin.engines.workers.worker import EngineHangsError, Worker
from marvin.events import EngineNotice, Event
from marvin.llm.chat.chat_server import ChatServer
from marvin.llm.failover import Failover, Fallback, SkillsOnly
from marvin.llm.pacing import paced
from marvin.mind.memory import Memory
from marvin.protocols import (
    AudioSink,
    AudioSource,
    Generator,
    LanguageModel,
    Skills,
    Synthesizer,
    Transcriber,
)
from marvin.skills.skillset import Skillset
from marvin.skills.timers.timer_set import Timers
from marvin.types import Message

_LOGGER = logging.getLogger(__name__)

EngineT = TypeVar("EngineT")
ValueT = TypeVar("ValueT")

STOP_S = 2.0
"""A worker may take so long to end; then the process ends without it."""
_SIGN_S = 1.0
"""A language model that is still being loaded says so as often."""


class EngineSet:
    """All workers of a configuration; those that are needed are started by `running`."""

    def __init__(
        self,
        config: Config,
        report: Callable[[Event], None] = lambda event: None,
        timers: Timers | None = None,
    ) -> None:
        """Needs the running event loop. `timers`: those that the skills change."""
        self._config = config
        self._report = report
        self._loop = asyncio.get_running_loop()
        self._despair: asyncio.Future[EngineHangsError] = self._loop.create_future()
        self._placements = _Once(lambda: place_engines(config))
        self._skillset = _Once(lambda: load_skillset(config, timers))
        self.ear: Worker[Ear] = Worker(
            "marvin-ear", lambda _: load_ear(config), despair=self._lose_hope
        )
        self.skills: Worker[Skills] = Worker(
            "marvin-skills", lambda _: self.skillset, despair=self._lose_hope
        )
        self.transcriber: Worker[Transcriber] = self._worker(
            "stt", config.stt, lambda place: load_transcriber(config, self.skillset, place)
        )
        self.synthesizer: Worker[Synthesizer] = self._worker(
            "tts", config.tts, lambda place: load_synthesizer(config, place)
        )
        self.generators: list[Worker[Generator]] = []
        """Language models in this process."""
        self.language_model: LanguageModel = self._language_models()

    @property
    def placements(self) -> Mapping[str, Placement]:
        """Where its models are, by their table's key; decided when it is first asked for."""
        return self._placements()

    @property
    def skillset(self) -> Skillset:
        """The skills; compiled when they are first asked for, which a line that only speaks never
        does."""
        return self._skillset()

    def stages(self, source: AudioSource, sink: AudioSink, conversation: Memory) -> Stages:
        """The whole line, between a source and a sink."""
        return Stages(
            source=source,
            sink=sink,
            ear=self.ear,
            transcriber=self.transcriber,
            skills=self.skills,
            language_model=self.language_model,
            conversation=conversation,
            synthesizer=self.synthesizer,
            partials=self._partials(),
        )

    @contextlib.asynccontextmanager
    async def running(self, workers: Sequence[Worker[Any]] | None = None) -> AsyncIterator[None]:
        """Load these at once, or all; stop all at once, within STOP_S."""
        every = (self.ear, *self._behind())
        try:
            await asyncio.gather(*(worker.start() for worker in workers or every))
            yield
        finally:
            await asyncio.gather(*(worker.stop(STOP_S) for worker in every))

    def load_behind(self) -> None:
        """Begin to load everything but the ear, in the background."""
        for worker in self._behind():
            worker.begin()

    async def loaded(self) -> None:
        """Wait until everything is loaded. Raises why something cannot be."""
        await asyncio.gather(*(worker.loaded() for worker in self._behind()))

    def _behind(self) -> tuple[Worker[Any], ...]:
        """What is not needed until somebody has called."""
        return (self.transcriber, self.skills, self.synthesizer, *self.generators)

    async def despaired(self) -> NoReturn:
        """Wait for ever.

        Raises:
            EngineHangsError: One of the engines hangs for good.
        """
        raise await self._despair

    def _lose_hope(self, error: EngineHangsError) -> None:
        if not self._despair.done():
            self._despair.set_result(error)

    def _partials(self) -> PartialTranscripts | None:
        every_s = getattr(self._config.stt, "partial_s", 0.0)
        if not every_s:
            return None
        # Whoever has the key `partial_s` has the method `partial`.
        streaming: Worker[Any] = self.transcriber
        return PartialTranscripts(streaming, every_s, self._config.turn.transcribe_s, self._report)

    def _worker(self, key: str, table: Table, load: Callable[[Place], EngineT]) -> Worker[EngineT]:
        """A thread for the engine whose table is at `key` of models.toml."""

        def places() -> Sequence[Place]:
            placement = self.placements.get(key)
            return (CPU,) if placement is None else (placement.place, *placement.fallbacks)

        return Worker(
            f"marvin-{key}",
            load,
            places=places,
            idle_unload_s=table.idle_unload_s if isinstance(table, PlacedTable) else 0.0,
            notify=lambda message: self._notify(key.partition(".")[0], message),
            despair=self._lose_hope,
        )

    def _language_models(self) -> LanguageModel:
        first, *others = with_fallbacks("llm", self._config.llm)
        if not others:
            return self._language_model(*first)
        candidates = [Fallback(_name(first[1]), self._language_model(*first))]
        for key, table in others:
            if isinstance(table, NoLanguageModelConfig):
                candidates.append(Fallback("skills", SkillsOnly(), notice=""))
            else:
                candidates.append(Fallback(_name(table), self._language_model(key, table)))
        return Failover(candidates, notify=lambda message: self._notify("llm", message))

    def _language_model(self, key: str, table: LanguageModelConfig) -> LanguageModel:
        if not isinstance(table, TransformersConfig):
            return load_language_model(table)
        worker: Worker[Generator] = self._worker(
            key, table, lambda place: load_generator(table, place)
        )
        self.generators.append(worker)
        return _OnWorker(worker, table)

    def _notify(self, stage: str, message: str) -> None:
        """Report that an engine goes on in another way. From any thread."""
        _LOGGER.info("%s: %s", stage, message)
        post(self._loop, self._report, EngineNotice(stage, message))


class _OnWorker:
    """A language model of this process, as the event loop sees it."""

    def __init__(self, worker: Worker[Generator], table: TransformersConfig) -> None:
        self._worker = worker
        self._table = table

    def warm(self) -> None:
        self._worker.warm()

    async def reply(self, messages: Sequence[Message]) -> AsyncGenerator[str]:
        # Loading is no silence: whoever waits for words is given an empty one.
        while not await self._loaded():
            yield ""
        table = self._table
        # The worker gives up on a model that hangs; `paced` only asks it to stop.
        deltas = self._worker.stream(
            lambda engine, token: engine.generate(messages, token), 2 * table.answer_s
        )
        words = paced(
            deltas,
            name=_name(table),
            first_token_s=table.first_token_s,
            answer_s=table.answer_s,
        )
        async with aclosing(words):
            async for word in words:
                yield word

    async def _loaded(self) -> bool:
        """Whether it is by now, or within _SIGN_S."""
        try:
            async with asyncio.timeout(_SIGN_S):
                await self._worker.loaded()
        except TimeoutError:
            return False
        return True


class _Once(Generic[ValueT]):
    """A value that the first thread that asks for it makes; the others wait for it."""

    def __init__(self, make: Callable[[], ValueT]) -> None:
        self._make = make
        self._lock = Lock()
        self._made: ValueT | None = None

    def __call__(self) -> ValueT:
        with self._lock:
            if self._made is None:
                self._made = self._make()
            return self._made


def _name(table: LanguageModelConfig) -> str:
    """For people."""
    match table:
        case TransformersConfig():
            return f"{table.model} on this machine"
        case ChatConfig():
            return ChatServer(table).name
        case _:
            return "skills"
