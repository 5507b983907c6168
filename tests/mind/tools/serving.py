"""A real MCP server to call, and what it has done."""

import asyncio
import sys
from collections.abc import Callable
from pathlib import Path

from marvin.config.tools import McpConfig
from marvin.mind.tools.mcp_server import McpServer
from tests.mind.tools.calling import LIMIT_S

DEMO, ROGUE = (Path(__file__).with_name(f"mcp_{name}.py") for name in ("demo", "rogue"))
ASK = "I wonder whether you might do it"


def server(
    tmp_path: Path, *args: str, allow: tuple[str, ...] = ("*",), **keys: object
) -> McpServer:
    config = McpConfig.model_validate(
        {
            "command": sys.executable,
            "args": (str(DEMO), *args),
            "pass_env": ("DEMO_LOG",),
            "allow": allow,
            "timeout_s": LIMIT_S,
        }
        | keys
    )
    return McpServer("demo", config, tmp_path / "files")


class Deeds:
    """What the server has done."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def lines(self) -> list[str]:
        return self._path.read_text().splitlines() if self._path.exists() else []


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(LIMIT_S):
        while True:
            if true():
                return
            await asyncio.sleep(0.01)
