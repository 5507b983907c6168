"""Entry points behind the commands: run an assistant, speak, answer, transcribe."""

import asyncio
import logging
import signal
import time
from collections.abc import (
    AsyncGenerator,
    AsyncIterator,
    Callable,
    Coroutine,
    Sequence,
)
from functools import partial
from pathlib import Path

import numpy as np

from marvin.audio.wavfile import WavSource
from marvin.config.llm import conversation_rules
from marvin.config.tables import Config
from marvin.conversation.assistant import Assistant
from marvin.conversation.hum import HumFilter
from marvin.conversation.session import open_session
from marvin.conversation.voice import Voice
from marvin.dialogue import Dialogue
from marvin.engines.engine_set import EngineSet
from marvin.engines.registry import known_only, wake_phrases
from marvin.engines.workers.worker import Worker
from marvin.errors import AudioFileError, MarvinError, SkillError, first_error
from marvin.events import Armed, Event
from marvin.mind.memory import Memory
from marvin.mind.mind import Mind
from marvin.mind.sentences import sentences
from marvin.mind.speaker_identity import SpeakerIdentity
from marvin.mind.tools.toolbox import running, toolbox_of
from marvin.protocols import AudioSink, AudioSource, Transcriber
from marvin.service.audible import audible
from marvin.service.ducked import ducked
from marvin.service.home_follower import follow_names, home_of
from marvin.service.missing_models import check_models
from marvin.service.served_engines import ServedEngines
from marvin.service.server_set import serve
from marvin.service.timekeeper import Ring, ring_agenda
from marvin.skills.agenda import Agenda
from marvin.skills.skillset import state_dir
from marvin.types import RATE_HZ, Act, Endpoint, Forget, Transcript, Utterance

_LOGGER = logging.getLogger(__name__)

_LONGEST_S = 2 * 3600.0
"""Maximum length of a file to transcribe, which is held in memory at 230 MB per hour."""
_SLACK_S = 5.0
"""Margin over the language models' own limits, whose errors are more specific."""


async def run_assistant(
    config: Config,
    source: AudioSource,
    sink: AudioSink,
    report: Callable[[Event], None],
    *,
    memory: Memory | None = None,
    agenda: Agenda | None = None,
    on_ready: Callable[[Assistant], None] = lambda assistant: None,
    on_loaded: Callable[[list[str]], None] = lambda skill_problems: None,
    on_chunk: Callable[[], None] = lambda: None,
) -> None:
    """Run an assistant until the source ends. The ear is loaded first, the rest in the background.

    `memory` and `agenda` carry over from an earlier run. `on_ready` receives the assistant once it
    listens; `on_loaded`, once all is loaded, the problems of own skills; `on_chunk`: each is done.

    Raises:
        MarvinError: The assistant ended for any reason other than the end of the source.
    """
    began = time.perf_counter()
    check_models(config)
    config, agenda = with_time_for_answers(config), agenda or Agenda()
    engines = EngineSet(config, report, agenda)
    served = served_engines(engines, config, agenda, report)
    memory = open_memory(config, agenda, memory)
    session = open_session(engines, served.mind, config, source, sink, memory, report)
    async with (
        engines.running([session.ear]),
        ducked(config, session),
        running(served.mind.toolbox),
    ):
        report(Armed(config.wake.label, time.perf_counter() - began))
        engines.load_behind()
        assistant = Assistant(session, config, report, on_chunk)
        on_ready(assistant)
        try:
            # One group, so that a failure of the timers or a hung engine ends the assistant too.
            async with asyncio.TaskGroup() as group:
                rest = group.create_task(_load_rest(engines, on_loaded))
                names = group.create_task(follow_names(config, engines, once=not source.live))
                ring = audible(assistant.announcements.ring, sink, memory)
                beside = [
                    group.create_task(_ring(agenda, ring, config, memory.dialogue)),
                    group.create_task(engines.despaired()),
                    group.create_task(serve(served, report)),
                ]
                if not source.live:
                    # A recording can wait, so that loading errors are reported first.
                    await asyncio.gather(rest, names)
                await assistant.run()
                for task in (rest, names, *beside):
                    task.cancel()
        except* (MarvinError, BrokenPipeError) as errors:
            # BrokenPipeError: the reader of the events has exited.
            raise first_error(errors) from None


async def _ring(agenda: Agenda, ring: Ring, config: Config, dialogue: Dialogue) -> None:
    await ring_agenda(agenda, ring, config.skills, lambda: dialogue.language)


def open_memory(config: Config, agenda: Agenda, earlier: Memory | None = None) -> Memory:
    """The memory of a conversation."""
    memory = earlier or Memory(conversation_rules(config.llm))
    if memory.dialogue.language not in config.languages:
        memory.dialogue.language = config.languages[0]
    memory.notes = _told_notes(config, agenda)
    return memory


def _told_notes(config: Config, agenda: Agenda) -> Callable[[], Sequence[str]]:
    """What the language model is told of the user's notes."""
    if not config.skills.notes or "notes" in config.skills.disabled:
        return tuple
    return agenda.notes.texts


def served_engines(
    engines: EngineSet, config: Config, agenda: Agenda, report: Callable[[Event], None]
) -> ServedEngines:
    mind = mind_of(engines, config, report)
    return ServedEngines(config, engines, mind, partial(open_memory, config, agenda))


def mind_of(
    engines: EngineSet, config: Config, report: Callable[[Event], None] = lambda event: None
) -> Mind:
    speakers = None
    if engines.identifier is not None:
        speakers = SpeakerIdentity(engines.identifier, known_only(config))
    return Mind(
        engines.transcriber,
        engines.skills,
        engines.language_model,
        config.turn,
        wake_phrases(config),
        config.languages,
        speakers,
        toolbox_of(engines, config, report),
        home_of(config, engines.notify),
    )


async def _load_rest(engines: EngineSet, on_loaded: Callable[[list[str]], None]) -> None:
    await engines.loaded()
    engines.language_model.warm()
    own = engines.skillset.own
    on_loaded(own.problems + own.warnings)


def with_time_for_answers(config: Config) -> Config:
    """Raise `answer_s` to the sum of the limits of all language models in the fallback list."""
    tables = [table for _, table in config.llm.with_fallbacks("llm")]
    longest_s = sum(getattr(table, "first_token_s", 0.0) for table in tables)
    if config.turn.answer_s > longest_s:
        return config
    turn = config.turn.model_copy(update={"answer_s": longest_s + _SLACK_S})
    return config.model_copy(update={"turn": turn})


async def speak(config: Config, text: str, sink: AudioSink) -> None:
    """Speak `text` and return when playback has ended."""
    engines = EngineSet(config)
    async with engines.running([engines.synthesizer]):
        await Voice(engines.synthesizer, sink, config.turn).speak(sentences(text))


async def answer(config: Config, text: str) -> AsyncGenerator[str]:
    """Answer `text` sentence by sentence, without a running daemon.

    Raises:
        StageError: A stage failed, or the request needs a running daemon.
    """
    agenda = Agenda.unattended(state_dir(config.skills))
    engines = EngineSet(config, agenda=agenda)
    memory = open_memory(config, agenda)
    try:
        # The language model is loaded only if no skill answers.
        mind = mind_of(engines, config)
        async with (
            engines.running([engines.skills]),
            running(mind.toolbox),
            asyncio.TaskGroup() as tasks,
        ):
            response = mind.respond(text, memory, tasks)
            try:
                async for item in response.items():
                    if isinstance(item, Act):
                        raise SkillError(
                            "Marvin is not running, so there is no volume to set: start "
                            "`marvin run` first."
                        )
                    if not isinstance(item, Forget):
                        yield item.text
            finally:
                response.discard()
    except* MarvinError as errors:
        raise first_error(errors) from None


async def transcribe(
    config: Config, files: Sequence[Path]
) -> AsyncIterator[tuple[Path, Transcript | MarvinError]]:
    """Yield each file with its transcript or its error."""
    engines = EngineSet(config)
    async with engines.running([engines.transcriber]):
        for path in files:
            try:
                yield path, await _transcribe(engines.transcriber, await _read(path), config)
            except MarvinError as error:
                yield path, error


async def _transcribe(
    worker: Worker[Transcriber], utterance: Utterance, config: Config
) -> Transcript:
    # A file may be much longer than a spoken utterance.
    limit_s = config.turn.transcribe_s + utterance.speech_s
    return await worker.call(lambda engine, token: engine.transcribe(utterance, token), limit_s)


async def _read(path: Path) -> Utterance:
    """Read a file as a single utterance."""
    hum = HumFilter()
    chunks = []
    async for chunk in WavSource(path).chunks():
        if chunk.end > _LONGEST_S * RATE_HZ:
            raise AudioFileError(f"{path} is longer than {_LONGEST_S / 3600:g} hours: cut it")
        chunks.append(hum.clean(chunk).samples)
    samples = np.concatenate(chunks)
    return Utterance(samples, 0, len(samples) / RATE_HZ, Endpoint.SILENCE)


def run_until_signalled(main: Coroutine[None, None, None]) -> None:
    """Run `main` to completion, or cancel it on SIGINT, SIGTERM or SIGHUP."""

    async def guarded() -> None:
        task = asyncio.current_task()
        assert task is not None
        loop = asyncio.get_running_loop()
        stopped = False

        def stop() -> None:
            nonlocal stopped
            stopped = True
            task.cancel()

        # SIGHUP means that the terminal is gone. To reload models.toml, use `marvin reload`.
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            # Under `nohup`, SIGHUP is ignored and has to stay so.
            if signal.getsignal(number) is not signal.SIG_IGN:
                loop.add_signal_handler(number, stop)
        try:
            await main
        except asyncio.CancelledError:
            if not stopped:
                raise
            _LOGGER.info("stopped by a signal")

    asyncio.run(guarded())
