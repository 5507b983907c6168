"""The loudspeaker of the virtual room."""

import asyncio
import math
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

from marvin.audio import chime
from marvin.errors import PlaybackError
from marvin.types import AudioChunk, Samples

_AHEAD_S = 4.0
"""Audio queued before `play` waits, as in the real loudspeaker."""
LATENCY_S = 0.1
FADE_S = 0.01
WORD_S = 0.3
"""Length of Marvin's words."""
_HELD_S = 1e6
"""Added to the times of what is held in a pause."""
_SOUNDS = {
    len(make().samples): name
    for name, make in {
        "wake": chime.wake,
        "error": chime.error,
        "timer": chime.timer,
        "open": chime.open_microphone,
        "close": chime.close_microphone,
    }.items()
}


class Faults:
    """What is broken at the moment."""

    def __init__(self) -> None:
        self.of: dict[str, str] = {}
        """Stage to `fails`, `hangs` or what else it does."""

    def check(self, stage: str, error: Exception) -> None:
        if self.of.get(stage) == "fails":
            raise error


@dataclass(slots=True)
class Sounding:
    """A sentence or chime at the loudspeaker, in seconds on the virtual clock."""

    text: str
    begins_s: float
    ends_s: float
    is_speech: bool = True
    cut: bool = False
    pauses: list[tuple[float, float]] = field(default_factory=list)

    def audible(self, at_s: float) -> bool:
        paused = any(begin <= at_s < end for begin, end in self.pauses)
        return self.begins_s <= at_s < self.ends_s and not paused


class VirtualSpeaker:
    """A PausableSink that takes as long as a real one."""

    def __init__(self, faults: Faults) -> None:
        self._faults = faults
        self.heard: list[Sounding] = []
        self.sentences: dict[int, tuple[str, Samples]] = {}
        """The audio of each sentence, by identity."""
        self.volume = 1.0
        self._taken_s = 0.0
        """When the device will have taken everything that is queued."""
        self._silent_s: float | None = None
        """Since when it is paused and silent."""
        self._changed = asyncio.Event()

    def named(self, chunk: AudioChunk) -> tuple[str, bool]:
        known = self.sentences.get(id(chunk.samples))
        if known is None:
            return _SOUNDS[len(chunk.samples)], False
        return known[0], True

    async def play(self, chunk: AudioChunk) -> None:
        if self._faults.of.get("loudspeaker") == "fails":
            raise PlaybackError("the loudspeaker is lost")
        await self._until(lambda: self._taken_s - _AHEAD_S)
        now = asyncio.get_running_loop().time()
        soonest_s = now if self._silent_s is None else self._silent_s - LATENCY_S + _HELD_S
        begins_s = max(self._taken_s, soonest_s) + LATENCY_S
        self._taken_s = begins_s - LATENCY_S + chunk.duration_s
        text, is_speech = self.named(chunk)
        last = self.heard[-1] if self.heard else None
        if last is not None and last.text == text and abs(last.ends_s - begins_s) < 1e-6:
            last.ends_s = begins_s + chunk.duration_s
        else:
            self.heard.append(
                Sounding(text, begins_s, begins_s + chunk.duration_s, is_speech=is_speech)
            )

    async def drained(self) -> None:
        await self._until(lambda: self.ends_s)

    async def _until(self, time_s: Callable[[], float]) -> None:
        """Wait until then, which a pause puts off."""
        loop = asyncio.get_running_loop()
        while (left_s := time_s() - loop.time()) > 0.0:
            self._changed.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(left_s):
                    await self._changed.wait()
        await asyncio.sleep(0)

    def set_paused(self, paused: bool) -> None:
        now = asyncio.get_running_loop().time()
        if paused and self._silent_s is None:
            self._silent_s = now + FADE_S + LATENCY_S
            for one in self.heard:
                if one.begins_s < self._silent_s < one.ends_s:
                    one.pauses.append((self._silent_s, math.inf))
            self._put_off(self._silent_s, _HELD_S)
        elif not paused and self._silent_s is not None:
            since_s, self._silent_s = self._silent_s, None
            for one in self.heard:
                one.pauses = [(begin, min(end, now + LATENCY_S)) for begin, end in one.pauses]
            self._put_off(since_s, max(0.0, now + LATENCY_S - since_s) - _HELD_S)

    def _put_off(self, since_s: float, by_s: float) -> None:
        """Play later what is heard after `since_s`."""
        for one in self.heard:
            one.begins_s += by_s if one.begins_s >= since_s else 0.0
            one.ends_s += by_s if one.ends_s > since_s else 0.0
        self._taken_s += by_s if self._taken_s + LATENCY_S > since_s else 0.0
        self._changed.set()

    def flush(self) -> float:
        now = asyncio.get_running_loop().time()
        end_s = now + FADE_S + LATENCY_S if self._silent_s is None else self._silent_s
        held_s = 0.0 if self._silent_s is None else _HELD_S
        self._silent_s = None
        dropped_s = max(0.0, self._taken_s - held_s - (end_s - LATENCY_S))
        if dropped_s:
            self._taken_s = now + FADE_S
            self.heard = [one for one in self.heard if one.begins_s < end_s - FADE_S]
            for one in self.heard:
                if one.ends_s > end_s:
                    one.ends_s, one.cut = end_s, True
        return dropped_s

    def set_volume(self, volume: float) -> None:
        self.volume = volume

    @property
    def ends_s(self) -> float:
        """When the last sound ends."""
        return self.heard[-1].ends_s if self.heard else 0.0

    def audible(self, at_s: float) -> bool:
        return any(one.audible(at_s) for one in reversed(self.heard))

    def at(self, at_s: float) -> tuple[str, int] | None:
        """The sentence that is heard, and which of its words."""
        for one in self.heard:
            if one.is_speech and one.audible(at_s):
                paused_s = sum(max(0.0, min(end, at_s) - begin) for begin, end in one.pauses)
                return one.text, int((at_s - one.begins_s - paused_s) / WORD_S)
        return None
