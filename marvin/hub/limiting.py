"""Limits the size of API responses from a Hub, or from an impostor in its place."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from marvin.errors import DownloadError

if TYPE_CHECKING:
    import httpx2

LONGEST = 32 * 1024 * 1024
"""In bytes; the listing of a repository with ten thousand files takes five million."""


def limit_descriptions() -> None:
    """Applies to huggingface_hub's session for the rest of the process. Downloads are exempt:
    their lengths are known in advance."""
    from huggingface_hub import get_session

    session = get_session()
    hooks = session.event_hooks
    if _bound not in hooks["response"]:
        session.event_hooks = {
            "request": [*hooks["request"], _ask_plain],
            "response": [*hooks["response"], _bound],
        }


def _ask_plain(request: httpx2.Request) -> None:
    # Compressed, a response could expand a thousandfold.
    request.headers["Accept-Encoding"] = "identity"


def _bound(response: httpx2.Response) -> None:
    if response.status_code < 400 and not response.request.url.path.startswith("/api/"):
        return
    if response.headers.get("content-encoding", "identity").strip().lower() != "identity":
        raise _endless(response)
    response.stream = _limited(response)


def _limited(response: httpx2.Response) -> httpx2.SyncByteStream:
    import httpx2

    class Limited(httpx2.SyncByteStream):
        def __init__(self, inner: httpx2.SyncByteStream) -> None:
            self._inner = inner

        def __iter__(self) -> Iterator[bytes]:
            size = 0
            for piece in self._inner:
                size += len(piece)
                if size > LONGEST:
                    raise _endless(response)
                yield piece

        def close(self) -> None:
            self._inner.close()

    inner = response.stream
    assert isinstance(inner, httpx2.SyncByteStream)
    return Limited(inner)


def _endless(response: httpx2.Response) -> DownloadError:
    url = response.request.url
    return DownloadError(
        f"the server at {url.scheme}://{url.host} is not a Hub, its answer is endless or "
        "compressed: is HF_ENDPOINT right? Does the network require you to sign in first?"
    )
