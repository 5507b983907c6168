"""Parses the events of a chat completion: text, reasoning, tool calls and errors."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from marvin.llm.chat.event_stream import ServerEvent
from marvin.llm.chat.streamed_calls import CallPiece, call_pieces

_THOUGHTS = ("reasoning_content", "reasoning", "reasoning_details", "thinking", "thought")
_FAULTS = ("error", "errors", "detail")
# Line separators elsewhere, spaces in an answer.
_SEPARATORS = str.maketrans({"\u2028": " ", "\u2029": " ", "\x85": " ", "\x0b": " ", "\x0c": " "})


class CompletionError(Exception):
    """The server failed after it had begun to answer."""

    def __init__(self, status: int | None, body: str) -> None:
        super().__init__(f"status {status}")
        self.status = status
        self.body = body
        """The server's message."""


class NoCompletionError(Exception):
    """Not a chat completion."""


@dataclass(frozen=True, slots=True)
class Part:
    text: str = ""
    thinks: bool = False
    """Reasoning that is not part of the answer."""
    calls: tuple[CallPiece, ...] = ()
    """Pieces of tool calls."""
    whole: bool = False
    """The text is the complete answer, possibly after its pieces."""
    ends: bool = False
    """The stream is over."""
    finished: bool = False
    """The model has stopped writing."""
    cut: bool = False
    """It stops in the middle, for its length."""


def read_event(event: ServerEvent) -> Iterator[Part]:
    """The parts of an event.

    Raises:
        CompletionError: The server reports an error, in any form.
        NoCompletionError: Another protocol, or a broken one.
    """
    data = event.data.strip()
    if event.name == "error":
        try:
            value = json.loads(data, strict=False)
        except (ValueError, RecursionError):
            value = None
        raise CompletionError(_status(value), data)
    if not data:
        return
    if data.strip("\"' ").upper() == "[DONE]":
        yield Part(ends=True)
        return
    for value in _values(data):
        yield from read_value(value)


def read_value(value: Any) -> Iterator[Part]:
    if value is None:
        return
    if not isinstance(value, dict):
        raise NoCompletionError
    choices = value.get("choices")
    if _is_fault(value):
        raise CompletionError(_status(value), json.dumps(value))
    if not isinstance(choices, list | None):
        raise NoCompletionError
    for choice in choices or ():
        if isinstance(choice, dict) and choice.get("index") in (0, None):
            if choice.get("finish_reason") == "error":
                raise CompletionError(_status(value), json.dumps(value))
            yield _part(choice)


def _values(data: str) -> list[Any]:
    """Several, if a server separates its events with single line breaks."""
    try:
        value = json.loads(data, strict=False)
        # Gemini sends errors in a list.
        return value if isinstance(value, list) and value else [value]
    except (ValueError, RecursionError) as error:
        lines = [line for line in data.split("\n") if line.strip()]
        if len(lines) < 2:
            raise NoCompletionError from error
    values = []
    for line in lines:
        if line.strip() != "[DONE]":
            values += _values(line)
    return values


def _is_fault(value: dict[str, Any]) -> bool:
    kinds = (value.get(name) for name in ("object", "type", "status"))
    if any(value.get(name) for name in _FAULTS) or "error" in kinds:
        return True
    # vLLM, Mistral, Zhipu, problem+json: {"message": ..., "code": 500}.
    told = any(isinstance(value.get(name), str) for name in ("message", "msg"))
    return "choices" not in value and (told or _status(value) is not None)


def _part(choice: dict[str, Any]) -> Part:
    delta, message = choice.get("delta"), choice.get("message")
    whole = not isinstance(delta, dict) and isinstance(message, dict)
    said = message if whole else delta
    if not isinstance(said, dict):
        said = {"content": choice.get("text")}
    text, thinks = _text(said.get("content"))
    text = text or _text(said.get("refusal"))[0]
    return Part(
        text.translate(_SEPARATORS),
        thinks or any(said.get(name) for name in _THOUGHTS),
        call_pieces(said),
        whole,
        cut=choice.get("finish_reason") == "length",
        finished=bool(choice.get("finish_reason")),
    )


def _text(content: Any) -> tuple[str, bool]:
    """The text, and whether there is reasoning."""
    if isinstance(content, str):
        return content, False
    if isinstance(content, dict):
        if content.get("type") in ("thinking", "reasoning", "thought"):
            return "", True
        for name in ("text", "refusal"):
            if isinstance(content.get(name), str):
                return content[name], False
    if isinstance(content, list):
        parts = [_text(part) for part in content]
        return "".join(text for text, _ in parts), any(thinks for _, thinks in parts)
    return "", False


def _status(value: Any) -> int | None:
    if isinstance(value, list):
        value = value[0] if value else None
    inner = value.get("error") if isinstance(value, dict) else None
    for place in (inner, value):
        if isinstance(place, dict):
            for name in ("code", "status", "status_code", "http_status_code"):
                number = str(place.get(name))
                if number.isascii() and number.isdigit() and 400 <= int(number[:4]) <= 599:
                    return int(number)
    return None
