"""Marvin's voice: sentences in, sound out, the next synthesised while the one before plays."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing

from marvin.config.tables import TurnConfig
from marvin.errors import SynthesisError
from marvin.protocols import AudioSink, Synthesizer
from marvin.types import AudioChunk
from marvin.worker import Worker


class Voice:
    """Speaks through one sink."""

    def __init__(
        self, synthesizer: Worker[Synthesizer], sink: AudioSink, config: TurnConfig
    ) -> None:
        self._synthesizer = synthesizer
        self._sink = sink
        self._config = config

    async def speak(
        self,
        sentences: AsyncIterator[str],
        *,
        on_sentence: Callable[[str], None] = lambda sentence: None,
        on_first_audio: Callable[[], None] = lambda: None,
    ) -> None:
        """Speak them all and wait until the last has been heard. Flushes when cancelled.

        Raises:
            SynthesisError: The engine failed, or made no sound at all.
            WorkerTimeoutError: The next piece of speech did not come in time.
        """
        started = False
        sentence = ""
        try:
            async for sentence in sentences:
                on_sentence(sentence)
                async with aclosing(self._sound_of(sentence)) as chunks:
                    async for chunk in chunks:
                        if not started:
                            started = True
                            on_first_audio()
                        await self._sink.play(chunk)
            if sentence and not started:
                raise SynthesisError("the voice made no sound")
            await self._sink.drained()
        except asyncio.CancelledError:
            self._sink.flush()
            raise

    def _sound_of(self, sentence: str) -> AsyncGenerator[AudioChunk, None]:
        return self._synthesizer.stream(
            lambda engine, token: engine.synthesize(sentence, token), self._config.synthesis_s
        )

    async def sound(self, chunk: AudioChunk) -> None:
        """Play a chime and wait until it has been heard. Flushes when cancelled."""
        try:
            await self._sink.play(chunk)
            await self._sink.drained()
        except asyncio.CancelledError:
            self._sink.flush()
            raise

    def set_volume(self, volume: float) -> None:
        """Playback volume in [0, 1]."""
        self._sink.set_volume(volume)
