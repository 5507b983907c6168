"""Microphones and loudspeakers as PulseAudio or PipeWire names them."""

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
"""A sound server that needs longer for a list, in seconds, hangs."""


@dataclass(frozen=True, slots=True)
class SoundServerDevice:
    """A source or sink of the sound server."""

    name: str
    """Its id, which survives a replug: alsa_input.usb-Blue_Microphones_Yeti-00.analog-stereo."""
    number: int
    """Its number, which does not."""
    description: str
    """For people: Yeti Stereo Microphone."""
    channels: int
    rate_hz: int


def endpoints(kind: str) -> tuple[SoundServerDevice, ...]:
    """All `sources` or all `sinks`; none where there is no sound server, or no `pactl`."""
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
        _LOGGER.debug("the sound server gives no list of its %s: %s", kind, error)
        return ()


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
    """What is opened on the sound server meanwhile is on this source or sink; "" is the default.

    Its ALSA plug-ins take no name from PortAudio, but from the environment.
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
