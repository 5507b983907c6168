"""Marvin's voice: sentences in, sound out, the next synthesised while the one before plays."""

import asyncio
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator
from contextlib import aclosing

from marvin.cancellation import CancelToken
from marvin.config.tables import TurnConfig
from marvin.errors import PlaybackError, SynthesisError
from marvin.protocols import AudioSink, Synthesizer
from marvin.tts.normalization import normalize
from marvin.types import AudioChunk
from marvin.worker import Worker

_LOGGER = logging.getLogger(__name__)


class Voice:
    """Speaks through one sink."""

    def __init__(
        self, synthesizer: Worker[Synthesizer], sink: AudioSink, config: TurnConfig
    ) -> None:
        self._synthesizer = synthesizer
        self._sink = sink
        self._config = config
        self._begun: list[tuple[str, float]] = []
        self._queued_s = 0.0

    @property
    def spoken(self) -> list[str]:
        """Sentences of the last `speak` whose playback has begun, once it is over or cut off."""
        return [sentence for sentence, start_s in self._begun if start_s < self._queued_s]

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
        started = words = False
        self._begun, self._queued_s = [], 0.0
        try:
            async for sentence in sentences:
                on_sentence(sentence)
                words = words or any(map(str.isalnum, sentence))
                self._begun.append((sentence, self._queued_s))
                async with aclosing(self._sound_of(sentence)) as chunks:
                    async for chunk in chunks:
                        if not started:
                            started = True
                            on_first_audio()
                        await self._sink.play(chunk)
                        self._queued_s += chunk.duration_s
            if words and not started:
                raise SynthesisError("the voice made no sound")
            await self._sink.drained()
        except asyncio.CancelledError:
            self._queued_s -= self._sink.flush()
            raise

    def _sound_of(self, sentence: str) -> AsyncGenerator[AudioChunk, None]:
        def synthesize(engine: Synthesizer, token: CancelToken) -> Iterator[AudioChunk]:
            # A voice knows letters, not numbers: "3 kg" becomes words.
            return engine.synthesize(normalize(sentence, engine.language), token)

        return self._synthesizer.stream(synthesize, self._config.synthesis_s)

    async def sound(self, chunk: AudioChunk) -> None:
        """Play a chime and wait until it has been heard. Flushes when cancelled.

        A chime is no reason to fail: without a speaker it is not heard.
        """
        try:
            await self._sink.play(chunk)
            await self._sink.drained()
        except PlaybackError as error:
            _LOGGER.warning("a sound was not heard: %s", error)
        except asyncio.CancelledError:
            self._sink.flush()
            raise

    def set_volume(self, volume: float) -> None:
        """Playback volume in [0, 1]."""
        self._sink.set_volume(volume)
