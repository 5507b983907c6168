"""Sends a request to a server and gives its answer, whole or as it comes.

The only file that sends one for speech. The caller's thread waits in an event loop of its own: that
way each wait has its limit, and a cancelled token ends it at once, whatever it waits for. No thread
has to be left behind (`boundary/hanging.py`).
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from marvin.backends.remote.account import open_client, read_key
from marvin.backends.remote.retrying import BUSY, pause_s, retry_after_s
from marvin.backends.remote.wording import Wording
from marvin.boundary.redaction import quotation
from marvin.cancellation import Cancelled
from marvin.errors import StageError

if TYPE_CHECKING:
    import httpx2

    from marvin.cancellation import CancelToken
    from marvin.config.stt import OpenAITranscriberConfig
    from marvin.config.tts import OpenAISpeechConfig

_LOGGER = logging.getLogger(__name__)

ResultT = TypeVar("ResultT")

Body = Mapping[str, Any]
"""Arguments of httpx for what is sent: `json`, or `data` and `files`."""

_LONGEST_COMPLAINT = 64 * 1024


class _PassingError(Exception):
    """The next try may succeed."""

    def __init__(self, text: str, asked_s: float | None = None) -> None:
        """`asked_s`: how long the server asks to be left alone."""
        super().__init__(text)
        self.asked_s = asked_s


@dataclass(frozen=True, slots=True)
class Stream:
    """An answer that still comes."""

    kind: str
    """Content type, in lower case, with its parameters: `audio/l16; rate=24000`."""
    pieces: Iterator[bytes]
    """As they come, never empty ones."""


class SpeechServer:
    """A stage's server. One thread at a time asks it."""

    def __init__(
        self,
        config: OpenAITranscriberConfig | OpenAISpeechConfig,
        wording: Wording,
        failure: type[StageError],
        *,
        sleep: Callable[[float], Coroutine[Any, Any, None]] = asyncio.sleep,
    ) -> None:
        """Nothing is sent yet: the server may be started later.

        Args:
            config: The table.
            wording: How it is spoken of.
            failure: The error of this stage.
            sleep: Waits before a further try.

        Raises:
            ConfigError: The address is none, or there is no key where one should be.
        """
        self._wording = wording
        self._failure = failure
        self._timeout_s = config.timeout_s
        self._retries = config.retries
        self._sleep = sleep
        self._key = read_key(config.api_key_env, wording.table)
        self._client = open_client(config.base_url, self._key, config.timeout_s, wording.table)
        self._loop = asyncio.new_event_loop()

    def ask(self, path: str, body: Body, token: CancelToken, *, longest: int) -> tuple[str, bytes]:
        """Content type and bytes of the whole answer; `timeout_s` is for all tries together.

        Raises:
            StageError: The stage's own; there is no answer, or more than `longest` bytes.
            Cancelled: The token was cancelled.
        """

        async def once() -> tuple[str, bytes]:
            async with self._answering(path, body) as response:
                answer, whole = await _begin(response, longest)
            if not whole:
                raise self.endless()
            return _kind(response), answer

        return self._run(self._tried(once), token)

    @contextlib.contextmanager
    def stream(self, path: str, body: Body, token: CancelToken) -> Iterator[Stream]:
        """The answer as it comes. `timeout_s` is for the first piece, all tries together, and
        then for each further one.

        Raises:
            StageError: The stage's own; also while the pieces are read.
            Cancelled: The token was cancelled.
        """
        stack = contextlib.AsyncExitStack()

        async def once() -> tuple[str, AsyncIterator[bytes], bytes]:
            async with contextlib.AsyncExitStack() as opening:
                response = await opening.enter_async_context(self._answering(path, body))
                pieces = aiter(response.aiter_bytes())
                first = await anext(pieces, b"")
                stack.push_async_exit(opening.pop_all())
            return _kind(response), pieces, first

        try:
            kind, pieces, first = self._run(self._tried(once), token)
            yield Stream(kind, self._pieces(pieces, first, token))
        finally:
            if not self._loop.is_closed():
                self._loop.run_until_complete(stack.aclose())

    def nonsense(self, kind: str, found: str) -> StageError:
        """The error for an answer of content type `kind` that is not what was asked for."""
        return self._failure(self._wording.nonsense(kind.partition(";")[0].strip(), found))

    def endless(self) -> StageError:
        """The error for an answer that goes on and on."""
        return self._failure(self._wording.endless())

    def close(self) -> None:
        """End the connections."""
        if not self._loop.is_closed():
            self._loop.run_until_complete(self._client.aclose())
            self._loop.close()

    def _pieces(
        self, pieces: AsyncIterator[bytes], piece: bytes, token: CancelToken
    ) -> Iterator[bytes]:
        async def following() -> bytes:
            try:
                return await anext(pieces, b"")
            except _broken() as error:
                raise self._failure(self._wording.broken()) from error

        while piece:
            yield piece
            piece = self._run(self._limited(following), token)

    def _run(self, work: Coroutine[Any, Any, ResultT], token: CancelToken) -> ResultT:
        """Do the work on this thread; a cancelled token ends it where it waits."""
        task = self._loop.create_task(work)

        def cancel() -> None:
            self._loop.call_soon_threadsafe(task.cancel)

        try:
            with token.on_cancel(cancel):
                return self._loop.run_until_complete(task)
        except asyncio.CancelledError:
            raise Cancelled from None

    async def _limited(self, work: Callable[[], Awaitable[ResultT]]) -> ResultT:
        try:
            async with asyncio.timeout(self._timeout_s):
                return await work()
        except TimeoutError:
            raise self._failure(self._wording.slow(self._timeout_s)) from None

    async def _tried(self, once: Callable[[], Awaitable[ResultT]]) -> ResultT:
        """The result of the first try that succeeds, within the limit."""
        ends = self._loop.time() + self._timeout_s

        async def tries() -> ResultT:
            for tried in itertools.count(1):
                try:
                    return await once()
                except _PassingError as error:
                    pause = pause_s(tried, error.asked_s)
                    if tried > self._retries:
                        raise self._failure(str(error)) from error
                    if self._loop.time() + pause > ends:
                        asked = f" (it asks for {pause:.0f} s)" if error.asked_s else ""
                        raise self._failure(f"{error}{asked}") from error
                    _LOGGER.info("%s; again in %.1f s", error, pause)
                    await self._sleep(pause)
            raise AssertionError("counting ended")

        return await self._limited(tries)

    @contextlib.asynccontextmanager
    async def _answering(self, path: str, body: Body) -> AsyncIterator[httpx2.Response]:
        """A response with status 200 whose body still has to be read.

        Raises:
            _PassingError: The server is busy, or the connection broke, here or in the block.
            StageError: Another try would not help.
        """
        import httpx2

        try:
            async with self._client.stream("POST", path, **body) as response:
                if response.status_code != 200:
                    await self._refuse(response)
                yield response
        except (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.ProxyError) as error:
            raise _PassingError(self._wording.unreachable(error)) from error
        except _broken() as error:
            raise _PassingError(self._wording.broken()) from error

    async def _refuse(self, response: httpx2.Response) -> None:
        """Raise what the status means."""
        status = response.status_code
        said, _ = await _begin(response, _LONGEST_COMPLAINT)
        words = f"{response.headers.get('location', '')} ".encode() + said
        _LOGGER.debug("%s answers %d: %s", self._wording.table, status, quotation(words, self._key))
        text = self._wording.refused(status)
        if status in BUSY:
            raise _PassingError(text, retry_after_s(response.headers.get("retry-after")))
        raise self._failure(text)


async def _begin(response: httpx2.Response, longest: int) -> tuple[bytes, bool]:
    """The first bytes of an answer, and whether they are all of it."""
    answer = bytearray()
    async for piece in response.aiter_bytes():
        answer += piece
        if len(answer) > longest:
            return bytes(answer[:longest]), False
    return bytes(answer), True


def _broken() -> tuple[type[Exception], ...]:
    """What httpx raises when a connection breaks, or its bytes make no sense."""
    import httpx2

    return (httpx2.TransportError, httpx2.DecodingError)


def _kind(response: httpx2.Response) -> str:
    return str(response.headers.get("content-type", "")).lower()
