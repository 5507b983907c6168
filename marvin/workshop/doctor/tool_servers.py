"""Connects to the configured MCP servers and lists their tools, without calling any."""

import asyncio
from collections.abc import Iterator
from difflib import get_close_matches
from functools import partial

from marvin.config.llm import takes_tools
from marvin.config.tools import EVERY, McpConfig
from marvin.mind.tools.mcp_server import McpServer
from marvin.mind.tools.toolbox import tools_folder
from marvin.workshop.doctor.examining import Check, Lane
from marvin.workshop.doctor.finding import Finding, fail, ok, warn
from marvin.workshop.doctor.patient import Patient

_LIMIT_S = 15.0
_SHOWN = 5


def tool_lanes(patient: Patient) -> list[Lane]:
    """One lane per server, to wait for all concurrently."""
    config = patient.config
    used = any(takes_tools(table) for _, table in config.llm.with_fallbacks("llm"))
    folder = tools_folder(config.tools)
    lanes: list[Lane] = []
    for key, table in config.tools.mcp.items():
        name = f"tools of {key}"
        if used:
            look = partial(_examined, name, McpServer(key, table, folder), table)
        else:
            cure = 'marvin config  (llm.tools = "on", for a model that can call tools)'
            look = partial(warn, name, "no language model calls tools", cure)
        late = fail(name, f"no answer within {_LIMIT_S:g} s", "start it by hand, to see why")
        lanes.append((Check(name, look, _LIMIT_S, late=late),))
    return lanes


def _examined(name: str, server: McpServer, table: McpConfig) -> Finding:
    connected = asyncio.run(_connect(server))
    if not connected:
        return fail(name, server.state, f"marvin config  (tools.mcp.{server.name})")
    if unknown := [*_unknown(server, table)]:
        return warn(name, "; ".join(unknown), f"marvin config  (tools.mcp.{server.name})")
    allowed = [tool for tool in server.listed if table.allows(tool)]
    shown = ", ".join(allowed[:_SHOWN]) + (", ..." if len(allowed) > _SHOWN else "")
    return ok(name, f"connected; {len(allowed)} of {len(server.listed)} may be called: {shown}")


async def _connect(server: McpServer) -> bool:
    await server.settled()
    connected = server.connected
    await server.close()
    return connected


def _unknown(server: McpServer, table: McpConfig) -> Iterator[str]:
    for key in ("allow", "confirm"):
        for tool in getattr(table, key):
            if tool != EVERY and tool not in server.listed:
                close = get_close_matches(tool, server.listed, 1) or server.listed[:_SHOWN]
                yield f"{key}: it has no tool {tool!r} (it has {', '.join(close)})"
