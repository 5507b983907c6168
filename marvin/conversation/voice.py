"""Marvin's voice: sentences in, sound out, the next synthesised while the one before plays."""

import asyncio
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterator
from contextlib import aclosing

from marvin.cancellation import CancelToken
from marvin.config.tables import TurnConfig
from marvin.engines.workers.worker import Worker
from marvin.errors import PlaybackError, SynthesisError
from marvin.protocols import AudioSink, Synthesizer
from marvin.tts.normalization import normalize
from marvin.types import AudioChunk

_LOGGER = logging.getLogger(__name__)


class _End:
    """Follows the last of what is spoken."""

    def __init__(self, error: BaseException | None) -> None:
        self.error = error


class _Made:
    """What is on its way from the engine to the loudspeaker: each sentence, its sound behind it."""

    def __init__(self) -> None:
        self.items: asyncio.Queue[str | AudioChunk | _End] = asyncio.Queue()
        self.room = asyncio.Semaphore(1)
        """For one sentence more than the one that is played: that bounds the items."""


class Voice:
    """Speaks through one sink."""

    def __init__(
        self, synthesizer: Worker[Synthesizer], sink: AudioSink, config: TurnConfig
    ) -> None:
        self._synthesizer = synthesizer
        self._sink = sink
        self._config = config
        self.between: Callable[[], Awaitable[None]] | None = None
        """Called between two sentences of `speak`: what cannot wait for the end of it."""
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
        self._begun, self._queued_s = [], 0.0
        made = _Made()
        making = asyncio.create_task(self._make(sentences, made, on_sentence))
        try:
            if await self._play(made, on_first_audio):
                await self._sink.drained()
        except asyncio.CancelledError:
            self._queued_s -= self._sink.flush()
            raise
        finally:
            making.cancel()
            await asyncio.wait([making])

    async def _make(
        self, sentences: AsyncIterator[str], made: "_Made", on_sentence: Callable[[str], None]
    ) -> None:
        """One sentence ahead of what is played."""
        error: BaseException | None = None
        try:
            async for sentence in sentences:
                await made.room.acquire()
                on_sentence(sentence)
                made.items.put_nowait(sentence)
                async with aclosing(self._sound_of(sentence)) as chunks:
                    async for chunk in chunks:
                        made.items.put_nowait(chunk)
        except BaseException as raised:  # noqa: BLE001 - raised where it is its turn
            error = raised
        made.items.put_nowait(_End(error))

    async def _play(self, made: "_Made", on_first_audio: Callable[[], None]) -> bool:
        """Whether there was any sound."""
        started = words = False
        while not isinstance(item := await made.items.get(), _End):
            if isinstance(item, str):
                if started and self.between is not None:
                    await self.between()
                made.room.release()
                words = words or any(map(str.isalnum, item))
                self._begun.append((item, self._queued_s))
                continue
            if not started:
                started = True
                on_first_audio()
            await self._sink.play(item)
            self._queued_s += item.duration_s
        if item.error is not None:
            raise item.error
        if words and not started:
            raise SynthesisError("the voice made no sound")
        return started

    def _sound_of(self, sentence: str) -> AsyncGenerator[AudioChunk, None]:
        def synthesize(engine: Synthesizer, token: CancelToken) -> Iterator[AudioChunk]:
            # A voice knows letters, not numbers: "3 kg" becomes words.
            return engine.synthesize(normalize(sentence.replace("`", ""), engine.language), token)

        return self._synthesizer.stream(synthesize, self._config.synthesis_s)

    async def utter(self, sentence: str) -> None:
        """Say a sentence and wait until it has been heard, also between two of `speak`, of which it
        is none. Flushes when cancelled. Raises as `speak`."""
        try:
            async with aclosing(self._sound_of(sentence)) as chunks:
                async for chunk in chunks:
                    await self._sink.play(chunk)
            await self._sink.drained()
        except asyncio.CancelledError:
            self._sink.flush()
            raise

    async def drained(self) -> None:
        """Wait until all that was made has been heard. Raises PlaybackError."""
        await self._sink.drained()

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
