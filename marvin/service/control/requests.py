"""What may be asked over the socket: a line of JSON a request, a line of JSON an answer."""

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass

from marvin.errors import ControlError

MESSAGE_BYTES = 65_536
"""A longer request is refused."""

_FIELDS: Mapping[str, tuple[str, ...]] = {
    "status": (),
    "listen": (),
    "stop": (),
    "mute": (),
    "unmute": (),
    "say": ("text",),
    "ask": ("text",),
    "events": (),
    "reload": (),
}
"""Commands, and what each of them needs: texts, all of it."""

_UNSAYABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]+")

_SHOWN = 40
"""So much of what was sent is quoted back, in characters."""


@dataclass(frozen=True, slots=True)
class ControlRequest:
    """One request that can be answered."""

    command: str
    text: str = ""
    """What to say, or to answer."""


def parse(line: bytes) -> ControlRequest:
    """The request in a line.

    Raises:
        ControlError: It is none; the message says why, and is fit for whoever sent it.
    """
    fields = _object(line)
    command = fields.pop("command", None)
    if not isinstance(command, str):
        raise ControlError('"command" is missing or not a text')
    needed = _FIELDS.get(command)
    if needed is None:
        raise ControlError(f"no command {_quoted(command)}: there are {', '.join(_FIELDS)}")
    for name in fields:
        if name not in needed:
            raise ControlError(f'"{command}" has no field {_quoted(name)}')
    for name in needed:
        if not isinstance(fields.get(name), str):
            raise ControlError(f'"{command}" needs "{name}", a text')
    if "text" not in needed:
        return ControlRequest(command)
    text = _plain(str(fields["text"]))
    if not text:
        raise ControlError(f"there is nothing to {command}")
    return ControlRequest(command, text)


def encoded(message: Mapping[str, object]) -> bytes:
    """One line; plain ASCII, so that no text in it can break it. Infinity becomes null."""
    try:
        line = json.dumps(message, allow_nan=False, default=str)
    except ValueError:
        line = json.dumps(_finite(message), default=str)
    return line.encode() + b"\n"


def refusal(error: str, **more: object) -> dict[str, object]:
    """The answer to what was not done."""
    return {"ok": False, "error": error, **more}


def _finite(value: object) -> object:
    """With null for every number that is none."""
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
        raise ControlError("that is not UTF-8") from None
    except RecursionError:
        raise ControlError("that is nested too deeply") from None
    except ValueError:
        raise ControlError('that is not JSON: send {"command": "status"} and a line feed') from None
    if not isinstance(found, dict):
        raise ControlError('that is no JSON object: send {"command": "status"} and a line feed')
    return found


def _plain(text: str) -> str:
    """Without what no voice can say: control characters and halves of surrogate pairs."""
    return " ".join(_UNSAYABLE.sub(" ", text).split())


def _quoted(text: str) -> str:
    return ascii(text if len(text) <= _SHOWN else f"{text[:_SHOWN]}...")
