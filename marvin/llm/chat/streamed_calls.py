"""Tool calls in a chat completion, put together from the pieces in which servers send them."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from marvin.types import ToolCall

MOST_CALLS = 16
"""In one answer; later ones are dropped."""
LONGEST_ARGUMENTS = 20_000
"""In characters; what is longer is cut, and no valid JSON any more."""
_LONGEST_NAME = 128


@dataclass(frozen=True, slots=True)
class CallPiece:
    index: int | None
    id: str
    name: str
    arguments: str


@dataclass(slots=True)
class _Call:
    index: int | None
    id: str = ""
    name: str = ""
    arguments: str = ""

    @property
    def complete(self) -> bool:
        try:
            json.loads(self.arguments)
        except (ValueError, RecursionError):
            return False
        return True


def call_pieces(said: Mapping[str, Any]) -> tuple[CallPiece, ...]:
    """Of a delta or a whole message; also the single `function_call` of old servers."""
    listed = said.get("tool_calls") or said.get("function_call") or ()
    entries = listed if isinstance(listed, list) else [listed]
    return tuple(_piece(entry) for entry in entries[:MOST_CALLS] if isinstance(entry, dict))


def _piece(entry: Mapping[str, Any]) -> CallPiece:
    function = entry.get("function")
    inner: Mapping[str, Any] = function if isinstance(function, dict) else entry
    index, arguments = entry.get("index"), inner.get("arguments")
    if arguments is not None and not isinstance(arguments, str):
        arguments = json.dumps(arguments)
    return CallPiece(
        index if isinstance(index, int) else None,
        _text(entry.get("id")),
        _text(inner.get("name")),
        arguments or "",
    )


def _text(value: object) -> str:
    return value[:_LONGEST_NAME] if isinstance(value, str) else ""


class StreamedCalls:
    """Collects the pieces of one answer."""

    def __init__(self) -> None:
        self._calls: list[_Call] = []

    def feed(self, pieces: Iterable[CallPiece], *, whole: bool = False) -> None:
        """`whole`: they repeat what has come in pieces, if any has."""
        if not (whole and self._calls):
            for piece in pieces:
                self._add(piece)

    def _add(self, piece: CallPiece) -> None:
        call = self._continued(piece)
        if call is None:
            if not piece.name or len(self._calls) >= MOST_CALLS:
                return
            call = _Call(piece.index)
            self._calls.append(call)
        call.id = call.id or piece.id
        # Some servers repeat the name in each piece, others spread it over several.
        if piece.name != call.name and not call.arguments:
            call.name = (call.name + piece.name)[:_LONGEST_NAME]
        call.arguments = (call.arguments + piece.arguments)[:LONGEST_ARGUMENTS]

    def calls(self, *, whole: bool) -> Iterator[ToolCall]:
        """Without `whole`, the answer stops in the middle: so may a call, even behind its name."""
        for at, call in enumerate(self._calls):
            if whole or call.complete:
                yield ToolCall(call.name, call.arguments, call.id or f"call_{at}")

    def _continued(self, piece: CallPiece) -> _Call | None:
        """The call that the piece belongs to; None if it begins one. Some servers number all calls
        0, some leave out the number, the id, or both."""
        last = self._calls[-1] if self._calls else None
        if piece.index is not None:
            last = next((one for one in self._calls[::-1] if one.index == piece.index), None)
        if last is None:
            return None
        if piece.id and last.id:
            return last if piece.id == last.id else None
        if not piece.name:
            return last
        if last.complete or (piece.index is None and piece.name != last.name):
            return None
        return last
