"""Sends requests to a speech server; returns the response at once or as a stream."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from marvin.backends.remote.account import open_client, read_key
from marvin.backends.remote.private_loop import PrivateLoop
from marvin.backends.remote.retrying import BUSY, pause_s, retry_after_s
from marvin.backends.remote.wording import Wording
from marvin.boundary.redaction import quotation
from marvin.errors import StageError

if TYPE_CHECKING:
    import httpx2

    from marvin.cancellation import CancelToken
    from marvin.config.stt import OpenAITranscriberConfig
    from marvin.config.tts import OpenAISpeechConfig

_LOGGER = logging.getLogger(__name__)

ResultT = TypeVar("ResultT")

Body = Mapping[str, Any]
"""Keyword arguments of httpx for the request body: `json`, or `data` and `files`."""

_LONGEST_COMPLAINT = 64 * 1024


class _PassingError(Exception):
    """A transient error: a retry may succeed."""

    def __init__(self, text: str, asked_s: float | None = None) -> None:
        """`asked_s` is the delay from the Retry-After header, in seconds."""
        super().__init__(text)
        self.asked_s = asked_s


@dataclass(frozen=True, slots=True)
class Stream:
    """A response whose body is still being received."""

    kind: str
    """Content type, in lower case, with its parameters: `audio/l16; rate=24000`."""
    pieces: Iterator[bytes]
    """Chunks of the body as they arrive, never empty."""


class SpeechServer:
    """The server of one stage. Used by one thread at a time."""

    def __init__(
        self,
        config: OpenAITranscriberConfig | OpenAISpeechConfig,
        wording: Wording,
        failure: type[StageError],
        *,
        sleep: Callable[[float], Coroutine[Any, Any, None]] = asyncio.sleep,
    ) -> None:
        """Does not connect: the server may be started later.

        Args:
            config: The table of the stage.
            wording: The error messages.
            failure: The error class of the stage.
            sleep: Waits before a retry.

        Raises:
            ConfigError: The address is invalid, or the API key is missing.
        """
        self._wording = wording
        self._failure = failure
        self._timeout_s = config.timeout_s
        self._retries = config.retries
        self._sleep = sleep
        self._key = read_key(config.api_key_env, wording.table)
        self._client = open_client(config.base_url, self._key, config.timeout_s, wording.table)
        self._loop = PrivateLoop()

    def ask(self, path: str, body: Body, token: CancelToken, *, longest: int) -> tuple[str, bytes]:
        """Return content type and body. `timeout_s` covers the request with all retries.

        Raises:
            StageError: `failure`: no valid response, or more than `longest` bytes.
            Cancelled: The token was cancelled.
        """

        async def once() -> tuple[str, bytes]:
            async with self._answering(path, body) as response:
                answer, whole = await _begin(response, longest)
            if not whole:
                raise self.endless()
            return _kind(response), answer

        return self._loop.run(self._tried(once), token)

    @contextlib.contextmanager
    def stream(self, path: str, body: Body, token: CancelToken) -> Iterator[Stream]:
        """Stream the response. `timeout_s` covers everything up to the first chunk, including
        retries, and then each further chunk.

        Raises:
            StageError: `failure`; also while the chunks are read.
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
            kind, pieces, first = self._loop.run(self._tried(once), token)
            yield Stream(kind, self._pieces(pieces, first, token))
        finally:
            self._loop.finish(stack.aclose())

    def nonsense(self, kind: str, found: str) -> StageError:
        """The error for a response of unexpected content type `kind`."""
        return self._failure(self._wording.nonsense(kind.partition(";")[0].strip(), found))

    def endless(self) -> StageError:
        """The error for a response that is too long."""
        return self._failure(self._wording.endless())

    def close(self) -> None:
        self._loop.finish(self._client.aclose())
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
            piece = self._loop.run(self._limited(following), token)

    async def _limited(self, work: Callable[[], Awaitable[ResultT]]) -> ResultT:
        try:
            async with asyncio.timeout(self._timeout_s):
                return await work()
        except TimeoutError:
            raise self._failure(self._wording.slow(self._timeout_s)) from None

    async def _tried(self, once: Callable[[], Awaitable[ResultT]]) -> ResultT:
        """Retry after transient errors, within `timeout_s` in total."""
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
                    _LOGGER.info("%s; retrying in %.1f s", error, pause)
                    await self._sleep(pause)
            raise AssertionError("counting ended")

        return await self._limited(tries)

    @contextlib.asynccontextmanager
    async def _answering(self, path: str, body: Body) -> AsyncIterator[httpx2.Response]:
        """Yield a response with status 200 whose body has not been read.

        Raises:
            _PassingError: The server is busy, or the connection broke, also in the `with` block.
            StageError: A retry would not help.
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
        """Raise the error for an HTTP status other than 200."""
        status = response.status_code
        said, _ = await _begin(response, _LONGEST_COMPLAINT)
        words = f"{response.headers.get('location', '')} ".encode() + said
        _LOGGER.debug("%s answers %d: %s", self._wording.table, status, quotation(words, self._key))
        text = self._wording.refused(status)
        if status in BUSY:
            raise _PassingError(text, retry_after_s(response.headers.get("retry-after")))
        raise self._failure(text)


async def _begin(response: httpx2.Response, longest: int) -> tuple[bytes, bool]:
    """At most `longest` bytes of the body, and whether that is all of it."""
    answer = bytearray()
    async for piece in response.aiter_bytes():
        answer += piece
        if len(answer) > longest:
            return bytes(answer[:longest]), False
    return bytes(answer), True


def _broken() -> tuple[type[Exception], ...]:
    """httpx's exceptions for a broken connection or an undecodable body."""
    import httpx2

    return (httpx2.TransportError, httpx2.DecodingError)


def _kind(response: httpx2.Response) -> str:
    return str(response.headers.get("content-type", "")).lower()
