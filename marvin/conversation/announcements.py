"""Unprompted speech: a ringing timer takes precedence, other announcements queue."""

import asyncio
from collections import deque
from collections.abc import Callable
from contextlib import suppress

from marvin.conversation.voice import Voice
from marvin.errors import StageError
from marvin.events import Event, Replied, TurnFailed
from marvin.mind.sentences import sentences
from marvin.types import AudioChunk


class _Text:
    """An announcement requested by another program."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.rest: list[str] | None = None
        """The sentences left to say after a ring interrupted this text."""
        self.over: asyncio.Future[StageError | None] = asyncio.get_running_loop().create_future()


class _Ring:
    """One ring of an expired timer."""

    def __init__(self, sound: AudioChunk, text: str) -> None:
        self.sound = sound
        self.text = text
        self.begun = False
        self.over = asyncio.Event()
        self.acknowledged = asyncio.Event()
        """Set when the user has acknowledged the ring."""


class Announcements:
    """Queues texts and at most one ringing timer."""

    def __init__(
        self,
        voice: Voice,
        report: Callable[[Event], None],
        *,
        on_text: Callable[[str], None],
        begin: Callable[[], None],
    ) -> None:
        """`on_text` receives each text before it is spoken; `begin` is called when one is due."""
        voice.between = self._ring_between
        self._voice = voice
        self._report = report
        self._on_text = on_text
        self._begin = begin
        self._texts: deque[_Text] = deque()
        self._ring: _Ring | None = None

    def __bool__(self) -> bool:
        """Whether something is due now. Queued texts wait while a timer is between two rings."""
        return bool(self._texts) if self._ring is None else self.urgent

    @property
    def urgent(self) -> bool:
        """Whether a timer is waiting to ring."""
        return self._ring is not None and not self._ring.begun

    @property
    def ringing(self) -> bool:
        """Whether a timer rings, or pauses between two rings."""
        return self._ring is not None and self._ring.begun

    async def say(self, text: str) -> StageError | None:
        """Speak `text` once the assistant is idle. Returns the error if speaking failed.

        Raises:
            CancelledError: `stop` was called first.
        """
        waiting = _Text(text)
        self._texts.append(waiting)
        self._begin()
        return await waiting.over

    async def ring(self, sound: AudioChunk, text: str, rest_s: float) -> bool:
        """Ring and say `text` once the user is not speaking, then pause for `rest_s` seconds.
        Returns whether the user acknowledged it."""
        self._ring = ring = _Ring(sound, text)
        self._voice.due()
        self._begin()
        try:
            await ring.over.wait()
            with suppress(TimeoutError):
                async with asyncio.timeout(rest_s):
                    await ring.acknowledged.wait()
        finally:
            self._ring = None
            # Deferred, because the caller may ring again right away.
            asyncio.get_running_loop().call_soon(self._begin)
        return ring.acknowledged.is_set()

    def hush(self) -> None:
        if self._ring is not None and self.ringing:
            self._ring.acknowledged.set()

    def stop(self) -> None:
        """Drop all queued texts and silence a ringing timer. One that is due still rings."""
        self.hush()
        while self._texts:
            self._texts.popleft().over.cancel()

    async def next(self) -> None:
        """Speak the next announcement. A text interrupted by the user counts as spoken; one
        interrupted by a ring is resumed afterwards."""
        if self.urgent:
            await self._sound()
            return
        text = self._texts.popleft()
        if not text.over.done():
            await self._say(text)

    async def _ring_between(self) -> None:
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
            text.rest = sentences(text.text)
        try:
            self._on_text(text.text)
            self._report(Replied(" ".join(text.rest)))
            await self._voice.speak(text.rest)
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
