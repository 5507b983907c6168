"""HTTP to a chat server: fast connection timeout, no redirects, typed errors."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from marvin.backends.remote.account import WRONG_PROXY, certificates
from marvin.boundary.files import parse_json
from marvin.errors import LanguageModelError

if TYPE_CHECKING:
    import httpx2

CONNECT_S = 3.0
"""Connection timeout."""

LONGEST_ERROR = 16_384
"""Maximum bytes read from an error response."""
LONGEST_WHOLE = 1024 * 1024
"""Maximum bytes of an answer that is not streamed."""
_LOOPBACK = ("localhost", "127.0.0.1", "[::1]")
_LONG_S = 1e6
"""Cap on estimated loading times."""


class RefusedError(Exception):
    """The server answered with something other than a chat completion."""

    def __init__(
        self,
        status: int,
        body: bytes,
        *,
        kind: str = "",
        path: str = "",
        retry_after: str | None = None,
    ) -> None:
        super().__init__(f"status {status}")
        self.status = status
        self.kind = kind
        self.path = path
        self.retry_after = retry_after
        """The raw header."""
        self.body = body
        """The part that was read, after the target of a redirect."""

    @property
    def complaint(self) -> str:
        """The server's error message, for classification only; never show it."""
        return _message(self._value)

    @property
    def estimated_s(self) -> float | None:
        """Hugging Face's estimate of the model's loading time, in seconds."""
        value = self._value
        seconds = value.get("estimated_time") if isinstance(value, dict) else None
        return float(min(seconds, _LONG_S)) if isinstance(seconds, int | float) else None

    @property
    def _value(self) -> object:
        """The parsed JSON; None if invalid."""
        try:
            return parse_json(self.body)
        except ValueError:
            return None


def _message(answer: Any) -> str:
    """The text in `{"error": {"message": ...}}` (OpenAI), `{"error": ...}`, `{"message": ...}` or
    `{"detail": ...}` (FastAPI, whose validation gives a list)."""
    if isinstance(answer, str):
        return answer
    if isinstance(answer, list):
        return "; ".join(filter(None, map(_message, answer)))
    if isinstance(answer, dict):
        for name in ("error", "message", "detail", "msg"):
            if name in answer:
                return _message(answer[name])
    return ""


@asynccontextmanager
async def asked(url: str, key: str, body: Mapping[str, Any]) -> AsyncIterator["httpx2.Response"]:
    """Send a request; yields the unread response.

    Raises:
        RefusedError: The response is not a chat completion.
    """
    import httpx2

    try:
        client = httpx2.AsyncClient(
            verify=certificates(),
            # A proxy from the environment cannot reach servers on this machine.
            mounts={f"all://{host}": None for host in _LOOPBACK},
            # A redirect would send the key and the question to an arbitrary host.
            follow_redirects=False,
            # The caller limits the duration of an answer: it knows the progress so far.
            timeout=httpx2.Timeout(None, connect=CONNECT_S),
        )
    except (httpx2.InvalidURL, ValueError):
        raise LanguageModelError(f"llm: {WRONG_PROXY}") from None
    headers = {"Authorization": f"Bearer {key}", "Accept": "text/event-stream"}
    async with client, client.stream("POST", url, json=body, headers=headers) as response:
        if response.status_code != 200 or kind(response) == "text/html":
            raise await refusal(response)
        yield response


async def refusal(response: "httpx2.Response") -> RefusedError:
    """Reads the beginning of the body."""
    location = response.headers.get("location", "")
    body = f"{location} ".encode() if location else b""
    body += await beginning(response, LONGEST_ERROR)
    return RefusedError(
        response.status_code,
        body,
        kind=kind(response),
        path=response.request.url.path,
        retry_after=response.headers.get("retry-after"),
    )


async def beginning(response: "httpx2.Response", longest: int) -> bytes:
    """The first `longest` bytes, plus the rest of a piece."""
    body = b""
    async for piece in response.aiter_bytes():
        body += piece
        if len(body) >= longest:
            break
    return body


def kind(response: "httpx2.Response") -> str:
    """Lower-case media type."""
    found: str = response.headers.get("content-type", "")
    return found.partition(";")[0].strip().lower()
