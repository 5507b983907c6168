"""A connection to an MCP server, kept on the event loop. A server that cannot be reached leaves
Marvin without its tools; it is tried again later."""

import asyncio
import logging
import os
import time
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from marvin.backends.remote.account import read_key
from marvin.boundary.terminal import one_line
from marvin.config.tools import McpConfig
from marvin.errors import ConfigError
from marvin.mind.tools.bounded_http import bounded_client
from marvin.mind.tools.bounded_stdio import LONGEST_MESSAGE, Program
from marvin.mind.tools.listed_tools import well_described
from marvin.mind.tools.mcp_result import read_result
from marvin.mind.tools.mcp_tool import McpTool, offered_tools
from marvin.mind.tools.offered import ToolError, ToolResult

if TYPE_CHECKING:
    from mcp import Client
    from mcp.types import CallToolResult

_LOGGER = logging.getLogger(__name__)
# The SDK logs what servers send, in full.
logging.getLogger("mcp").addHandler(logging.NullHandler())
logging.getLogger("mcp").propagate = False

CONNECT_S = 30.0
"""Time limit to start and to list its tools."""
_REST_S, _LONGEST_REST_S = 5.0, 600.0
"""Pause before the next try; doubled each time."""
_CLOSE_S = 3.0
_MOST_TOOLS, _MOST_PAGES = 64, 10
_PASSED = ("HOME", "LOGNAME", "PATH", "SHELL", "TERM", "USER", "LANG", "TMPDIR", "XDG_RUNTIME_DIR")


class McpServer:
    def __init__(
        self,
        name: str,
        config: McpConfig,
        folder: Path,
        *,
        notify: Callable[[str], None] = lambda message: None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`folder` takes the files that its tools make; `notify` gets a line on each change."""
        self.name = name
        self._config = config
        self._folder = folder
        self._notify = notify
        self._clock = clock
        self._task: asyncio.Task[None] | None = None
        self._client: Client | None = None
        self._lost = asyncio.Event()
        self._first = asyncio.Event()
        """The first try has succeeded or failed."""
        self._offered: Sequence[McpTool] = ()
        self._rest_s, self._not_before_s = _REST_S, clock()
        self._begun_s = clock()
        self.state = "not started"
        """For the user: connected, or what is wrong."""
        self.listed: tuple[str, ...] = ()
        """All its tools, including those that are not allowed."""

    @property
    def connected(self) -> bool:
        return self._client is not None

    def begin(self) -> None:
        """Connect in the background, unless it is connected or rests after a failure."""
        ended = self._task is None or self._task.done()
        if ended and self._clock() >= self._not_before_s:
            self._lost.clear()
            self._begun_s = self._clock()
            self._task = asyncio.create_task(self._keep(), name=f"marvin-tools-{self.name}")

    async def tools(self, wait_s: float = 0.0) -> Sequence[McpTool]:
        """Those that are allowed; none while it is not connected. The first try to connect is
        waited for, until `wait_s` after its begin."""
        self.begin()
        if not self._first.is_set():
            left_s = max(0.0, self._begun_s + wait_s - self._clock())
            try:
                async with asyncio.timeout(left_s):
                    await self._first.wait()
            except TimeoutError:
                self._tell("it has not answered yet, its tools are missing")
        return self._offered if self._client is not None else ()

    async def settled(self) -> None:
        """Wait until the first try has succeeded or failed."""
        self.begin()
        await self._first.wait()

    async def close(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait({self._task}, timeout=_CLOSE_S)

    async def call(self, tool: str, arguments: Mapping[str, object]) -> ToolResult:
        """Raises ToolError."""
        if self._client is None:
            raise ToolError(f"{self.name} is not connected")
        # Not awaited after the limit: a server that reads nothing could keep even a cancellation.
        task = asyncio.create_task(self._client.call_tool(tool, dict(arguments)))
        task.add_done_callback(_retrieve)
        lost = asyncio.create_task(self._lost.wait())
        try:
            done, _ = await asyncio.wait(
                {task, lost},
                timeout=self._config.timeout_s,
                return_when=asyncio.FIRST_COMPLETED,
            )
        finally:
            task.cancel()
            lost.cancel()
        if task not in done:
            if lost in done:
                raise ToolError(f"{self.name} has broken off")
            raise ToolError(f"{self.name} did not answer within {self._config.timeout_s:g} s")
        return await self._read(task, tool)

    async def _read(self, task: "asyncio.Task[CallToolResult]", tool: str) -> ToolResult:
        from mcp import MCPError
        from mcp.types import CONNECTION_CLOSED

        if (error := task.exception()) is not None:
            if isinstance(error, MCPError) and error.code != CONNECTION_CLOSED:
                raise ToolError(f"{self.name} refused: {error.message}")
            _LOGGER.debug("%s: %s", self.name, error)
            self._client = None
            self._lost.set()
            raise ToolError(f"{self.name} has broken off")
        result = task.result()
        read = await asyncio.to_thread(read_result, result, f"{self.name} {tool}", self._folder)
        if result.is_error:
            raise ToolError(read.text)
        return read

    async def _keep(self) -> None:
        """Connect, and stay connected until the server is lost."""
        why = "it was closed"
        try:
            if find_spec("mcp") is None:
                raise ConfigError("it needs the package mcp, which is missing: `pip install mcp`")
            # On a thread: it takes a second, in which nothing would be heard.
            await asyncio.to_thread(import_module, "mcp.client.streamable_http")
            async with asyncio.timeout(CONNECT_S) as limit, self._connected() as client:
                await self._list(client)
                limit.reschedule(None)
                self._client = client
                self._rest_s = _REST_S
                self._tell(f"connected, tools: {len(self._offered)}")
                self._first.set()
                await self._lost.wait()
                self._client = None
                why = "the connection is lost"
        except TimeoutError:
            why = f"it did not answer within {CONNECT_S:g} s"
        except (Exception, BaseExceptionGroup) as error:  # noqa: BLE001 - the SDK raises anything
            why = _reason(error)
        finally:
            self._client, self._offered = None, ()
            self._not_before_s = self._clock() + self._rest_s
            self._rest_s = min(2 * self._rest_s, _LONGEST_REST_S)
            self._first.set()
        self._tell(why)

    @asynccontextmanager
    async def _connected(self) -> AsyncGenerator["Client"]:
        from mcp import Client
        from mcp.client.streamable_http import streamable_http_client

        config = self._config
        async with AsyncExitStack() as stack:
            if config.url is not None:
                key = read_key(config.api_key_env, f"tools.mcp.{self.name}")
                http = await stack.enter_async_context(bounded_client(config.url, key))
                transport: Any = streamable_http_client(
                    config.url, http_client=http, max_sse_event_size=LONGEST_MESSAGE
                )
                yield await stack.enter_async_context(
                    Client(well_described(transport, self.name), cache=None)
                )
                return
            assert config.command is not None
            program = Program([config.command, *config.args], self._environment())
            try:
                client = Client(well_described(program.streams(), self.name), cache=None)
                stack.push_async_callback(_cancelled, asyncio.create_task(self._watch(program)))
                yield await stack.enter_async_context(client)
            except Exception:
                if program.ended.is_set():
                    raise ConfigError(_ended(program)) from None
                raise
            if program.ended.is_set():
                raise ConfigError(_ended(program))

    async def _watch(self, program: Program) -> None:
        await program.ended.wait()
        self._lost.set()

    def _environment(self) -> Mapping[str, str]:
        """Raises ConfigError."""
        missing = [name for name in self._config.pass_env if name not in os.environ]
        if missing:
            raise ConfigError(f"the environment variable {missing[0]} is not set (pass_env)")
        names = (*_PASSED, *self._config.pass_env)
        return {name: os.environ[name] for name in names if name in os.environ}

    async def _list(self, client: "Client") -> None:
        found: list[Any] = []
        names: list[str] = []
        cursor = None
        for _ in range(_MOST_PAGES):
            page = await client.list_tools(cursor=cursor)
            names += [one.name for one in page.tools]
            found += [one for one in page.tools if self._config.allows(one.name)]
            cursor = page.next_cursor
            if cursor is None or len(found) >= _MOST_TOOLS:
                break
        self.listed = tuple(names)
        self._offered = list(offered_tools(self, found, self._config))[:_MOST_TOOLS]

    def _tell(self, state: str) -> None:
        if state != self.state:
            self.state = one_line(state)[:300]
            self._notify(f"tools of {self.name}: {self.state}")


def _ended(program: Program) -> str:
    return ": ".join(filter(None, (program.why, program.last_words)))


async def _cancelled(task: "asyncio.Task[None]") -> None:
    task.cancel()


def _retrieve(task: "asyncio.Task[Any]") -> None:
    """Keeps asyncio from complaining about an error that nobody waits for."""
    if not task.cancelled():
        task.exception()


def _reason(error: BaseException) -> str:
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    if isinstance(error, ConfigError):
        return str(error)
    if isinstance(error, FileNotFoundError):
        return f"there is no program {error.filename!r}"
    if isinstance(error, OSError):
        return f"it cannot be started: {error.strerror}"
    if type(error).__name__ in ("ConnectError", "ConnectTimeout"):
        return "it cannot be reached: is it running, and is its address right?"
    return f"it cannot be used ({type(error).__name__}: {one_line(str(error))[:100]})"
