"""The speaker: one stream that stays open, fed from a buffer."""

import asyncio
import logging
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from marvin.audio.devices import (
    Device,
    Direction,
    cannot_open,
    choose_device,
    close_stream,
    open_stream,
    portaudio,
)
from marvin.audio.playbuffer import PlayBuffer
from marvin.audio.resample import Resampler
from marvin.errors import AudioDeviceError
from marvin.pcm import finite
from marvin.types import AudioChunk, Samples

_LOGGER = logging.getLogger(__name__)

_BLOCK_S = 0.02
"""Audio that PortAudio asks for at a time, in seconds."""
_AHEAD_S = 4.0
"""Audio that is queued before `play` waits, in seconds."""
_STUCK_S = 2.0
"""A device that asks for nothing for so long, in seconds, is gone."""


class Speaker:
    """An output device at its own rate. Opened once; silent while there is nothing to say."""

    def __init__(
        self, device: str = "default", volume: float = 1.0, latency_s: float = 0.2
    ) -> None:
        self._wanted = device
        self._volume = volume
        self._latency_s = latency_s
        self.rate_hz = 0
        """Rate at which the device was opened, in Hz; 0 before."""
        self._device: Device | None = None
        self._stream: Any = None
        self._buffer = PlayBuffer(1, volume)
        self._resampler: Resampler | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._progress = asyncio.Event()
        self._waiting = 0
        """Tasks that want to know when the device has taken something."""
        self._heard_at = 0.0
        """When the last sample that the device took will be heard, by the loop's clock."""
        self._in_speech = False
        """Audio was queued since the last drain or flush."""
        self._gaps = 0
        self._device_underruns = 0

    @property
    def underruns(self) -> int:
        """Times that speech was interrupted because audio was not there in time."""
        return self._gaps + self._device_underruns

    def open(self) -> None:
        """Open the device, unless it is. Needs the running event loop.

        Raises:
            AudioDeviceError: There is no such device, or it does not open.
        """
        if self._stream is not None:
            return
        self._loop = asyncio.get_running_loop()
        self._device = choose_device(self._wanted, Direction.OUTPUT)
        stream, self.rate_hz = open_stream(
            self._device,
            Direction.OUTPUT,
            self._callback,
            block_s=_BLOCK_S,
            latency_s=self._latency_s,
        )
        self._buffer = PlayBuffer(self.rate_hz, self._volume)
        self._stream = stream
        try:
            stream.start()
        except portaudio().PortAudioError as error:
            self.close()
            raise cannot_open(self._device, Direction.OUTPUT, [str(error)]) from error

    async def play(self, chunk: AudioChunk) -> None:
        """Queue a chunk of any rate; waits while some seconds are queued already.

        Raises:
            AudioDeviceError: The device has stopped.
        """
        self.open()
        await self._until(lambda: self._buffer.held < _AHEAD_S * self.rate_hz)
        # A chunk that begins a stream is not the continuation of what was before.
        resampler = self._resampler
        if resampler is None or chunk.start == 0 or resampler.from_hz != chunk.rate_hz:
            self._finish_stream()
            self._resampler = resampler = Resampler(chunk.rate_hz, self.rate_hz)
        elif self._in_speech and self._buffer.held == 0:
            self._gaps += 1
        self._buffer.put(resampler.process(finite(chunk.samples)))
        self._in_speech = True

    async def drained(self) -> None:
        """Wait until the last sample has left the loudspeaker, as far as the system knows."""
        if self._loop is None or self._stream is None:
            return
        self._finish_stream()
        await self._until(lambda: self._buffer.held == 0)
        self._in_speech = False
        await asyncio.sleep(self._heard_at - self._loop.time())

    def flush(self) -> float:
        """Drop what the device has not taken yet, after a short fade; its length in seconds."""
        self._resampler = None
        self._in_speech = False
        dropped = self._buffer.held
        self._buffer.cut()
        return (dropped - self._buffer.held) / self.rate_hz if dropped else 0.0

    def set_volume(self, volume: float) -> None:
        """Playback volume in [0, 1]."""
        self._volume = volume
        self._buffer.set_volume(volume)

    def close(self) -> None:
        """Close the device at once. What was not heard is lost; `play` opens it again."""
        stream, self._stream = self._stream, None
        if stream is not None:
            close_stream(stream, self._wanted)

    def _finish_stream(self) -> None:
        if self._resampler is not None:
            self._buffer.put(self._resampler.finish())
            self._resampler = None

    async def _until(self, condition: Callable[[], bool]) -> None:
        self._waiting += 1
        try:
            while not condition():
                self._progress.clear()
                async with asyncio.timeout(_STUCK_S):
                    await self._progress.wait()
        except TimeoutError as error:
            name = "?" if self._device is None else self._device.name
            self.close()
            raise AudioDeviceError(
                f"the speaker {name!r} has taken nothing for {_STUCK_S:.0f} s; was it unplugged? "
                "`marvin devices` lists what is there"
            ) from error
        finally:
            self._waiting -= 1

    def _callback(self, out: NDArray[np.float32], count: int, _time: object, status: Any) -> None:
        samples: Samples
        samples, played = self._buffer.take(count)
        out[:] = samples[:, np.newaxis]
        loop, stream = self._loop, self._stream
        if loop is None or stream is None or loop.is_closed():
            return
        if played:
            self._heard_at = loop.time() + stream.latency + played / self.rate_hz
            if status.output_underflow:
                self._device_underruns += 1
        if self._waiting:
            loop.call_soon_threadsafe(self._progress.set)
