"""Sources and sinks of PulseAudio or PipeWire."""

import contextlib
import json
import logging
import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass

_LOGGER = logging.getLogger(__name__)

_ANSWER_S = 2.0
"""Time limit for `pactl`, in seconds."""


_ECHO_HINTS = ("echo", "aec", "speakerphone")
"""Parts of the names of sources without echo."""


@dataclass(frozen=True, slots=True)
class SoundServerDevice:
    """A source or sink."""

    name: str
    """Stable id: alsa_input.usb-Blue_Microphones_Yeti-00.analog-stereo."""
    number: int
    """Changes when the device is plugged in again."""
    description: str
    """Display name: Yeti Stereo Microphone."""
    channels: int
    rate_hz: int


def endpoints(kind: str) -> tuple[SoundServerDevice, ...]:
    """`kind` is `sources` or `sinks`. Empty without a sound server or `pactl`."""
    pactl = shutil.which("pactl")
    if pactl is None:
        return ()
    try:
        out = subprocess.run(
            [pactl, "--format=json", "list", kind],
            env={**os.environ, "LC_ALL": "C"},
            capture_output=True,
            timeout=_ANSWER_S,
            check=True,
        ).stdout
        return tuple(_endpoint(entry) for entry in json.loads(out))
    except (OSError, subprocess.SubprocessError, ValueError, KeyError, TypeError) as error:
        _LOGGER.debug("cannot list the sound server's %s: %s", kind, error)
        return ()


def default_source() -> str:
    """Empty without a sound server or `pactl`."""
    pactl = shutil.which("pactl")
    if pactl is None:
        return ""
    try:
        out = subprocess.run(
            [pactl, "get-default-source"], capture_output=True, timeout=_ANSWER_S, check=True
        ).stdout
    except (OSError, subprocess.SubprocessError) as error:
        _LOGGER.debug("the sound server does not name its default source: %s", error)
        return ""
    return out.decode(errors="replace").strip()


def cancels_echo(source: str) -> bool:
    """Whether a source with this name removes the echo of the loudspeaker itself."""
    return any(hint in source.lower() for hint in _ECHO_HINTS)


def _endpoint(entry: dict[str, str]) -> SoundServerDevice:
    # "s16le 2ch 48000Hz"
    _, channels, rate_hz = entry["sample_specification"].split()
    return SoundServerDevice(
        name=entry["name"],
        number=int(entry["index"]),
        description=entry["description"],
        channels=int(channels.removesuffix("ch")),
        rate_hz=int(rate_hz.removesuffix("Hz")),
    )


@contextlib.contextmanager
def aimed_at(name: str) -> Iterator[None]:
    """Streams opened in this context use this source or sink; "" is the default.

    The ALSA plug-ins read it from the environment: PortAudio cannot pass it.
    """
    keys = ("PULSE_SOURCE", "PULSE_SINK", "PIPEWIRE_NODE") if name else ()
    before = {key: os.environ.get(key) for key in keys}
    os.environ.update(dict.fromkeys(keys, name))
    try:
        yield
    finally:
        for key, value in before.items():
            if value is None:
                del os.environ[key]
            else:
                os.environ[key] = value
