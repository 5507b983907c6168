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


def control(*arguments: str) -> bytes:
    """What `pactl` prints. Blocks for a few seconds at most.

    Raises:
        OSError: There is no `pactl`, or it fails, for example without a sound server.
    """
    pactl = shutil.which("pactl")
    if pactl is None:
        raise FileNotFoundError("pactl is not installed")
    try:
        return subprocess.run(
            [pactl, *arguments],
            env={**os.environ, "LC_ALL": "C"},
            capture_output=True,
            timeout=_ANSWER_S,
            check=True,
        ).stdout
    except subprocess.CalledProcessError as error:
        said = error.stderr.decode(errors="replace").strip()
        raise OSError(said or f"pactl fails with {error.returncode}") from error
    except subprocess.TimeoutExpired as error:
        raise TimeoutError(f"pactl has not answered for {_ANSWER_S:g} s") from error


def endpoints(kind: str) -> tuple[SoundServerDevice, ...]:
    """`kind` is `sources` or `sinks`. Empty without a sound server or `pactl`."""
    try:
        return tuple(
            _endpoint(entry) for entry in json.loads(control("--format=json", "list", kind))
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        _LOGGER.debug("cannot list the sound server's %s: %s", kind, error)
        return ()


def default_source() -> str:
    """Empty without a sound server or `pactl`."""
    try:
        return control("get-default-source").decode(errors="replace").strip()
    except OSError as error:
        _LOGGER.debug("the sound server does not name its default source: %s", error)
        return ""


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
