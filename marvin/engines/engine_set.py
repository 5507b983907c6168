"""Holds the configured engines, each in a worker with its own thread and device."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping, Sequence
from contextlib import aclosing
from threading import Lock
from typing import Any, Generic, NoReturn, TypeVar

from marvin.backends.home_assistant.home_names import HomeNames
from marvin.backends.pretrained.place import CPU, Place
from marvin.boundary.hanging import post
from marvin.config.engine_table import EngineTable, PlacedTable
from marvin.config.hearing import transcripts_of
from marvin.config.llm import (
    ChatConfig,
    ConversationTable,
    LanguageModelConfig,
    NoLanguageModelConfig,
    conversation_rules,
    takes_tools,
)
from marvin.config.speaker_id import EcapaConfig
from marvin.config.tables import Config
from marvin.engines.placement.choice import Placement, place_engines
from marvin.engines.registry import (
    load_engine,
    load_identifier,
    load_skillset,
    load_synthesizer,
    load_transcriber,
    prepare_names,
    spoken_patterns,
)
from marvin.engines.workers.worker import EngineHangsError, Worker
from marvin.events import EngineNotice, Event
from marvin.llm.chat.chat_server import ChatServer
from marvin.llm.failover import Failover, Fallback, SkillsOnly
from marvin.llm.pacing import paced
from marvin.llm.turns import check_written
from marvin.protocols import (
    Generator,
    LanguageModel,
    Skills,
    SpeakerIdentifier,
    Synthesizer,
    ToolGenerator,
    Transcriber,
)
from marvin.skills.agenda import Agenda
from marvin.skills.skillset import Skillset
from marvin.types import Message, Tool

_LOGGER = logging.getLogger(__name__)

EngineT = TypeVar("EngineT")
ValueT = TypeVar("ValueT")

STOP_S = 2.0
"""Time a worker has to stop; after that the process exits without it."""
_LEARN_S, _LATER = 60.0, 100
"""Time limit and priority of learning sentences: what is said goes first."""
_SIGN_S = 1.0
"""Interval of the empty deltas that a language model sends while it is being loaded."""


class EngineSet:
    """The workers of all configured engines. `running` starts and stops them."""

    def __init__(
        self,
        config: Config,
        report: Callable[[Event], None] = lambda event: None,
        agenda: Agenda | None = None,
    ) -> None:
        """Needs a running event loop. `agenda` has what skills change."""
        self._config = config
        self._report = report
        self._loop = asyncio.get_running_loop()
        self._despair: asyncio.Future[EngineHangsError] = self._loop.create_future()
        self._placements = _Once(lambda: place_engines(config))
        self._skillset = _Once(lambda: load_skillset(config, agenda))
        self.skills: Worker[Skills] = Worker(
            "marvin-skills", lambda _: self.skillset, despair=self.give_up
        )
        self.transcriber: Worker[Transcriber] = self._worker(
            "stt", config.stt, lambda place: load_transcriber(config, self.skillset, place)
        )
        self.synthesizer: Worker[Synthesizer] = self._worker(
            "tts", config.tts, lambda place: load_synthesizer(config, place)
        )
        self.identifier = self._identifier()
        """Tells who speaks; None if voices are not told apart."""
        self.generators: list[Worker[Generator]] = []
        """Local language models only, including fallbacks."""
        self.language_model: LanguageModel = self._language_models()

    @property
    def placements(self) -> Mapping[str, Placement]:
        """Placements by table key, such as `stt` or `llm.fallbacks[0]`; computed on first use."""
        return self._placements()

    @property
    def skillset(self) -> Skillset:
        """Compiled on first use: `marvin say`, for example, never needs it."""
        return self._skillset()

    @contextlib.asynccontextmanager
    async def running(self, workers: Sequence[Worker[Any]] | None = None) -> AsyncIterator[None]:
        """Load `workers` (default: all) on entry; stop every worker on exit, within STOP_S."""
        every = self._all()
        at_once = every if workers is None else workers
        try:
            await asyncio.gather(*(worker.start() for worker in at_once))
            yield
        finally:
            stopped = dict.fromkeys((*at_once, *every))
            await asyncio.gather(*(worker.stop(STOP_S) for worker in stopped))

    def load_behind(self) -> None:
        """Start loading every engine in the background; calls wait for it."""
        for worker in self._all():
            worker.begin()

    async def loaded(self) -> None:
        """Wait until every engine is loaded. Raises the first load error."""
        await asyncio.gather(*(worker.loaded() for worker in self._all()))

    def _all(self) -> tuple[Worker[Any], ...]:
        identifier = () if self.identifier is None else (self.identifier,)
        return (self.transcriber, self.skills, self.synthesizer, *identifier, *self.generators)

    async def learn_names(self, names: HomeNames) -> None:
        """Understand the names of a home from now on. Raises StageError."""
        await asyncio.to_thread(self.skillset.learn, names)
        if "patterns" not in self._config.stt.takes:
            return
        await asyncio.to_thread(prepare_names, names)
        patterns = spoken_patterns(self._config, self.skillset)
        # An engine that takes patterns can learn others.
        transcriber: Worker[Any] = self.transcriber
        await transcriber.call(
            lambda engine, token: engine.learn(patterns), _LEARN_S, priority=_LATER
        )

    async def despaired(self) -> NoReturn:
        """Wait until an engine hangs beyond recovery, possibly forever.

        Raises:
            EngineHangsError: An engine hung repeatedly; only a new process helps.
        """
        raise await self._despair

    def give_up(self, error: EngineHangsError) -> None:
        """Report a fatal hang, which `despaired` raises."""
        if not self._despair.done():
            self._despair.set_result(error)

    def _worker(
        self, key: str, table: EngineTable, load: Callable[[Place], EngineT]
    ) -> Worker[EngineT]:
        """`key` names the engine's table in models.toml."""

        def places() -> Sequence[Place]:
            placement = self.placements.get(key)
            return (CPU,) if placement is None else (placement.place, *placement.fallbacks)

        return Worker(
            f"marvin-{key}",
            load,
            places=places,
            idle_unload_s=table.idle_unload_s if isinstance(table, PlacedTable) else 0.0,
            notify=lambda message: self.notify(key.partition(".")[0], message),
            despair=self.give_up,
        )

    def _identifier(self) -> Worker[SpeakerIdentifier] | None:
        table = self._config.speaker_id
        if not isinstance(table, EcapaConfig):
            return None
        return self._worker("speaker_id", table, lambda _: load_identifier(self._config, table))

    def _language_models(self) -> LanguageModel:
        first, *others = self._config.llm.with_fallbacks("llm")
        if not others:
            return self._language_model(*first)
        candidates = [Fallback(_name(first[1]), self._language_model(*first))]
        for key, table in others:
            if isinstance(table, NoLanguageModelConfig):
                candidates.append(Fallback("skills", SkillsOnly(), notice=""))
            else:
                candidates.append(Fallback(_name(table), self._language_model(key, table)))
        return Failover(candidates, notify=lambda message: self.notify("llm", message))

    def _language_model(self, key: str, table: LanguageModelConfig) -> LanguageModel:
        if not isinstance(table, PlacedTable):
            model: LanguageModel = load_engine(table)
            return model
        worker: Worker[Generator] = self._worker(
            key, table, lambda place: load_engine(table, place)
        )
        self.generators.append(worker)
        rules = conversation_rules(table)
        hears = transcripts_of(table) is not None
        return _OnWorker(worker, _name(table), rules, takes_tools=takes_tools(table), hears=hears)

    def notify(self, stage: str, message: str) -> None:
        """Report that an engine moved to another device or to a fallback. Thread-safe."""
        _LOGGER.info("%s: %s", stage, message)
        post(self._loop, self._report, EngineNotice(stage, message))


class _OnWorker:
    """Adapts a local language model on its worker to the async `LanguageModel` protocol."""

    def __init__(
        self,
        worker: Worker[Generator],
        name: str,
        rules: ConversationTable,
        *,
        takes_tools: bool = False,
        hears: bool = False,
    ) -> None:
        self._takes_tools = takes_tools
        self._hears = hears
        self._worker = worker
        self._name = name
        self._rules = rules

    def warm(self) -> None:
        self._worker.warm()

    def reply(self, messages: Sequence[Message]) -> AsyncGenerator[str]:
        return self.reply_with_tools(messages, ())

    async def reply_with_tools(
        self, messages: Sequence[Message], tools: Sequence[Tool]
    ) -> AsyncGenerator[str]:
        if not self._hears:
            check_written(messages, self._name)
        # Empty deltas while loading keep the first-token timeout from firing.
        while not await self._loaded():
            yield ""
        rules = self._rules
        # `paced` only asks the model to stop; the worker abandons one that hangs.
        deltas = self._worker.stream(
            lambda engine, token: (
                engine.generate_with_tools(messages, tools, token)
                if self._takes_tools and isinstance(engine, ToolGenerator)
                else engine.generate(messages, token)
            ),
            2 * rules.answer_s,
        )
        words = paced(
            deltas,
            name=self._name,
            first_token_s=rules.first_token_s,
            answer_s=rules.answer_s,
        )
        async with aclosing(words):
            async for word in words:
                yield word

    async def _loaded(self) -> bool:
        """Wait up to _SIGN_S; returns whether the model is loaded."""
        if not self._worker.begun:
            self._worker.begin()
        try:
            async with asyncio.timeout(_SIGN_S):
                await self._worker.loaded()
        except TimeoutError:
            return False
        return True


class _Once(Generic[ValueT]):
    """A value computed once, on first use. Other threads wait for it."""

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
    """Display name."""
    if isinstance(table, ChatConfig):
        return ChatServer(table).name
    return f"{table.title()} on this machine" if isinstance(table, PlacedTable) else table.title()
