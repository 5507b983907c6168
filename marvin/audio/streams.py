"""Opening a device, at whatever rate and channel count it has."""

import logging
from collections.abc import Callable
from typing import Any

from marvin.audio.devices import Device, Direction, portaudio
from marvin.audio.soundserver import aimed_at
from marvin.errors import AudioDeviceError

_LOGGER = logging.getLogger(__name__)

_RATES_HZ = (48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 8_000)
"""Rates to try when a device does not open at its own."""


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
    """A stream that is not running yet, and its rate in Hz: mono if the device can.

    `finished` is called when it ends by itself. `block_s` is the audio of one callback,
    `latency_s` the device's buffer, both in seconds; `first_hz` the rate that is tried before
    the device's own.

    Raises:
        AudioDeviceError: It opens at no rate and channel count.
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
    """What is said when a device does not open."""
    return AudioDeviceError(
        f"the {direction.value} device {device.name!r} does not open "
        f"({'; '.join(dict.fromkeys(reasons))}); another program may hold it, or choose another "
        f"device for audio.{direction.value}: `marvin devices` lists them"
    )
