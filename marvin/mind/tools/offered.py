"""A tool that can be called: one of a skill, or of a server."""

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from marvin.boundary.terminal import plain
from marvin.dialogue import Dialogue
from marvin.types import Act, Ask, Forget, Tool, ToolCall

LONGEST_RESULT = 4_000
"""In characters, as the model sees it."""


class ToolError(Exception):
    """A call was not possible or failed. The text is for the model."""


@dataclass(frozen=True, slots=True)
class ToolResult:
    text: str
    items: tuple[Ask | Act | Forget, ...] = ()
    """What has to be done or asked besides. A question ends the turn."""
    files: tuple[Path, ...] = ()
    """Pictures and other files that were made."""


@dataclass(frozen=True, slots=True)
class Caller:
    """On whose behalf a tool is called."""

    dialogue: Dialogue
    language: str
    priority: int = 0
    refusal: Callable[[Collection[str]], str | None] = lambda skills: None
    """Why nothing is done by these skills for whoever speaks; None if it is."""


class OfferedTool(Protocol):
    @property
    def tool(self) -> Tool: ...

    @property
    def acts(self) -> bool:
        """It changes something, or may."""

    @property
    def confirms(self) -> bool:
        """It is called only after the user's yes."""

    @property
    def outside(self) -> bool:
        """Its result is text that neither Marvin nor the user has written."""

    @property
    def server(self) -> str:
        """Whom Marvin asks; empty: nobody."""

    def wording(self, arguments: Mapping[str, object]) -> str:
        """What a call does, as the user is asked about it. Raises ToolError."""

    async def call(self, arguments: Mapping[str, object], caller: Caller) -> ToolResult:
        """Keeps its own time limit. Raises ToolError."""


class Tools(Protocol):
    @property
    def most(self) -> int:
        """Calls in a turn."""

    async def tools(self, language: str, *, spoken: bool = True) -> Sequence[OfferedTool]:
        """What can be called now. `spoken`: a speaker waits for it."""


def result_text(text: str) -> str:
    """A result as the model sees it: without control characters, and bounded."""
    text = plain(text[: 2 * LONGEST_RESULT]).strip()
    return text if len(text) <= LONGEST_RESULT else f"{text[:LONGEST_RESULT]} (cut off)"


def arguments_of(call: ToolCall) -> Mapping[str, object]:
    """Raises ToolError."""
    try:
        value = json.loads(call)
        # Some models write a text that holds the object.
        value = json.loads(value) if isinstance(value, str) else value
        # Halves of characters, as escapes, can be sent to nobody.
        json.dumps(value, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        raise ToolError("the arguments are no valid JSON") from None
    if not isinstance(value, dict | None):
        raise ToolError("the arguments should be an object")
    return value or {}
