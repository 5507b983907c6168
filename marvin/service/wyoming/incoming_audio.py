"""Converts the audio of a client, of any usual format, to chunks of the pipeline."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from marvin.audio.framer import Framer
from marvin.pcm import mono
from marvin.service.wyoming.bounded_stream import RefusedEventError
from marvin.types import RATE_HZ, AudioChunk, Samples

if TYPE_CHECKING:
    from wyoming.event import Event as WyomingEvent

_RATES = (4_000, 192_000)
_WIDTHS = (1, 4)
_CHANNELS = (1, 8)
_LONGEST_S = 60.0
"""Maximum length of one event's audio: a little of it becomes much at a higher rate."""
_TAIL_S = 0.1
"""Silence at the end, which brings out what the filter and an unfinished chunk hold back."""

AudioFormatKey = tuple[int, int, int]


class IncomingAudio:
    """One stream, from `audio-start` to `audio-stop`."""

    def __init__(self, start: WyomingEvent | None = None) -> None:
        """Without an `audio-start` each chunk tells its format, as it does anyway. Raises
        RefusedEventError."""
        self._format = None if start is None else _format(start, None)
        self._framed: AudioFormatKey | None = None
        self._framer = Framer(RATE_HZ)
        self._position = 0
        """Of the next block, at the client's rate."""
        self._end = 0
        """Of the last chunk, in samples at RATE_HZ."""

    def push(self, chunk: WyomingEvent) -> Iterator[AudioChunk]:
        """Converts a second at a time: the caller lets others run between two chunks. Raises
        RefusedEventError."""
        self._format = _format(chunk, self._format)
        rate_hz, width, channels = self._format
        payload, frame = chunk.payload or b"", width * channels
        if len(payload) > _LONGEST_S * rate_hz * frame:
            raise RefusedEventError(f"{chunk.type}: more than {_LONGEST_S:g} s of audio at once")
        second = rate_hz * frame
        for at in range(0, len(payload), second):
            yield from self._frame(_decoded(payload[at : at + second], width, channels), rate_hz)

    def finish(self) -> Iterator[AudioChunk]:
        """What is left."""
        if self._format is not None:
            rate_hz = self._format[0]
            yield from self._frame(np.zeros(round(_TAIL_S * rate_hz), np.float32), rate_hz)

    def _frame(self, block: Samples, rate_hz: int) -> Iterator[AudioChunk]:
        if self._framed != self._format:
            self._framed, self._position = self._format, 0
            self._framer = Framer(rate_hz, self._end)
        for chunk in self._framer.push(self._position, block):
            self._end = chunk.end
            yield chunk
        self._position += len(block)


def _format(event: WyomingEvent, before: AudioFormatKey | None) -> AudioFormatKey:
    keys = ("rate", "width", "channels")
    if before is not None and not any(key in event.data for key in keys):
        return before
    values = []
    for key, (least, most) in zip(keys, (_RATES, _WIDTHS, _CHANNELS), strict=True):
        value = event.data.get(key)
        if type(value) is not int or not least <= value <= most:
            raise RefusedEventError(
                f"{event.type}: {key} should be a whole number from {least} to {most}"
            )
        values.append(value)
    return values[0], values[1], values[2]


def _decoded(payload: bytes, width: int, channels: int) -> Samples:
    """Signed little-endian integers, as wyoming has them. A frame that was cut off is dropped."""
    frames = len(payload) // (width * channels)
    raw = np.frombuffer(payload, np.uint8, frames * width * channels)
    if width == 3:
        padded = np.zeros((len(raw) // 3, 4), np.uint8)
        padded[:, 1:] = raw.reshape(-1, 3)
        raw, width = padded.reshape(-1), 4
    numbers = raw.view(f"<i{width}").astype(np.float32) / np.float32(2 ** (8 * width - 1))
    return mono(numbers.reshape(frames, channels))
