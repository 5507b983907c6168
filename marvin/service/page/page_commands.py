"""What the page asks for: one JSON object per text message, and microphone audio in between."""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from marvin.boundary.terminal import one_line
from marvin.errors import ControlError
from marvin.pcm import to_float32
from marvin.types import CHUNK_SAMPLES, RATE_HZ, Samples

MESSAGE_CHARACTERS = 8_192
"""Size limit of a command."""
LONGEST_TEXT = 2_000
"""Characters of a typed question."""

_KINDS: Mapping[str, type] = {
    "listen": type(None),
    "finish": type(None),
    "stop": type(None),
    "mute": bool,
    "volume": float,
    "room": str,
    "ask": str,
    "ask_aloud": str,
    "played": int,
    "scores": bool,
    "agenda": type(None),
    "cancel_timer": int,
    "cancel_alarm": int,
    "clear_list": str,
}
"""Commands and the types of their `value`."""
_RANGES: Mapping[type, str] = {
    type(None): "left out",
    bool: "true or false",
    int: "a whole number, not negative",
    float: "a number from 0 to 1",
    str: f"text of 1 to {LONGEST_TEXT} characters",
}


@dataclass(frozen=True, slots=True)
class PageCommand:
    name: str
    value: bool | int | float | str | None = None


def parse_command(message: str) -> PageCommand:
    """Raises ControlError, whose message is for the author of the client."""
    if len(message) > MESSAGE_CHARACTERS:
        raise ControlError(f"a command has at most {MESSAGE_CHARACTERS} characters")
    try:
        fields = json.loads(message)
    except (ValueError, RecursionError):
        fields = None
    if not isinstance(fields, dict):
        raise ControlError('a command is a JSON object: {"command": "stop"}')
    name, value = fields.pop("command", None), fields.pop("value", None)
    if not isinstance(name, str) or name not in _KINDS:
        raise ControlError(f'"command" must be one of {", ".join(_KINDS)}')
    if fields:
        raise ControlError('a command has no other fields than "command" and "value"')
    kind = _KINDS[name]
    if kind is float and type(value) is int:
        value = float(value)
    if isinstance(value, str):
        value = one_line(value).strip()
    typed = type(value) is kind and isinstance(value, bool | int | float | str | None)
    if not typed or not _in_range(value):
        raise ControlError(f'the value of "{name}" must be {_RANGES[kind]}')
    return PageCommand(name, value)


def parse_audio(block: bytes) -> Samples:
    """Raises ControlError unless it is one chunk of 16-bit samples, little-endian."""
    if len(block) != 2 * CHUNK_SAMPLES:
        raise ControlError(
            f"audio comes in blocks of {CHUNK_SAMPLES} samples, mono, 16 bit, {RATE_HZ} Hz: "
            f"{2 * CHUNK_SAMPLES} bytes, not {len(block)}"
        )
    return to_float32(np.frombuffer(block, "<i2"))


def _in_range(value: bool | int | float | str | None) -> bool:
    match value:
        case str():
            return 0 < len(value) <= LONGEST_TEXT
        case float():
            return math.isfinite(value) and 0.0 <= value <= 1.0
        case int():
            return 0 <= value < 2**53
    return True
