"""Owns PortAudio and all open streams, because reinitialising PortAudio closes them all."""

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
"""Time limit for opening a device and for reinitialising PortAudio, in seconds."""
_WATCH_S = 3.0
"""Interval between checks for a device selected by sound server id, in seconds."""
_CLOSE_S = 1.0
"""Time limit for closing a device, in seconds."""


@dataclass(eq=False, slots=True)
class OpenStream:
    """A PortAudio stream."""

    user: "StreamUser"
    device: Device
    rate_hz: int
    raw: Any
    """The sounddevice stream."""
    loop: asyncio.AbstractEventLoop
    watching: asyncio.Task[None] | None = None

    @property
    def latency_s(self) -> float:
        """Time between the callback and the sound in the air, in seconds."""
        return float(self.raw.latency)

    def notify_ended(self, reason: str) -> None:
        """Let its user know, on the event loop. From any thread."""
        post(self.loop, self.user.ended, reason)


class StreamUser(Protocol):
    """The object that a stream is opened for."""

    def opening(self, stream: OpenStream) -> None:
        """The stream is about to start. Called on another thread."""

    def callback(self, data: NDArray[np.float32], count: int, time: object, status: Any) -> None:
        """Called on PortAudio's thread."""

    def ended(self, reason: str) -> None:
        """The stream ended by itself; `reason` is "" if PortAudio was reinitialised."""

    def in_use(self) -> bool:
        """Whether closing the stream now would lose audio."""


@dataclass(frozen=True, slots=True)
class StreamOptions:
    wanted: str
    """The device, as for `choose_device`."""
    direction: Direction
    block_s: float
    """Audio per callback, in seconds."""
    latency_s: float | None = None
    """The device's buffer, in seconds; None: the device's default."""
    first_hz: int | None = None
    """Sample rate to try before the device's own."""


class SoundSystem:
    """Opens and closes streams, and reinitialises PortAudio when its device list is out of date."""

    def __init__(self) -> None:
        self._streams: list[OpenStream] = []
        """Modified only within sound calls, which are serialised."""
        self._initialised = True
        self.generation = 0
        """Number of times PortAudio was reinitialised."""

    @property
    def stuck_s(self) -> float:
        """How long the sound system has been unresponsive, in seconds."""
        return SOUND_CALLS.stuck_s

    async def open(self, options: StreamOptions, user: StreamUser) -> OpenStream:
        """Open and start a stream.

        Raises:
            AudioDeviceError: There is no such device, it does not open, or the call hangs.
        """
        loop = asyncio.get_running_loop()
        opening = partial(self._open, options, user, loop)
        stream = await SOUND_CALLS.call(opening, _OPEN_S, late=self._close)
        self._watch(stream, options.direction)
        return stream

    def open_now(self, options: StreamOptions, user: StreamUser) -> OpenStream:
        """Blocking version of `open`, for start-up. Needs a running event loop."""
        loop = asyncio.get_running_loop()
        stream = SOUND_CALLS.run(partial(self._open, options, user, loop), _OPEN_S)
        self._watch(stream, options.direction)
        return stream

    async def check(self, wanted: str, direction: Direction) -> None:
        """Raises AudioDeviceError if there is no such device, newly connected ones included."""
        try:
            await asyncio.to_thread(choose_device, wanted, direction)
        except AudioDeviceError:
            # PortAudio only lists devices that were present when it was initialised.
            await self.reinitialise(self.generation, force=True)
            await asyncio.to_thread(choose_device, wanted, direction)

    async def close(self, stream: OpenStream) -> None:
        """Close a stream if it is open. If the call hangs, the stream is abandoned."""
        if stream.watching is not None:
            stream.watching.cancel()
        try:
            await SOUND_CALLS.call(lambda: self._close(stream), _CLOSE_S)
        except SoundHangsError:
            _does_not_close(stream)

    def close_now(self, stream: OpenStream) -> None:
        """Blocking version of `close`, for shutdown."""
        if stream.watching is not None:
            stream.watching.cancel()
        try:
            SOUND_CALLS.run(lambda: self._close(stream), _CLOSE_S)
        except SoundHangsError:
            _does_not_close(stream)

    async def reinitialise(self, seen: int, *, force: bool = False) -> bool:
        """Reinitialise PortAudio, unless that happened since generation `seen`; ends all streams.

        Returns False if nothing was done because a stream is in use; `force` overrides that.

        Raises:
            AudioDeviceError: PortAudio does not start, or the call hangs.
        """
        if not force and any(stream.user.in_use() for stream in list(self._streams)):
            return False
        await SOUND_CALLS.call(lambda: self._reinitialise(seen), _OPEN_S)
        return True

    def _watch(self, stream: OpenStream, direction: Direction) -> None:
        if stream.device.endpoint:
            stream.watching = stream.loop.create_task(_watch_unplugged(stream, direction))

    @quiet()
    def _open(
        self, options: StreamOptions, user: StreamUser, loop: asyncio.AbstractEventLoop
    ) -> OpenStream:
        device = choose_device(options.wanted, options.direction)
        opened: list[OpenStream] = []

        def finished() -> None:
            # Also called for streams closed by us, which are no longer in the list.
            if opened and opened[0] in self._streams:
                opened[0].notify_ended("it was unplugged, or its sound system ended")

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
    def _reinitialise(self, seen: int) -> None:
        if self.generation != seen:
            return
        # Close explicitly: sounddevice would close streams that PortAudio closed a second time.
        for stream in list(self._streams):
            self._close(stream)
            # Notify here, since the caller may have given up.
            stream.notify_ended("")
        sounddevice = portaudio()
        try:
            if self._initialised:
                self._initialised = False
                sounddevice._terminate()
            sounddevice._initialize()
        except sounddevice.PortAudioError as error:
            raise AudioDeviceError(f"PortAudio does not restart: {error}") from error
        self._initialised = True
        self.generation += 1


async def _watch_unplugged(stream: OpenStream, direction: Direction) -> None:
    """End the stream when its device is unplugged.

    A sound server would move the stream to another device, and leave it there.
    """
    opened_on: int | None = None
    while True:
        there = await asyncio.to_thread(endpoints, kind_of(direction))
        numbers = [found.number for found in there if found.name == stream.device.endpoint]
        if opened_on is None and numbers:
            opened_on = numbers[0]
        # An empty list means that the sound server did not answer.
        if there and opened_on not in numbers:
            stream.notify_ended("it was unplugged")
            return
        await asyncio.sleep(_WATCH_S)


def _does_not_close(stream: OpenStream) -> None:
    name = stream.device.name
    _LOGGER.warning("the device %r does not close; the sound system seems to hang", name)


SOUND = SoundSystem()
"""The process-wide instance."""
