"""Single requests of commands, without an assistant: speak, answer, transcribe."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from marvin.audio.reader import open_audio
from marvin.audio.wavfile import WavSource
from marvin.config.tables import Config
from marvin.conversation.hum import HumFilter
from marvin.conversation.voice import Voice
from marvin.engines.engine_set import EngineSet
from marvin.engines.workers.worker import Worker
from marvin.errors import AudioFileError, MarvinError, SkillError, first_error
from marvin.events import ToolUsed
from marvin.mind.sentences import sentences
from marvin.mind.tools.toolbox import running
from marvin.protocols import AudioSink, Transcriber
from marvin.service.assembly import mind_of, open_memory
from marvin.service.recording_parts import CUE_S, RecordingParts
from marvin.service.subtitles import TranscribedPart
from marvin.skills.agenda import Agenda
from marvin.skills.skillset import state_dir
from marvin.types import RATE_HZ, Act, Endpoint, Forget, Transcript, Utterance

_LONGEST_S = 2 * 3600.0
"""Maximum length of a file to transcribe, which is held in memory at 230 MB per hour."""


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
            running(mind.toolbox, ahead=False),
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
                    if not isinstance(item, Forget | ToolUsed):
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


async def transcribed_parts(
    config: Config, files: Sequence[Path]
) -> AsyncIterator[tuple[Path, TranscribedPart | MarvinError]]:
    """Yield each file part by part as it is transcribed, and its error if there is one."""
    engines = EngineSet(config)
    async with engines.running([engines.transcriber]):
        for path in files:
            try:
                recording = RecordingParts(open_audio(path), CUE_S)
                while (said := await asyncio.to_thread(recording.next)) is not None:
                    # Times of words count from the beginning of their part.
                    heard = await _transcribe(engines.transcriber, replace(said, start=0), config)
                    yield path, TranscribedPart(said.start / RATE_HZ, said.end / RATE_HZ, heard)
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
