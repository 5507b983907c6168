"""Sound devices: which there are, and which one is meant."""

import logging
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Any

from marvin.errors import AudioDeviceError

_LOGGER = logging.getLogger(__name__)

_DEFAULT = "default"
_CLOSE_S = 1.0
"""Longest time that a device may take to close, in seconds."""
_RATES_HZ = (48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 8_000)
"""Rates to try when a device does not open at its own."""


class Direction(Enum):
    """What a device is used for."""

    INPUT = "input"
    OUTPUT = "output"


@dataclass(frozen=True, slots=True)
class Device:
    """A sound device as PortAudio sees it."""

    index: int
    """PortAudio's number; changes when devices come and go."""
    name: str
    host_api: str
    """Sound system that it belongs to: ALSA, Core Audio, WASAPI."""
    input_channels: int
    output_channels: int
    default_rate_hz: int
    """The device's own sample rate in Hz."""
    is_default_input: bool
    is_default_output: bool

    def channels(self, direction: Direction) -> int:
        """Channels that it has in a direction."""
        return self.input_channels if direction is Direction.INPUT else self.output_channels

    def is_default(self, direction: Direction) -> bool:
        """Whether `default` means this device."""
        return self.is_default_input if direction is Direction.INPUT else self.is_default_output


def portaudio() -> Any:
    """The sounddevice module.

    Raises:
        AudioDeviceError: The PortAudio library is not installed, or cannot start.
    """
    try:
        import sounddevice
    except (OSError, ImportError) as error:
        raise AudioDeviceError(f"sound needs the PortAudio library ({error}): {_how()}") from error
    return sounddevice


def _how() -> str:
    if sys.platform == "darwin":
        return "brew install portaudio"
    if sys.platform == "win32":
        return "pip install --force-reinstall sounddevice"
    return (
        "sudo apt install libportaudio2 (Fedora: sudo dnf install portaudio, "
        "Arch: sudo pacman -S portaudio)"
    )


def list_devices() -> tuple[Device, ...]:
    """All devices.

    Raises:
        AudioDeviceError: PortAudio is missing or does not work.
    """
    sounddevice = portaudio()
    try:
        devices = sounddevice.query_devices()
        host_apis = sounddevice.query_hostapis()
        # Not from the host APIs: PortAudio takes the first of them that works.
        inputs, outputs = sounddevice.default.device
    except sounddevice.PortAudioError as error:
        raise AudioDeviceError(f"sound devices cannot be listed: {error}") from error
    return tuple(
        Device(
            index=index,
            name=str(device["name"]),
            host_api=str(host_apis[device["hostapi"]]["name"]),
            input_channels=int(device["max_input_channels"]),
            output_channels=int(device["max_output_channels"]),
            default_rate_hz=int(device["default_samplerate"]),
            is_default_input=index == inputs,
            is_default_output=index == outputs,
        )
        for index, device in enumerate(devices)
    )


def choose_device(wanted: str, direction: Direction) -> Device:
    """The device that is called `default`, a name, a part of a name, or PortAudio's number.

    Raises:
        AudioDeviceError: There is no such device, or more than one.
    """
    devices = [device for device in list_devices() if device.channels(direction) > 0]
    if not devices:
        raise AudioDeviceError(
            f"this machine has no {direction.value} device; connect one (`marvin devices` lists "
            "them), or use files: `marvin run --input FILE`"
        )
    matches = _matches(wanted, devices, direction)
    if len({device.name for device in matches}) > 1:
        raise AudioDeviceError(
            f"audio.{direction.value} = {wanted!r} fits more than one device: {_names(matches)}; "
            "write more of the name"
        )
    if not matches:
        raise AudioDeviceError(
            f"there is no {direction.value} device {wanted!r} (audio.{direction.value}); "
            f"there is {_names(devices)}; see `marvin devices`"
        )
    # The same device through several sound systems: the one that the defaults are from.
    preferred = {device.host_api for device in devices if device.is_default(direction)}
    return next((device for device in matches if device.host_api in preferred), matches[0])


def _matches(wanted: str, devices: list[Device], direction: Direction) -> list[Device]:
    if wanted.strip().lower() == _DEFAULT:
        defaults = [device for device in devices if device.is_default(direction)]
        return defaults or devices[:1]
    exact = [device for device in devices if device.name == wanted]
    if exact:
        return exact
    if wanted.isdecimal():
        return [device for device in devices if device.index == int(wanted)]
    part = wanted.strip().lower()
    same = [device for device in devices if device.name.lower() == part]
    return same or [device for device in devices if part in device.name.lower()]


def _names(devices: list[Device]) -> str:
    names = dict.fromkeys(f"{device.name!r} ({device.index})" for device in devices)
    return ", ".join(names)


def open_stream(
    device: Device,
    direction: Direction,
    callback: Callable[..., None],
    *,
    block_s: float,
    latency_s: float | None = None,
    first_hz: int | None = None,
) -> tuple[Any, int]:
    """A stream that is not running yet, and its rate in Hz: mono if the device can.

    `block_s` is the audio of one callback, `latency_s` the device's buffer, both in seconds;
    `first_hz` the rate that is tried before the device's own.

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
                stream = kind(
                    device=device.index,
                    samplerate=rate_hz,
                    channels=channels,
                    dtype="float32",
                    blocksize=round(block_s * rate_hz),
                    latency=latency_s,
                    callback=callback,
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


def close_stream(stream: Any, name: str) -> None:
    """Close a stream at once. One whose sound system is dead is left behind."""
    # Into a sound server that no longer answers, PortAudio's close never returns.
    closing = threading.Thread(target=stream.close, name="audio-close", daemon=True)
    closing.start()
    closing.join(_CLOSE_S)
    if closing.is_alive():
        _LOGGER.warning("the device %r does not close; the sound system seems to hang", name)
