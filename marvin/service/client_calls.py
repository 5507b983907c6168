"""What clients of the servers ask of the engines."""

from collections.abc import AsyncGenerator, AsyncIterator
from typing import Any, cast

from marvin.mind.spoken_language import with_language
from marvin.service.gated_voice import voice_for_client
from marvin.service.handover import Handover
from marvin.service.served_engines import PRIORITY, ServedEngines
from marvin.types import RATE_HZ, AudioChunk, Endpoint, Partial, Samples, Transcript, Utterance

_BEHIND = PRIORITY + 1
"""Partial transcripts, for which nobody waits."""


async def transcribe(served: ServedEngines, said: Utterance) -> Transcript:
    """The room does not wait for it: it is stopped, and begins again. Raises StageError,
    ServerError."""
    # More time than for an utterance in the room, which is shorter.
    limit_s = served.config.turn.transcribe_s + said.speech_s
    return await served.gates.whole(
        "stt",
        served.engines.transcriber.call(
            lambda engine, token: engine.transcribe(said, token),
            limit_s,
            priority=PRIORITY,
            gives_way=True,
        ),
    )


async def transcribe_partly(served: ServedEngines, said: Utterance) -> Partial:
    """The transcript so far, of a transcriber whose config has `partial_s`. Raises as before."""
    limit_s = served.config.turn.transcribe_s + said.speech_s
    streaming = cast("Any", served.engines.transcriber)
    async with served.gates.passed("stt"):
        partial: Partial = await streaming.call(
            lambda engine, token: engine.partial(said, token), limit_s, priority=_BEHIND
        )
    return partial


def utterance_of(served: ServedEngines, samples: Samples, language: str) -> Utterance:
    """`language`: as the client writes it, such as `de-DE`."""
    said = Utterance(samples, 0, len(samples) / RATE_HZ, Endpoint.SILENCE)
    return with_language(said, served.config.languages, known_language(served, language))


def synthesize(
    served: ServedEngines, sentences: AsyncIterator[str] | list[str], language: str = ""
) -> AsyncGenerator[AudioChunk]:
    """Audio as it is made. The engine never waits for the client: it makes at most one sentence
    more than the client has taken, and then is free for others. Raises StageError, ServerError."""
    sink = _HandoverSink()
    voice = voice_for_client(served, sink, known_language(served, language))
    return sink.chunks.taken_from(voice.speak(sentences))


class _HandoverSink:
    """A sink from which the client takes its audio."""

    def __init__(self) -> None:
        self.chunks: Handover[AudioChunk] = Handover()

    async def play(self, chunk: AudioChunk) -> None:
        await self.chunks.put(chunk)

    async def drained(self) -> None:
        """What is handed over is no longer waited for."""

    def flush(self) -> float:
        return 0.0

    def set_volume(self, volume: float) -> None:
        """The client has its own."""


def known_language(served: ServedEngines, language: str) -> str:
    """`de` for `de-DE`; the usual language if Marvin does not speak that."""
    code = language.replace("_", "-").partition("-")[0].lower()
    languages = served.config.languages
    return code if code in languages else languages[0]
