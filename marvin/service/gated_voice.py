"""Marvin's voice for a client, which waits for its turn at each sentence."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import aclosing
from typing import TYPE_CHECKING, cast

from marvin.config.tables import AUTO
from marvin.conversation.voice import Voice
from marvin.service.served_engines import PRIORITY, ServedEngines

if TYPE_CHECKING:
    from marvin.cancellation import CancelToken
    from marvin.engines.workers.worker import Worker
    from marvin.protocols import AudioSink, MultilingualSynthesizer, Synthesizer
    from marvin.types import AudioChunk


def voice_for_client(served: ServedEngines, sink: AudioSink, language: str = "") -> Voice:
    """`language`: of the text, where the synthesizer has a voice for each."""

    def reader(engine: Synthesizer) -> Synthesizer:
        if not language or served.config.language != AUTO:
            return engine
        return cast("MultilingualSynthesizer", engine).voice(language)

    # A voice only streams from its worker.
    synthesizer = cast("Worker[Synthesizer]", _Gated(served))
    return Voice(synthesizer, sink, served.config.turn, PRIORITY, reader)


class _Gated:
    def __init__(self, served: ServedEngines) -> None:
        self._served = served

    async def stream(
        self,
        function: Callable[[Synthesizer, CancelToken], Iterator[AudioChunk]],
        timeout_s: float,
        *,
        priority: int,
    ) -> AsyncGenerator[AudioChunk]:
        """A sentence. The voice takes it as fast as it comes, so that the gate is soon free again.
        Raises StageError, ServerError."""
        stream = self._served.engines.synthesizer.stream(function, timeout_s, priority=priority)
        async with self._served.gates.passed("tts"), aclosing(stream) as chunks:
            async for chunk in chunks:
                yield chunk
