"""What Marvin says without having been asked: a timer that rings goes first, the rest waits."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import suppress

from marvin.conversation.voice import Voice
from marvin.errors import StageError
from marvin.events import Event, Replied, TurnFailed
from marvin.mind.sentences import once, sentences
from marvin.types import AudioChunk


class _Text:
    """What other programs want to be said."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.rest: Sequence[str] | None = None
        """The sentences that a ring has cut off."""
        self.over: asyncio.Future[StageError | None] = asyncio.get_running_loop().create_future()


class _Ring:
    """A timer that has ended, once."""

    def __init__(self, sound: AudioChunk, text: str) -> None:
        self.sound = sound
        self.text = text
        self.begun = False
        self.over = asyncio.Event()
        self.hushed = asyncio.Event()
        """The user has heard it, and wants it to end."""


class Announcements:
    """Those that wait."""

    def __init__(
        self,
        voice: Voice,
        report: Callable[[Event], None],
        *,
        on_text: Callable[[str], None],
        begin: Callable[[], None],
    ) -> None:
        """`on_text` is told what is about to be said; `begin`: there may be something to say."""
        voice.between = self._ring_between
        self._voice = voice
        self._report = report
        self._on_text = on_text
        self._begin = begin
        self._texts: deque[_Text] = deque()
        self._ring: _Ring | None = None

    def __bool__(self) -> bool:
        """Whether something can be said now: between two rings nothing is."""
        return bool(self._texts) if self._ring is None else self.urgent

    @property
    def urgent(self) -> bool:
        """Whether a timer has to ring, before all else."""
        return self._ring is not None and not self._ring.begun

    async def say(self, text: str) -> StageError | None:
        """Say it when nothing else is said or heard; what went wrong.

        Raises:
            CancelledError: `stop` came first.
        """
        waiting = _Text(text)
        self._texts.append(waiting)
        self._begin()
        return await waiting.over

    async def ring(self, sound: AudioChunk, text: str, rest_s: float) -> bool:
        """Ring and say `text` as soon as the user does not speak, then be silent for `rest_s`;
        whether the user wants it to end."""
        self._ring = ring = _Ring(sound, text)
        self._begin()
        try:
            await ring.over.wait()
            with suppress(TimeoutError):
                async with asyncio.timeout(rest_s):
                    await ring.hushed.wait()
        finally:
            self._ring = None
            # Not at once: the caller may ring again.
            asyncio.get_running_loop().call_soon(self._begin)
        return ring.hushed.is_set()

    def hush(self) -> None:
        """What rings has been heard."""
        if self._ring is not None and self._ring.begun:
            self._ring.hushed.set()

    def stop(self) -> None:
        """Say none of the texts that wait, and ring no more; what has not rung yet will."""
        self.hush()
        while self._texts:
            self._texts.popleft().over.cancel()

    async def next(self) -> None:
        """The next one. A text that the user cuts off has been said, one that a ring cuts off goes
        on after it."""
        if self.urgent:
            await self._sound()
            return
        text = self._texts.popleft()
        if not text.over.done():
            await self._say(text)

    async def _ring_between(self) -> None:
        """Between two sentences of a reply."""
        if self.urgent:
            await self._voice.drained()
            await self._sound()

    async def _sound(self) -> None:
        assert self._ring is not None
        ring = self._ring
        ring.begun = True
        try:
            self._on_text(ring.text)
            self._report(Replied(ring.text))
            await self._voice.sound(ring.sound)
            await self._voice.utter(ring.text)
        except StageError as error:
            self._report(TurnFailed("tts", str(error)))
        finally:
            ring.over.set()

    async def _say(self, text: _Text) -> None:
        failure: StageError | None = None
        if text.rest is None:
            text.rest = [sentence async for sentence in sentences(once(text.text))]
        try:
            self._on_text(text.text)
            self._report(Replied(" ".join(text.rest)))
            await self._voice.speak(_each(text.rest))
        except StageError as error:
            self._report(TurnFailed("tts", str(error)))
            failure = error
        except asyncio.CancelledError:
            if self._ring is not None:
                text.rest = text.rest[max(0, len(self._voice.spoken) - 1) :]
                self._texts.appendleft(text)
            elif not text.over.done():
                text.over.set_result(None)
            raise
        if not text.over.done():
            text.over.set_result(failure)


async def _each(parts: Sequence[str]) -> AsyncIterator[str]:
    for part in parts:
        yield part
