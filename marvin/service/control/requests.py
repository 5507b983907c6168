"""The control protocol: one line of JSON per request and per answer."""

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass

from marvin.errors import ControlError

MESSAGE_BYTES = 65_536
"""Size limit of a request."""

_FIELDS: Mapping[str, tuple[str, ...]] = {
    "status": (),
    "listen": (),
    "stop": (),
    "mute": (),
    "unmute": (),
    "say": ("text",),
    "announce": ("text", "room"),
    "ask": ("text",),
    "events": (),
    "reload": (),
    "alarms": (),
    "ical": (),
    "cancel_alarm": ("text",),
    "lists": (),
    "clear_list": ("text",),
    "notes": (),
    "forget_note": ("text",),
}
"""Commands and their required fields, all strings."""

_UNSAYABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]+")

_SHOWN = 40
"""Characters of a request quoted in error messages."""


@dataclass(frozen=True, slots=True)
class ControlRequest:
    command: str
    text: str = ""
    """Text to speak or answer, the number of an alarm or note, or the name of a list."""
    room: str = ""
    """Where `announce` is to be heard."""


def parse(line: bytes) -> ControlRequest:
    """Parse a line.

    Raises:
        ControlError: Not a valid request; the message is for the client.
    """
    fields = _object(line)
    command = fields.pop("command", None)
    if not isinstance(command, str):
        raise ControlError('"command" is missing or not a string')
    needed = _FIELDS.get(command)
    if needed is None:
        raise ControlError(f"unknown command {_quoted(command)}: choose from {', '.join(_FIELDS)}")
    for name in fields:
        if name not in needed:
            raise ControlError(f'"{command}" has no field {_quoted(name)}')
    for name in needed:
        if not isinstance(fields.get(name), str):
            raise ControlError(f'"{command}" needs the string "{name}"')
    if "text" not in needed:
        return ControlRequest(command)
    text = _plain(str(fields["text"]))
    if not text:
        raise ControlError(f"nothing to {command.partition('_')[0]}")
    return ControlRequest(command, text, _plain(str(fields.get("room", ""))))


def encoded(message: Mapping[str, object]) -> bytes:
    """One line of ASCII JSON, so that no text can break the line. Infinity becomes null."""
    try:
        line = json.dumps(message, allow_nan=False, default=str)
    except ValueError:
        line = json.dumps(_finite(message), default=str)
    return line.encode() + b"\n"


def refusal(error: str, **more: object) -> dict[str, object]:
    """The answer to a refused request."""
    return {"ok": False, "error": error, **more}


def _finite(value: object) -> object:
    """Replaces non-finite numbers by null."""
    match value:
        case float():
            return value if math.isfinite(value) else None
        case Mapping():
            return {key: _finite(one) for key, one in value.items()}
        case list() | tuple():
            return [_finite(one) for one in value]
        case _:
            return value


def _object(line: bytes) -> dict[str, object]:
    try:
        found = json.loads(line.decode())
    except UnicodeDecodeError:
        raise ControlError("the request is not UTF-8") from None
    except RecursionError:
        raise ControlError("the request is nested too deeply") from None
    except ValueError:
        raise ControlError(
            'the request is not JSON: send {"command": "status"} and a line feed'
        ) from None
    if not isinstance(found, dict):
        raise ControlError(
            'the request is not a JSON object: send {"command": "status"} and a line feed'
        )
    return found


def _plain(text: str) -> str:
    """Removes control characters and lone surrogates, which cannot be spoken."""
    return " ".join(_UNSAYABLE.sub(" ", text).split())


def _quoted(text: str) -> str:
    return ascii(text if len(text) <= _SHOWN else f"{text[:_SHOWN]}...")
