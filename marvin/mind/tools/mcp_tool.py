"""A tool of an MCP server, as it is offered to the language model."""

import json
import logging
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
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
        values = ", ".join(
            f"{key.replace('_', ' ')} {_said(one)}" for key, one in arguments.items()
        )
        if values != one_line(values):
            # What is heard would not be what is sent.
            raise ToolError("these values have characters that cannot be read to the user")
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

    def with_name(self, name: str) -> "McpTool":
        """For the model."""
        return replace(self, tool=replace(self.tool, name=name))


def _said(value: object) -> str:
    """Raises ToolError."""
    if isinstance(value, str):
        return value
    text = json.dumps(value, ensure_ascii=False)
    if "\\" in text:
        raise ToolError("these values have characters that cannot be read to the user")
    return text


def offered_tools(
    server: McpCaller, found: Iterable["Described"], config: McpConfig
) -> Iterator[McpTool]:
    """What is allowed. Of several with one name, the strictest."""
    strictest: dict[str, McpTool] = {}
    for one in found:
        tool = McpTool.of(server, one, config) if config.allows(one.name) else None
        other = strictest.get(one.name)
        if tool is not None and other is not None:
            acts, confirms = tool.acts or other.acts, tool.confirms or other.confirms
            tool = replace(other, acts=acts, confirms=confirms)
        if tool is not None:
            strictest[one.name] = tool
    yield from strictest.values()
