# ruff: noqa: TID253 - these tests are of the package
"""What an MCP server's tools are called, and how they are asked about."""

import base64
from collections.abc import Mapping
from pathlib import Path

import pytest
from mcp.types import CallToolResult, ImageContent, ToolAnnotations
from mcp.types import Tool as Described

from marvin.config.tools import McpConfig
from marvin.mind.tools.mcp_result import read_result
from marvin.mind.tools.mcp_tool import McpTool, offered_tools
from marvin.mind.tools.offered import ToolError, ToolResult
from tests.mind.tools.calling import call, room
from tests.mind.tools.serving import ASK

READS = ToolAnnotations(read_only_hint=True)


class Caller:
    name = "demo"

    async def call(self, tool: str, arguments: Mapping[str, object]) -> ToolResult:
        return ToolResult("Done.")


def offered(*found: Described, confirm: tuple[str, ...] = ()) -> list[McpTool]:
    config = McpConfig(command="x", allow=("*",), confirm=confirm)
    return list(offered_tools(Caller(), found, config))


def described(name: str, annotations: ToolAnnotations | None = None) -> Described:
    return Described(name=name, input_schema={"type": "object"}, annotations=annotations)


@pytest.mark.parametrize(
    "door", ["front\x1b[31m", "front\u202e", "a\nb", {"a": "front\n"}, ["a\u202e"], "x" * 500]
)
def test_what_cannot_be_heard_is_not_asked(door: object) -> None:
    (unlock,) = offered(described("unlock"))
    with pytest.raises(ToolError, match=r"too long|cannot be read"):
        unlock.wording({"door": door})


def test_of_tools_with_one_name_the_strictest_counts() -> None:
    for found in ([READS, None], [None, READS]):
        (unlock,) = offered(*(described("unlock", one) for one in found))
        assert unlock.acts


class Listed:
    """A server that is connected."""

    def __init__(self, *tools: McpTool) -> None:
        self._tools = tools

    def begin(self) -> None: ...

    async def settled(self) -> None: ...

    async def close(self) -> None: ...

    async def tools(self, wait_s: float = 0.0) -> tuple[McpTool, ...]:
        return self._tools


async def test_tools_do_not_hide_one_another() -> None:
    found = ("unlock-door", "unlock_door", "unlock.door")
    tools = offered(*map(described, found), confirm=("unlock.door",))
    server = Listed(*tools)
    async with room(["Hm."], [call("demo_unlock_door_2")], servers=[server]) as home:  # type: ignore[list-item]
        await home.hears(ASK)
        names = [tool.name for tool in home.model.offered[0]]
        assert names[-3:] == ["demo_unlock-door", "demo_unlock_door", "demo_unlock_door_2"]
        assert "unlock door of demo. Shall I?" in await home.hears(ASK)


def test_files_of_one_second_have_names_of_their_own(tmp_path: Path) -> None:
    data = base64.b64encode(b"x").decode()
    picture = ImageContent(type="image", data=data, mime_type="image/png")
    result = CallToolResult(content=[picture])
    made = [path for _ in range(3) for path in read_result(result, "demo", tmp_path).files]
    assert len(set(made)) == 3
