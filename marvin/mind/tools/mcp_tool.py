"""A tool of an MCP server, as it is offered to the language model."""

import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from marvin.boundary.terminal import one_line
from marvin.config.tools import McpConfig
from marvin.languages.translation import tr
from marvin.mind.tools.offered import Caller, ToolError, ToolResult
from marvin.types import Tool

if TYPE_CHECKING:
    from mcp.types import Tool as Described

_LOGGER = logging.getLogger(__name__)

_LONGEST_DESCRIPTION, _LONGEST_SCHEMA = 600, 4_000
_LONGEST_QUESTION = 160
"""Of the values that a user is asked about, in characters."""


class McpCaller(Protocol):
    @property
    def name(self) -> str: ...

    async def call(self, tool: str, arguments: Mapping[str, object]) -> ToolResult:
        """Raises ToolError."""


@dataclass(frozen=True, slots=True)
class McpTool:
    tool: Tool
    acts: bool
    confirms: bool
    _server: McpCaller
    _name: str
    outside: bool = True

    @classmethod
    def of(cls, server: McpCaller, found: "Described", config: McpConfig) -> "McpTool | None":
        """None if its description is too long for a conversation."""
        if len(repr(found.input_schema)) > _LONGEST_SCHEMA:
            _LOGGER.warning("%s: the schema of %s is too long", server.name, found.name)
            return None
        hints = found.annotations
        read_only = bool(hints and hints.read_only_hint)
        destructive = bool(hints and hints.destructive_hint) and not read_only
        description = one_line(found.description or found.title or "")[:_LONGEST_DESCRIPTION]
        name = re.sub(r"[^A-Za-z0-9_-]", "_", f"{server.name}_{found.name}")[:64]
        return cls(
            Tool(name, description, found.input_schema),
            not read_only,
            config.confirms(found.name) or destructive,
            server,
            found.name,
        )

    @property
    def server(self) -> str:
        return self._server.name

    def wording(self, arguments: Mapping[str, object]) -> str:
        tool = one_line(re.sub(r"[_\W]+", " ", self._name))
        values = ", ".join(f"{key.replace('_', ' ')} {one}" for key, one in arguments.items())
        values = one_line(values)
        if len(values) > _LONGEST_QUESTION:
            # Nobody can agree to what they do not hear.
            raise ToolError("these values are too long to ask the user about")
        if not values:
            return tr("I would use {tool} of {server}. Shall I?", tool=tool, server=self.server)
        return tr(
            "I would use {tool} of {server}, with {values}. Shall I?",
            tool=tool,
            server=self.server,
            values=values,
        )

    async def call(self, arguments: Mapping[str, object], caller: Caller) -> ToolResult:
        return await self._server.call(self._name, arguments)
