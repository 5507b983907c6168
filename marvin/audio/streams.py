"""Opens a device at a sample rate and channel count that it supports."""

import logging
from collections.abc import Callable
from typing import Any

from marvin.audio.devices import Device, Direction, portaudio
from marvin.audio.soundserver import aimed_at
from marvin.errors import AudioDeviceError

_LOGGER = logging.getLogger(__name__)

_RATES_HZ = (48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 8_000)
"""Sample rates to try if a device does not open at its own."""


def open_stream(
    device: Device,
    direction: Direction,
    callback: Callable[..., None],
    finished: Callable[[], None],
    *,
    block_s: float,
    latency_s: float | None = None,
    first_hz: int | None = None,
) -> tuple[Any, int]:
    """Open a stream without starting it; returns it and its sample rate in Hz. Prefers mono.

    `finished` is called when the stream ends by itself. `block_s` is the audio per callback and
    `latency_s` the device's buffer, both in seconds; `first_hz` is tried before the device's own
    rate.

    Raises:
        AudioDeviceError: No combination of sample rate and channel count works.
    """
    sounddevice = portaudio()
    kind = sounddevice.InputStream if direction is Direction.INPUT else sounddevice.OutputStream
    rates = [*([] if first_hz is None else [first_hz]), device.default_rate_hz, *_RATES_HZ]
    reasons = []
    for rate_hz in dict.fromkeys(rates):
        for channels in dict.fromkeys((1, 2, device.channels(direction))):
            try:
                with aimed_at(device.endpoint):
                    stream = kind(
                        device=device.index,
                        samplerate=rate_hz,
                        channels=channels,
                        dtype="float32",
                        blocksize=round(block_s * rate_hz),
                        latency=latency_s,
                        callback=callback,
                        finished_callback=finished,
                    )
            except (sounddevice.PortAudioError, ValueError) as error:
                reasons.append(str(error))
                continue
            _LOGGER.info(
                "%s: %s (%s), %d Hz, channels: %d",
                direction.value,
                device.name,
                device.host_api,
                rate_hz,
                channels,
            )
            return stream, rate_hz
    raise cannot_open(device, direction, reasons)


def cannot_open(device: Device, direction: Direction, reasons: list[str]) -> AudioDeviceError:
    return AudioDeviceError(
        f"the {direction.value} device {device.name!r} does not open "
        f"({'; '.join(dict.fromkeys(reasons))}); another program may hold it, or choose another "
        f"device for audio.{direction.value}: `marvin devices` lists them"
    )
