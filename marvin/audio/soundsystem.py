"""PortAudio and all open streams: they have one owner, because beginning again ends them all."""

import asyncio
import logging
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from marvin.audio.calls import SOUND_CALLS, SoundHangsError, quiet
from marvin.audio.devices import Device, Direction, choose_device, kind_of, portaudio
from marvin.audio.soundserver import endpoints
from marvin.audio.streams import cannot_open, open_stream
from marvin.boundary.hanging import post
from marvin.errors import AudioDeviceError

_LOGGER = logging.getLogger(__name__)

_OPEN_S = 10.0
"""Longest time that a device may take to open, or PortAudio to begin again, in seconds."""
_WATCH_S = 3.0
"""Time between two looks for a device that was chosen by the sound server's id, in seconds."""
_CLOSE_S = 1.0
"""Longest time that a device may take to close, in seconds."""


@dataclass(eq=False, slots=True)
class OpenStream:
    """A stream of PortAudio's, from its opening on."""

    user: "StreamUser"
    device: Device
    rate_hz: int
    raw: Any
    """sounddevice's own."""
    loop: asyncio.AbstractEventLoop
    watching: asyncio.Task[None] | None = None

    @property
    def latency_s(self) -> float:
        """Time between the callback and the air, in seconds."""
        return float(self.raw.latency)

    def tell_ended(self, reason: str) -> None:
        """Let its user know, on the event loop. From any thread."""
        post(self.loop, self.user.ended, reason)


class StreamUser(Protocol):
    """Who has a stream opened."""

    def opening(self, stream: OpenStream) -> None:
        """It is about to start; on another thread."""

    def callback(self, data: NDArray[np.float32], count: int, time: object, status: Any) -> None:
        """PortAudio's, on its thread."""

    def ended(self, reason: str) -> None:
        """It has ended, by itself, or with no reason because PortAudio began again."""

    def in_use(self) -> bool:
        """Whether it would be missed now."""


@dataclass(frozen=True, slots=True)
class StreamOptions:
    """How a stream is opened."""

    wanted: str
    """The device, as `choose_device` takes it."""
    direction: Direction
    block_s: float
    """Audio of one callback, in seconds."""
    latency_s: float | None = None
    """The device's buffer, in seconds; None: as the device likes."""
    first_hz: int | None = None
    """Rate that is tried before the device's own."""


class SoundSystem:
    """Opens and closes streams, and begins again where PortAudio's view of the devices is old."""

    def __init__(self) -> None:
        self._streams: list[OpenStream] = []
        """Changed by calls only, which come one after the other."""
        self._initialised = True
        self.generation = 0
        """How often PortAudio was re-initialised."""

    @property
    def stuck_s(self) -> float:
        """How long the sound system has not answered, in seconds."""
        return SOUND_CALLS.stuck_s

    async def open(self, options: StreamOptions, user: StreamUser) -> OpenStream:
        """A running stream.

        Raises:
            AudioDeviceError: There is no such device, it does not open, or nothing answers.
        """
        loop = asyncio.get_running_loop()
        opening = partial(self._open, options, user, loop)
        stream = await SOUND_CALLS.call(opening, _OPEN_S, late=self._close)
        self._watch(stream, options.direction)
        return stream

    def open_now(self, options: StreamOptions, user: StreamUser) -> OpenStream:
        """The same, for a start: blocks. Needs the running event loop."""
        loop = asyncio.get_running_loop()
        stream = SOUND_CALLS.run(partial(self._open, options, user, loop), _OPEN_S)
        self._watch(stream, options.direction)
        return stream

    async def check(self, wanted: str, direction: Direction) -> None:
        """Whether there is such a device, also if it was plugged in just now.

        Raises:
            AudioDeviceError: There is not.
        """
        try:
            await asyncio.to_thread(choose_device, wanted, direction)
        except AudioDeviceError:
            # PortAudio knows what was there when it began.
            await self.begin_again(self.generation, force=True)
            await asyncio.to_thread(choose_device, wanted, direction)

    async def close(self, stream: OpenStream) -> None:
        """Close a stream, unless it is. One whose sound system is dead is left behind."""
        if stream.watching is not None:
            stream.watching.cancel()
        try:
            await SOUND_CALLS.call(lambda: self._close(stream), _CLOSE_S)
        except SoundHangsError:
            _does_not_close(stream)

    def close_now(self, stream: OpenStream) -> None:
        """The same, for an end: blocks."""
        if stream.watching is not None:
            stream.watching.cancel()
        try:
            SOUND_CALLS.run(lambda: self._close(stream), _CLOSE_S)
        except SoundHangsError:
            _does_not_close(stream)

    async def begin_again(self, seen: int, *, force: bool = False) -> bool:
        """Re-initialise PortAudio, unless it was since generation `seen`; it ends all streams.

        False where nothing was done, because a stream is in use; `force` ends that one too.

        Raises:
            AudioDeviceError: It does not start, or nothing answers.
        """
        if not force and any(stream.user.in_use() for stream in list(self._streams)):
            return False
        await SOUND_CALLS.call(lambda: self._begin_again(seen), _OPEN_S)
        return True

    def _watch(self, stream: OpenStream, direction: Direction) -> None:
        if stream.device.endpoint:
            stream.watching = stream.loop.create_task(_unplugged(stream, direction))

    @quiet()
    def _open(
        self, options: StreamOptions, user: StreamUser, loop: asyncio.AbstractEventLoop
    ) -> OpenStream:
        device = choose_device(options.wanted, options.direction)
        opened: list[OpenStream] = []

        def finished() -> None:
            # Closing a stream ends it too; then it is not ours any more.
            if opened and opened[0] in self._streams:
                opened[0].tell_ended("it was unplugged, or its sound system ended")

        raw, rate_hz = open_stream(
            device,
            options.direction,
            user.callback,
            finished,
            block_s=options.block_s,
            latency_s=options.latency_s,
            first_hz=options.first_hz,
        )
        stream = OpenStream(user, device, rate_hz, raw, loop)
        opened.append(stream)
        self._streams.append(stream)
        user.opening(stream)
        try:
            raw.start()
        except portaudio().PortAudioError as error:
            self._close(stream)
            raise cannot_open(device, options.direction, [str(error)]) from error
        return stream

    def _close(self, stream: OpenStream) -> None:
        if stream in self._streams:
            self._streams.remove(stream)
            stream.raw.close()

    @quiet()
    def _begin_again(self, seen: int) -> None:
        if self.generation != seen:
            return
        # By hand: what PortAudio closes itself, sounddevice would close once more.
        for stream in list(self._streams):
            self._close(stream)
            # Here, since whoever wanted this may have given up.
            stream.tell_ended("")
        sounddevice = portaudio()
        try:
            if self._initialised:
                self._initialised = False
                sounddevice._terminate()
            sounddevice._initialize()
        except sounddevice.PortAudioError as error:
            raise AudioDeviceError(f"PortAudio does not start again: {error}") from error
        self._initialised = True
        self.generation += 1


async def _unplugged(stream: OpenStream, direction: Direction) -> None:
    """Tell its user when the device has gone that it was opened on.

    A sound server moves the streams of such a device to another one, and leaves them there.
    """
    opened_on: int | None = None
    while True:
        there = await asyncio.to_thread(endpoints, kind_of(direction))
        numbers = [found.number for found in there if found.name == stream.device.endpoint]
        if opened_on is None and numbers:
            opened_on = numbers[0]
        # No answer at all is no answer.
        if there and opened_on not in numbers:
            stream.tell_ended("it was unplugged")
            return
        await asyncio.sleep(_WATCH_S)


def _does_not_close(stream: OpenStream) -> None:
    name = stream.device.name
    _LOGGER.warning("the device %r does not close; the sound system seems to hang", name)


SOUND = SoundSystem()
"""The one of this process."""
