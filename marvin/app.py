"""Puts a line together out of the configured engines, runs it, and takes it down again.

The only file that names concrete classes.
"""

import asyncio
import importlib
import logging
import signal
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from marvin.assistant import Assistant, Stages
from marvin.audio.wavfile import WavSource
from marvin.cancellation import CancelToken
from marvin.config.tables import Config
from marvin.ear import Ear
from marvin.errors import MarvinError
from marvin.espeak.process import EspeakProcess
from marvin.events import Armed, Event
from marvin.llm.sentences import once, sentences
from marvin.protocols import AudioSink, AudioSource, LanguageModel, Skills, Synthesizer, Transcriber
from marvin.skills.skillset import Skillset
from marvin.timekeeper import ring_timers
from marvin.types import RATE_HZ, Endpoint, Message, Transcript, Utterance
from marvin.voice import Voice
from marvin.worker import Worker

if TYPE_CHECKING:
    from marvin.wake.checkpoint import Description

_LOGGER = logging.getLogger(__name__)

ENGINES = {
    "wake.ast": "marvin.wake.ast_classifier:AstWakeWordDetector",
    "vad.webrtc": "marvin.vad.webrtc:WebrtcVoiceActivityDetector",
    "stt.sphinx": "marvin.stt.sphinx:SphinxTranscriber",
    "llm.none": "marvin.llm.none:NoLanguageModel",
    "tts.espeak": "marvin.tts.espeak:EspeakSynthesizer",
}
"""Where each engine of models.toml is. Only the chosen ones are imported."""

STOP_S = 2.0
"""A worker may take so long to end; then the process ends without it."""


async def run_assistant(
    config: Config, source: AudioSource, sink: AudioSink, report: Callable[[Event], None]
) -> None:
    """Load everything, hold conversations until the source ends, stop everything.

    Raises:
        MarvinError: What ended it, unless it was the end of the source.
    """
    began = time.perf_counter()
    skillset = load_skillset(config)
    workers = _Workers(config, skillset)
    stages = Stages(
        source=source,
        sink=sink,
        ear=workers.ear,
        transcriber=workers.transcriber,
        skills=workers.skills,
        language_model=engine("llm", config.llm.engine)(),
        synthesizer=workers.synthesizer,
    )
    sink.set_volume(config.audio.volume)
    async with workers.running():
        report(Armed(config.wake.label, time.perf_counter() - began))
        assistant = Assistant(stages, config, report)
        try:
            # Together: timers that have stopped ringing must not go unnoticed.
            async with asyncio.TaskGroup() as group:
                alarm = group.create_task(ring_timers(skillset.timers, assistant.announce))
                await assistant.run()
                alarm.cancel()
        except* MarvinError as errors:
            raise _first(errors) from None


def _first(error: BaseException) -> BaseException:
    """The error itself, out of the groups that tasks put around it."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error


class _Workers:
    """The threads of a line, one an engine."""

    def __init__(self, config: Config, skillset: Skillset) -> None:
        self.ear: Worker[Ear] = Worker("marvin-ear", lambda: load_ear(config))
        self.transcriber: Worker[Transcriber] = Worker(
            "marvin-stt", lambda: load_transcriber(config, skillset)
        )
        self.skills: Worker[Skills] = Worker("marvin-skills", lambda: skillset)
        self.synthesizer: Worker[Synthesizer] = Worker(
            "marvin-tts", lambda: load_synthesizer(config)
        )

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Load all at once; stop all at once, within STOP_S."""
        workers = (self.ear, self.transcriber, self.skills, self.synthesizer)
        try:
            await asyncio.gather(*(worker.start() for worker in workers))
            yield
        finally:
            await asyncio.gather(*(worker.stop(STOP_S) for worker in workers))


def engine(stage: str, name: str) -> Any:
    """The class of an engine."""
    module, _, name = ENGINES[f"{stage}.{name}"].partition(":")
    return getattr(importlib.import_module(module), name)


def load_ear(config: Config) -> Ear:
    """Voice activity and wake word. Runs on the ear's thread."""
    import torch

    # The wake model is small: a second thread costs more in waiting than it brings.
    torch.set_num_threads(1)
    vad = engine("vad", config.vad.engine).load(config.vad)
    wake = engine("wake", config.wake.engine).load(config.wake, _pronounce)
    return Ear(vad, wake)


def describe_wake_model(name: str) -> "Description":
    """Labels and size of what `wake.model` names."""
    module = importlib.import_module("marvin.wake.checkpoint")
    description: Description = module.describe_checkpoint(name)
    return description


def load_skillset(config: Config) -> Skillset:
    """The skills, the user's own commands included."""
    return Skillset.load(config.skills, wake_phrase=config.wake.label, volume=config.audio.volume)


def load_transcriber(config: Config, skillset: Skillset) -> Transcriber:
    """The recogniser, with the grammar of the skills."""
    name = config.wake.label
    transcriber: Transcriber = engine("stt", config.stt.engine).load(
        config.stt, skillset.patterns(), (name, f"hey {name}", f"okay {name}"), _pronounce
    )
    return transcriber


def load_synthesizer(config: Config) -> Synthesizer:
    """The voice."""
    synthesizer: Synthesizer = engine("tts", config.tts.engine).load(config.tts)
    return synthesizer


def _pronounce(word: str) -> str:
    """IPA of a word that the recogniser's dictionary lacks."""
    with closing(EspeakProcess()) as process:
        process.start()
        return process.phonemes(word)


async def speak(config: Config, text: str, sink: AudioSink) -> None:
    """Say `text` and return when it has been heard."""
    synthesizer: Worker[Synthesizer] = Worker("marvin-tts", lambda: load_synthesizer(config))
    try:
        await synthesizer.start()
        await Voice(synthesizer, sink, config.turn).speak(sentences(once(text)))
    finally:
        await synthesizer.stop(STOP_S)


async def answer(config: Config, text: str) -> str:
    """What the skills, or else the language model, answer to `text`."""
    skillset = load_skillset(config)
    reply = await asyncio.to_thread(skillset.answer, text, CancelToken())
    if reply is not None:
        return reply.text
    language_model: LanguageModel = engine("llm", config.llm.engine)()
    return "".join([delta async for delta in language_model.reply([Message("user", text)])])


async def transcribe(
    config: Config, files: Sequence[Path]
) -> AsyncIterator[tuple[Path, Transcript | MarvinError]]:
    """Each file's transcript, or what was wrong with it."""
    skillset = load_skillset(config)
    worker: Worker[Transcriber] = Worker("marvin-stt", lambda: load_transcriber(config, skillset))
    try:
        await worker.start()
        for path in files:
            try:
                yield path, await _transcribe(worker, await _whole(path), config)
            except MarvinError as error:
                yield path, error
    finally:
        await worker.stop(STOP_S)


async def _transcribe(
    worker: Worker[Transcriber], utterance: Utterance, config: Config
) -> Transcript:
    # A file may be longer than anything that is said in one breath.
    limit_s = config.turn.transcribe_s + utterance.speech_s
    return await worker.call(lambda engine, token: engine.transcribe(utterance, token), limit_s)


async def _whole(path: Path) -> Utterance:
    """A file as one utterance."""
    chunks = [chunk.samples async for chunk in WavSource(path).chunks()]
    samples = np.concatenate(chunks)
    return Utterance(samples, 0, len(samples) / RATE_HZ, Endpoint.SILENCE)


def run_until_signalled(main: Coroutine[None, None, None]) -> None:
    """Run to the end, or to SIGINT or SIGTERM, which cancel it."""

    async def guarded() -> None:
        task = asyncio.current_task()
        assert task is not None
        loop = asyncio.get_running_loop()
        stopped = False

        def stop() -> None:
            nonlocal stopped
            stopped = True
            task.cancel()

        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, stop)
        try:
            await main
        except asyncio.CancelledError:
            if not stopped:
                raise
            _LOGGER.info("stopped by a signal")

    asyncio.run(guarded())
