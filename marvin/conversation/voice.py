"""Marvin's voice: each sentence is synthesised while the previous one plays."""

import asyncio
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterator
from contextlib import aclosing
from enum import Enum

from marvin.cancellation import CancelToken
from marvin.config.tables import TurnConfig
from marvin.engines.workers.worker import Worker
from marvin.errors import PlaybackError, SynthesisError
from marvin.protocols import AudioSink, Synthesizer
from marvin.tts.normalization import normalize
from marvin.types import AudioChunk

_LOGGER = logging.getLogger(__name__)


class _End:
    """Marks the end of the queue; `error` is what ended it, if anything."""

    def __init__(self, error: BaseException | None) -> None:
        self.error = error


class _Mark(Enum):
    OVER = "over"
    """A sentence is over; the next one may take a while."""
    DUE = "due"
    """Something cannot wait."""


class _SpeechQueue:
    """Queue from the engine to the sink: each sentence, followed by its audio."""

    def __init__(self) -> None:
        self.items: asyncio.Queue[str | AudioChunk | _Mark | _End] = asyncio.Queue()
        self.room = asyncio.Semaphore(1)
        """Lets synthesis run one sentence ahead of playback, which bounds the queue."""


class Voice:
    """Speaks through one sink."""

    def __init__(
        self,
        synthesizer: Worker[Synthesizer],
        sink: AudioSink,
        config: TurnConfig,
        priority: int = 0,
        reader: Callable[[Synthesizer], Synthesizer] = lambda engine: engine,
    ) -> None:
        """`reader` chooses among the voices of a synthesizer."""
        self._reader = reader
        self._priority = priority
        self._synthesizer = synthesizer
        self._sink = sink
        self._config = config
        self.between: Callable[[], Awaitable[None]] | None = None
        """Called between two sentences of `speak`, and while it waits for the next one, for sounds
        that cannot wait until it ends."""
        self._queue: _SpeechQueue | None = None
        self._begun: list[tuple[str, float]] = []
        self._queued_s = 0.0

    @property
    def spoken(self) -> list[str]:
        """Sentences of the last `speak` whose playback started. Valid once it has returned."""
        return [sentence for sentence, start_s in self._begun if start_s < self._queued_s]

    def due(self) -> None:
        """Have `between` called as soon as no sentence is being spoken, if `speak` is active."""
        if self._queue is not None:
            self._queue.items.put_nowait(_Mark.DUE)

    async def speak(
        self,
        sentences: AsyncIterator[str] | list[str],
        *,
        on_sentence: Callable[[str], None] = lambda sentence: None,
        on_first_audio: Callable[[], None] = lambda: None,
    ) -> None:
        """Speak all sentences and wait for playback to end. Flushes the sink when cancelled.

        Raises:
            SynthesisError: The engine failed or produced no audio.
            WorkerTimeoutError: The next chunk of speech took too long.
        """
        self._begun, self._queued_s = [], 0.0
        queue = self._queue = _SpeechQueue()
        synthesizing = asyncio.create_task(self._fill(sentences, queue, on_sentence))
        try:
            await self._play(queue, on_first_audio)
            if self._begun:
                await self._sink.drained()
        except asyncio.CancelledError:
            self._queued_s -= self._sink.flush()
            raise
        finally:
            self._queue = None
            synthesizing.cancel()
            await asyncio.wait([synthesizing])

    async def _fill(
        self,
        sentences: AsyncIterator[str] | list[str],
        queue: "_SpeechQueue",
        on_sentence: Callable[[str], None],
    ) -> None:
        error: BaseException | None = None
        try:
            async for sentence in _each(sentences) if isinstance(sentences, list) else sentences:
                await queue.room.acquire()
                on_sentence(sentence)
                queue.items.put_nowait(sentence)
                async with aclosing(self._audio_of(sentence)) as chunks:
                    async for chunk in chunks:
                        queue.items.put_nowait(chunk)
                queue.items.put_nowait(_Mark.OVER)
        except BaseException as raised:  # noqa: BLE001 - re-raised by _play in order
            error = raised
        queue.items.put_nowait(_End(error))

    async def _play(self, queue: "_SpeechQueue", on_first_audio: Callable[[], None]) -> None:
        started = words = within = False
        while not isinstance(item := await queue.items.get(), _End):
            if isinstance(item, _Mark):
                within = within and item is _Mark.DUE
                # What follows the last sentence waits for the end of the turn.
                waits = item is _Mark.DUE or queue.items.empty()
                if started and waits and not within and self.between is not None:
                    await self.between()
                continue
            if isinstance(item, str):
                if started and self.between is not None:
                    await self.between()
                within = True
                queue.room.release()
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

    def _audio_of(self, sentence: str) -> AsyncGenerator[AudioChunk, None]:
        def synthesize(engine: Synthesizer, token: CancelToken) -> Iterator[AudioChunk]:
            voice = self._reader(engine)
            # Voices read letters, not numbers or units: spell out "3 kg".
            return voice.synthesize(normalize(sentence.replace("`", ""), voice.language), token)

        return self._synthesizer.stream(
            synthesize, self._config.synthesis_s, priority=self._priority
        )

    async def utter(self, sentence: str) -> None:
        """Speak one sentence and wait for playback to end. May run from `between`, and does not
        count as `spoken`. Flushes when cancelled. Raises the same errors as `speak`."""
        try:
            async with aclosing(self._audio_of(sentence)) as chunks:
                async for chunk in chunks:
                    await self._sink.play(chunk)
            await self._sink.drained()
        except asyncio.CancelledError:
            self._sink.flush()
            raise

    async def drained(self) -> None:
        """Wait until all queued audio has been played. Raises PlaybackError."""
        await self._sink.drained()

    async def sound(self, chunk: AudioChunk) -> None:
        """Play a chime and wait for it to end. Flushes when cancelled. Playback errors are only
        logged: a missing chime must not fail the turn."""
        try:
            await self._sink.play(chunk)
            await self._sink.drained()
        except PlaybackError as error:
            _LOGGER.warning("could not play a chime: %s", error)
        except asyncio.CancelledError:
            self._sink.flush()
            raise


async def _each(sentences: list[str]) -> AsyncIterator[str]:
    for sentence in sentences:
        yield sentence
