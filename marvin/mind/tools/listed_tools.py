"""A transport to an MCP server whose lists of tools lack those that are described wrongly.

The SDK refuses a whole list for one of them, and with it the server.
"""

import logging
from collections.abc import AsyncGenerator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import TYPE_CHECKING, Any

from marvin.boundary.terminal import one_line

if TYPE_CHECKING:
    from mcp.client._transport import TransportStreams
    from mcp.shared.message import SessionMessage

_LOGGER = logging.getLogger(__name__)


@asynccontextmanager
async def well_described(
    transport: AbstractAsyncContextManager["TransportStreams"], server: str
) -> AsyncGenerator["TransportStreams"]:
    import anyio  # noqa: PLC0415 - comes with mcp

    async with transport as (reading, writing):
        passing, received = anyio.create_memory_object_stream["SessionMessage | Exception"](0)

        async def pass_on() -> None:
            async with passing:
                async for item in reading:
                    _leave_out(item, server)
                    try:
                        await passing.send(item)
                    except anyio.BrokenResourceError:
                        return

        async with received, anyio.create_task_group() as tasks:
            tasks.start_soon(pass_on)
            try:
                yield received, writing
            finally:
                tasks.cancel_scope.cancel()


def _leave_out(item: "SessionMessage | Exception", server: str) -> None:
    result = getattr(getattr(item, "message", None), "result", None)
    if not isinstance(result, dict) or "content" in result:
        return
    listed = result.get("tools")
    if isinstance(listed, list):
        result["tools"] = [one for one in listed if _right(one)]
        for one in listed:
            if not _right(one):
                name = str(one.get("name") if isinstance(one, dict) else one)[:100]
                _LOGGER.warning("%s: a tool is described wrongly: %s", server, one_line(name))


def _right(tool: Any) -> bool:
    from mcp.types import Tool

    try:
        Tool.model_validate(tool, by_name=False)
    except ValueError:
        return False
    given, made = tool.get("inputSchema"), tool.get("outputSchema")
    return _schema(given) and (made is None or _schema(made))


def _schema(schema: Any) -> bool:
    """An object's."""
    properties, required = schema.get("properties"), schema.get("required")
    return (
        schema.get("type") == "object"
        and (properties is None or isinstance(properties, dict))
        and all(isinstance(one, dict) for one in (properties or {}).values())
        and (required is None or isinstance(required, list))
        and all(isinstance(one, str) for one in required or ())
    )
