"""What clients of the servers ask of the engines."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import aclosing
from typing import Any, cast

from marvin.cancellation import CancelToken
from marvin.config.tables import AUTO
from marvin.mind.spoken_language import with_language
from marvin.protocols import MultilingualSynthesizer, Synthesizer
from marvin.service.served_engines import PRIORITY, ServedEngines
from marvin.tts.normalization import normalize
from marvin.types import RATE_HZ, AudioChunk, Endpoint, Partial, Samples, Transcript, Utterance

_BEHIND = PRIORITY + 1
"""Partial transcripts, for which nobody waits."""


async def transcribe(served: ServedEngines, samples: Samples, language: str) -> Transcript:
    """Raises StageError, ServerError."""
    said = _utterance(served, samples, language)
    limit_s = served.config.turn.transcribe_s + said.speech_s
    return await served.gates.whole(
        "stt",
        served.engines.transcriber.call(
            lambda engine, token: engine.transcribe(said, token), limit_s, priority=PRIORITY
        ),
    )


async def transcribe_partly(served: ServedEngines, samples: Samples, language: str) -> Partial:
    """The transcript so far, of a transcriber whose config has `partial_s`. Raises as before."""
    said = _utterance(served, samples, language)
    limit_s = served.config.turn.transcribe_s + said.speech_s
    streaming = cast("Any", served.engines.transcriber)
    async with served.gates.passed("stt"):
        partial: Partial = await streaming.call(
            lambda engine, token: engine.partial(said, token), limit_s, priority=_BEHIND
        )
    return partial


def _utterance(served: ServedEngines, samples: Samples, language: str) -> Utterance:
    said = Utterance(samples, 0, len(samples) / RATE_HZ, Endpoint.SILENCE)
    return with_language(said, served.config.languages, _known(served, language))


async def synthesize(
    served: ServedEngines, sentences: AsyncIterator[str], language: str
) -> AsyncGenerator[AudioChunk]:
    """Audio as it is made, one sentence ahead of the reader, who may be slow. Raises StageError,
    ServerError."""
    queue: asyncio.Queue[AudioChunk | None] = asyncio.Queue()
    ahead = asyncio.Semaphore(2)

    async def fill() -> None:
        try:
            async for sentence in sentences:
                await ahead.acquire()
                await _fill(served, sentence, language, queue)
                queue.put_nowait(None)
        finally:
            queue.put_nowait(None)

    filling = asyncio.create_task(fill())
    try:
        while not filling.done() or not queue.empty():
            chunk = await queue.get()
            if chunk is None:
                ahead.release()
            else:
                yield chunk
        await filling
    finally:
        filling.cancel()
        await asyncio.gather(filling, return_exceptions=True)


async def _fill(
    served: ServedEngines, sentence: str, language: str, queue: asyncio.Queue[AudioChunk | None]
) -> None:
    def speak(engine: Synthesizer, token: CancelToken) -> Iterator[AudioChunk]:
        voice = engine
        if served.config.language == AUTO:
            voice = cast("MultilingualSynthesizer", engine).voice(_known(served, language))
        return voice.synthesize(normalize(sentence.replace("`", ""), voice.language), token)

    async with (
        served.gates.passed("tts"),
        aclosing(
            served.engines.synthesizer.stream(
                speak, served.config.turn.synthesis_s, priority=PRIORITY
            )
        ) as chunks,
    ):
        async for chunk in chunks:
            queue.put_nowait(chunk)


def _known(served: ServedEngines, language: str) -> str:
    """`de` for `de-DE`; the usual language if Marvin does not speak that."""
    code = language.replace("_", "-").partition("-")[0].lower()
    languages = served.config.languages
    return code if code in languages else languages[0]
