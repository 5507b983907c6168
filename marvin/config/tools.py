"""The table [tools]: what a language model may call."""

import re
from pathlib import Path
from typing import Annotated, Literal, Self, get_args

from pydantic import AfterValidator, Field, model_validator

from marvin.config.table import Address, Table, Text

EVERY = "*"
"""Stands for all tools of a server."""


def _named(name: str) -> str:
    """Raises ValueError."""
    if not re.fullmatch(r"[a-z][a-z0-9_-]{0,30}", name):
        raise ValueError("a server's name has small letters, digits, - and _ only")
    return name


ServerName = Annotated[str, AfterValidator(_named)]


OfferedSkill = Literal[
    "timers", "alarms", "lists", "notes", "time", "date", "world_clock", "volume", "own"
]
"""The skills that have tools (skills/tool_table.py)."""


class McpConfig(Table):
    """A server of tools by the Model Context Protocol: `[tools.mcp.NAME]`."""

    command: Text | None = None
    """A program that serves on its standard input and output."""
    args: tuple[str, ...] = ()
    """Its arguments."""
    pass_env: tuple[Text, ...] = ()
    """Names of environment variables that it gets, besides HOME, PATH and the like: its secrets."""
    url: Address | None = None
    """Address of a server by streamable HTTP, in place of a command."""
    api_key_env: Text | None = None
    """Environment variable that holds the key of the server at `url`."""
    allow: Annotated[tuple[Text, ...], Field(min_length=1)]
    """The tools that may be called; `["*"]`: all that it has, now or later."""
    confirm: tuple[Text, ...] = ()
    """Those that are called only after your spoken yes; `["*"]`: all."""
    timeout_s: Annotated[float, Field(gt=0.0, le=120.0)] = 10.0
    """Time limit of a call."""

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if (self.command is None) == (self.url is None):
            raise ValueError("needs either `command` or `url`")
        return self

    def allows(self, tool: str) -> bool:
        return EVERY in self.allow or tool in self.allow

    def confirms(self, tool: str) -> bool:
        return EVERY in self.confirm or tool in self.confirm


class ToolsConfig(Table):
    """What the language model can call, if `llm.tools` lets it (docs/tools.md)."""

    skills: tuple[OfferedSkill, ...] = get_args(OfferedSkill)
    """The skills; `own` stands for your own ones and your commands."""
    most: Annotated[int, Field(ge=1, le=20)] = 5
    """How many tools it can call to answer one question."""
    folder: Path | None = None
    """Where pictures and other files of tools are kept; default: $XDG_DATA_HOME/marvin/tools or
    ~/.local/share/marvin/tools."""
    mcp: dict[ServerName, McpConfig] = Field(default_factory=dict)
    """Servers of tools, by a name that can be spoken."""
