"""Sound devices: which there are, and which one is meant."""

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
"""A sound system that needs longer for its list, in seconds, hangs."""
_SERVER_PCMS = ("pulse", "pipewire", _DEFAULT)
"""ALSA's doors to a sound server, as PortAudio lists them."""
_ALSA_ID = re.compile(r"(?:plug)?hw:(?:CARD=)?(\w+)(?:,(?:DEV=)?(\d+))?")
_ALSA_NUMBER = re.compile(r"\s*\(hw:\d+,\d+\)$")
_CARDS = Path("/proc/asound/cards")


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
    endpoint: str = ""
    """Its id on the sound server, where it was chosen or listed by that; `name` is for people."""

    @property
    def is_monitor(self) -> bool:
        """Whether it is no microphone, but what a loudspeaker plays."""
        return self.endpoint.endswith(".monitor")

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
    log_errors()
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
    """All devices that PortAudio knows.

    Raises:
        AudioDeviceError: PortAudio is missing or does not work.
    """
    return SOUND_CALLS.run(_list_devices, _ANSWER_S)


@quiet()
def _list_devices() -> tuple[Device, ...]:
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


def server_devices(direction: Direction, devices: tuple[Device, ...]) -> list[Device]:
    """The sound server's own devices, as far as PortAudio can reach them through `devices`."""
    doors = {device.name: device for device in devices if device.channels(direction) > 0}
    door = next((doors[name] for name in _SERVER_PCMS if name in doors), None)
    if door is None:
        return []
    return [_behind(door, found, direction) for found in endpoints(kind_of(direction))]


def kind_of(direction: Direction) -> str:
    """What a sound server calls its devices of a direction."""
    return "sources" if direction is Direction.INPUT else "sinks"


def _behind(door: Device, found: SoundServerDevice, direction: Direction) -> Device:
    is_input = direction is Direction.INPUT
    return Device(
        index=door.index,
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
    """The device that is meant: `default`, a name, a part of one, PortAudio's number, ALSA's id
    (hw:CARD=Yeti), or the id of a PulseAudio or PipeWire source or sink.

    Raises:
        AudioDeviceError: There is no such device, or more than one.
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
    part = (_alsa_name(wanted) or wanted).strip().lower()
    same = [device for device in devices if device.name.lower() == part]
    similar = same or [device for device in devices if part in device.name.lower()]
    if similar or not (bare := _ALSA_NUMBER.sub("", part)):
        return similar
    # Plugged in again, a card may get another number.
    return [device for device in devices if _ALSA_NUMBER.sub("", device.name.lower()) == bare]


def _server_matches(wanted: str, devices: list[Device]) -> list[Device]:
    exact = [device for device in devices if wanted in (device.endpoint, device.name)]
    if exact or wanted.isdecimal():
        return exact
    part = wanted.strip().lower()
    return [
        device
        for device in devices
        # Whoever means what a loudspeaker plays says so in full.
        if not device.is_monitor
        and (part in device.endpoint.lower() or part in device.name.lower())
    ]


def _alsa_name(wanted: str) -> str:
    """How PortAudio ends the name of the device with this ALSA id: (hw:1,0); "" if it is none."""
    found = _ALSA_ID.fullmatch(wanted.strip())
    if found is None:
        return ""
    card, number = found[1], found[2] or "0"
    if not card.isdecimal():
        # The name stays when the number changes: " 1 [Yeti           ]: USB-Audio - Yeti".
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
