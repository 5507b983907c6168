"""What Marvin says without having been asked: one after the other, when nobody has the word."""

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from marvin.errors import StageError
from marvin.events import Event, Replied, TurnFailed
from marvin.llm.sentences import once, sentences
from marvin.types import AudioChunk
from marvin.voice import Voice


@dataclass(frozen=True, slots=True)
class _Announcement:
    ring: AudioChunk | None
    text: str
    over: asyncio.Future[StageError | None]


class Announcements:
    """Those that wait."""

    def __init__(self, voice: Voice, report: Callable[[Event], None]) -> None:
        self._voice = voice
        self._report = report
        self._waiting: deque[_Announcement] = deque()

    def __bool__(self) -> bool:
        """Whether there is one."""
        return bool(self._waiting)

    def add(self, ring: AudioChunk | None, text: str) -> asyncio.Future[StageError | None]:
        """One more; done when it is over, with what went wrong. To cancel it is to withdraw it."""
        over: asyncio.Future[StageError | None] = asyncio.get_running_loop().create_future()
        self._waiting.append(_Announcement(ring, text, over))
        over.add_done_callback(self._withdraw)
        return over

    def _withdraw(self, over: asyncio.Future[StageError | None]) -> None:
        self._waiting = deque(one for one in self._waiting if one.over is not over)

    async def say_next(self, on_text: Callable[[str], None]) -> None:
        """Ring, and say it; `on_text` is told before. One that is cut off has been said."""
        if not self._waiting:
            # It was withdrawn at the last moment.
            return
        announcement = self._waiting.popleft()
        failure: StageError | None = None
        try:
            on_text(announcement.text)
            self._report(Replied(announcement.text))
            if announcement.ring is not None:
                await self._voice.sound(announcement.ring)
            await self._voice.speak(sentences(once(announcement.text)))
        except StageError as error:
            self._report(TurnFailed("tts", str(error)))
            failure = error
        finally:
            if not announcement.over.done():
                announcement.over.set_result(failure)
