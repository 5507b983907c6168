"""The microphone: from PortAudio's callback into the event loop."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from marvin.audio.backlog import Backlog
from marvin.audio.devices import (
    Device,
    Direction,
    choose_device,
    close_stream,
    open_stream,
    portaudio,
)
from marvin.audio.resample import Resampler
from marvin.errors import AudioDeviceError
from marvin.pcm import finite, mono
from marvin.types import CHUNK_SAMPLES, RATE_HZ, AudioChunk, Samples

_LOGGER = logging.getLogger(__name__)

_BLOCK_S = CHUNK_SAMPLES / RATE_HZ
"""Audio that PortAudio hands over at a time, in seconds: less would only wake Python more often."""
_FIRST_S = 5.0
"""Longest time in which a device delivers its first audio, in seconds: some have to wake up."""
_SILENT_S = 2.0
"""A device that delivers nothing for so long afterwards, in seconds, is gone."""
_WARN_EVERY_S = 1.0


class Microphone:
    """An input device at whatever rate and channel count it has, as mono at RATE_HZ."""

    live = True

    def __init__(self, device: str = "default", backlog_s: float = 4.0) -> None:
        self._wanted = device
        self._backlog_s = backlog_s
        self.rate_hz = 0
        """Rate at which the device was opened, in Hz; 0 before."""
        self.overruns = 0
        """Times that audio was lost: by the device, or because nobody took it in time."""
        self._backlog = Backlog(0)
        self._arrived = asyncio.Event()
        self._warned_at = float("-inf")

    async def chunks(self) -> AsyncGenerator[AudioChunk]:
        """Chunks of CHUNK_SAMPLES at RATE_HZ. Lost audio shows as a gap in their positions.

        Raises:
            AudioDeviceError: The device does not open, or has stopped.
        """
        loop = asyncio.get_running_loop()
        device = choose_device(self._wanted, Direction.INPUT)

        def callback(data: NDArray[np.float32], _count: int, _time: object, status: Any) -> None:
            # The loop may have closed between the last block and the stream's end.
            if not loop.is_closed():
                loop.call_soon_threadsafe(self.offer, mono(data), bool(status.input_overflow))

        self._arrived = asyncio.Event()
        stream, self.rate_hz = open_stream(
            device, Direction.INPUT, callback, block_s=_BLOCK_S, first_hz=RATE_HZ
        )
        self._backlog = Backlog(round(self._backlog_s * self.rate_hz))
        framer = Framer(self.rate_hz)
        try:
            stream.start()
            while True:
                position, block = await self._next(device)
                for chunk in framer.push(position, block):
                    yield chunk
        except portaudio().PortAudioError as error:
            raise AudioDeviceError(f"the microphone {device.name!r} failed: {error}") from error
        finally:
            close_stream(stream, device.name)

    def offer(self, block: Samples, overflowed: bool = False) -> None:
        """Take a block from the callback. Runs on the event loop."""
        full = self._backlog.offer(block)
        self._arrived.set()
        if not full and not overflowed:
            return
        self.overruns += 1
        now = asyncio.get_running_loop().time()
        if now - self._warned_at >= _WARN_EVERY_S:
            self._warned_at = now
            _LOGGER.warning(
                "microphone audio was lost %s: %d times, %.1f s so far",
                "because the machine was busy" if full else "in the sound system",
                self.overruns,
                self._backlog.dropped / self.rate_hz,
            )

    async def _next(self, device: Device) -> tuple[int, Samples]:
        while not len(self._backlog):
            self._arrived.clear()
            limit_s = _SILENT_S if self._backlog.position else _FIRST_S
            try:
                async with asyncio.timeout(limit_s):
                    await self._arrived.wait()
            except TimeoutError as error:
                raise AudioDeviceError(
                    f"the microphone {device.name!r} has sent nothing for {limit_s:.0f} s; "
                    "was it unplugged? `marvin devices` lists what is there"
                ) from error
        return self._backlog.take()


class Framer:
    """Blocks of a device's rate to chunks at RATE_HZ, with positions that survive gaps."""

    def __init__(self, rate_hz: int) -> None:
        self._rate_hz = rate_hz
        self._resampler = Resampler(rate_hz, RATE_HZ)
        self._rest: Samples = np.zeros(0, np.float32)
        self._start = 0
        """Position of `_rest`, in samples at RATE_HZ."""
        self._expected = 0
        """Position of the next block if nothing is lost, in samples of the device."""

    def push(self, position: int, block: Samples) -> Iterator[AudioChunk]:
        """The chunks that are complete with this block."""
        if position != self._expected:
            # What is on both sides of a gap does not belong into one chunk.
            self._resampler = Resampler(self._rate_hz, RATE_HZ)
            self._rest = np.zeros(0, np.float32)
            self._start = round(position * RATE_HZ / self._rate_hz)
        self._expected = position + len(block)
        samples = np.concatenate((self._rest, self._resampler.process(finite(block))))
        at = 0
        while len(samples) - at >= CHUNK_SAMPLES:
            yield AudioChunk(samples[at : at + CHUNK_SAMPLES], RATE_HZ, self._start)
            at += CHUNK_SAMPLES
            self._start += CHUNK_SAMPLES
        self._rest = samples[at:]
