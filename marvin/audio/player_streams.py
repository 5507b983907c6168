"""What other programs play, by the sound server (PulseAudio, or PipeWire with pipewire-pulse)."""

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from marvin.audio.soundserver import control


class SoundServerError(Exception):
    """The sound server is gone or hung, or there is no `pactl`."""


@dataclass(frozen=True, slots=True)
class PlayerStream:
    number: int
    player: str
    """Name of the program."""
    volumes: tuple[int, ...]
    """By channel; 65536 is 100 %."""
    audible: bool
    """It is neither muted nor paused."""


def player_streams() -> list[PlayerStream]:
    """Without those of this process, and of the server's own modules: an echo-cancelled sink plays
    Marvin's voice. Blocks. Raises SoundServerError."""
    listed = _answer("--format=json", "list", "sink-inputs")
    try:
        found = [_stream(entry) for entry in json.loads(listed)]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise SoundServerError(f"pactl lists streams in an unknown form: {error!r}") from error
    return [stream for stream in found if stream is not None]


def set_volumes(number: int, volumes: Sequence[int]) -> None:
    """One for each channel, or one for all. Blocks. Raises SoundServerError, also if the stream has
    ended."""
    _answer("set-sink-input-volume", str(number), *map(str, volumes))


def _stream(entry: dict[str, Any]) -> PlayerStream | None:
    properties: dict[str, str] = entry["properties"]
    process = properties.get("application.process.id", "")
    if process in ("", str(os.getpid())) or "node.link-group" in properties:
        return None
    player = properties.get("application.process.binary") or properties.get("application.name", "")
    volumes = tuple(channel["value"] for channel in entry["volume"].values())
    audible = not entry["mute"] and not entry["corked"]
    return PlayerStream(entry["index"], player, volumes, audible)


def _answer(*arguments: str) -> bytes:
    try:
        return control(*arguments)
    except OSError as error:
        raise SoundServerError(str(error)) from error
