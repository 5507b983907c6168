"""Lists sound devices and selects one by name, number or id."""

import re
import sys
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any

from marvin.audio.alsa import log_errors
from marvin.audio.calls import SOUND_CALLS, quiet
from marvin.audio.soundserver import SoundServerDevice, endpoints
from marvin.errors import AudioDeviceError

_DEFAULT = "default"
_ANSWER_S = 10.0
"""Time limit for listing devices, in seconds."""
_SERVER_PCMS = ("pulse", "pipewire", _DEFAULT)
"""ALSA PCMs that lead to a sound server, as PortAudio names them."""
_ALSA_ID = re.compile(r"(?:plug)?hw:(?:CARD=)?(\w+)(?:,(?:DEV=)?(\d+))?")
_ALSA_NUMBER = re.compile(r"\s*\(hw:\d+,\d+\)$")
_CARDS = Path("/proc/asound/cards")


class Direction(Enum):
    INPUT = "input"
    OUTPUT = "output"


@dataclass(frozen=True, slots=True)
class Device:
    """A sound device as PortAudio lists it."""

    index: int
    """PortAudio's number; changes when devices are added or removed."""
    name: str
    host_api: str
    """ALSA, Core Audio, WASAPI, ..."""
    input_channels: int
    output_channels: int
    default_rate_hz: int

    is_default_input: bool
    is_default_output: bool
    endpoint: str = ""
    """Sound server id, if the device was listed or selected by it; `name` is for display."""

    @property
    def is_monitor(self) -> bool:
        """Whether it captures what a speaker plays, rather than a microphone."""
        return self.endpoint.endswith(".monitor")

    def channels(self, direction: Direction) -> int:
        return self.input_channels if direction is Direction.INPUT else self.output_channels

    def is_default(self, direction: Direction) -> bool:
        return self.is_default_input if direction is Direction.INPUT else self.is_default_output


def portaudio() -> Any:
    """The sounddevice module. Raises AudioDeviceError if the PortAudio library does not load."""
    try:
        import sounddevice
    except (OSError, ImportError) as error:
        raise AudioDeviceError(
            f"sound needs the PortAudio library ({error}): {_install_hint()}"
        ) from error
    log_errors()
    return sounddevice


def _install_hint() -> str:
    if sys.platform == "darwin":
        return "brew install portaudio"
    if sys.platform == "win32":
        return "pip install --force-reinstall sounddevice"
    return (
        "sudo apt install libportaudio2 (Fedora: sudo dnf install portaudio, "
        "Arch: sudo pacman -S portaudio)"
    )


def list_devices() -> tuple[Device, ...]:
    """Raises AudioDeviceError if PortAudio is missing or does not work."""
    return SOUND_CALLS.run(_list_devices, _ANSWER_S)


@quiet()
def _list_devices() -> tuple[Device, ...]:
    sounddevice = portaudio()
    try:
        devices = sounddevice.query_devices()
        host_apis = sounddevice.query_hostapis()
        # Not the host APIs' defaults: PortAudio uses the first host API that works.
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


def server_devices(direction: Direction, devices: tuple[Device, ...]) -> list[Device]:
    """The sound server's devices; none if no PCM in `devices` leads to it."""
    pcms = {device.name: device for device in devices if device.channels(direction) > 0}
    pcm = next((pcms[name] for name in _SERVER_PCMS if name in pcms), None)
    if pcm is None:
        return []
    return [_via(pcm, found, direction) for found in endpoints(kind_of(direction))]


def kind_of(direction: Direction) -> str:
    return "sources" if direction is Direction.INPUT else "sinks"


def _via(pcm: Device, found: SoundServerDevice, direction: Direction) -> Device:
    is_input = direction is Direction.INPUT
    return Device(
        index=pcm.index,
        name=found.description,
        host_api="sound server",
        input_channels=found.channels if is_input else 0,
        output_channels=0 if is_input else found.channels,
        default_rate_hz=found.rate_hz,
        is_default_input=False,
        is_default_output=False,
        endpoint=found.name,
    )


def choose_device(wanted: str, direction: Direction) -> Device:
    """Select a device.

    `wanted` is `default`, a name or part of one, PortAudio's number, an ALSA id (hw:CARD=Yeti), or
    the id of a PulseAudio or PipeWire source or sink.

    Raises:
        AudioDeviceError: No device matches, or more than one.
    """
    every = list_devices()
    devices = [device for device in every if device.channels(direction) > 0]
    if not devices:
        raise AudioDeviceError(
            f"this machine has no {direction.value} device; connect one (`marvin devices` lists "
            "them)"
        )
    matches = _matches(wanted, devices, direction)
    if not matches:
        others = server_devices(direction, every)
        matches = _server_matches(wanted, others)
        devices += [device for device in others if not device.is_monitor]
    if len({device.name for device in matches}) > 1:
        raise AudioDeviceError(
            f"audio.{direction.value} = {wanted!r} matches more than one device: "
            f"{_names(matches)}; use a longer part of the name"
        )
    if not matches:
        raise AudioDeviceError(
            f"there is no {direction.value} device {wanted!r} (audio.{direction.value}); "
            f"available: {_names(devices)}; see `marvin devices`"
        )
    # If several host APIs offer the device, prefer the one that provides the default device.
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
    part = (_alsa_name(wanted) or wanted).strip().lower()
    same = [device for device in devices if device.name.lower() == part]
    similar = same or [device for device in devices if part in device.name.lower()]
    if similar or not (bare := _ALSA_NUMBER.sub("", part)):
        return similar
    # A card may get another number when plugged in again.
    return [device for device in devices if _ALSA_NUMBER.sub("", device.name.lower()) == bare]


def _server_matches(wanted: str, devices: list[Device]) -> list[Device]:
    exact = [device for device in devices if wanted in (device.endpoint, device.name)]
    if exact or wanted.isdecimal():
        return exact
    part = wanted.strip().lower()
    return [
        device
        for device in devices
        # A monitor must be named in full.
        if not device.is_monitor
        and (part in device.endpoint.lower() or part in device.name.lower())
    ]


def _alsa_name(wanted: str) -> str:
    """PortAudio's name suffix for an ALSA id, (hw:1,0) for example; "" without one."""
    found = _ALSA_ID.fullmatch(wanted.strip())
    if found is None:
        return ""
    card, number = found[1], found[2] or "0"
    if not card.isdecimal():
        # Card names are stable, numbers are not: " 1 [Yeti           ]: USB-Audio - Yeti".
        try:
            cards = re.findall(r"^ *(\d+) \[(\w+) *\]", _CARDS.read_text(), re.MULTILINE)
        except OSError:
            return ""
        card = next((index for index, name in cards if name == card), card)
    return f"(hw:{card},{number})"


def _names(devices: list[Device]) -> str:
    names = dict.fromkeys(
        f"{device.name!r} ({device.endpoint or device.index})" for device in devices
    )
    return ", ".join(names)
