"""Fetches one large file, going on where an earlier try was cut off.

huggingface_hub goes on after a broken connection, but forgets what it had when it is stopped or
gives up; of gigabytes over a slow line that is too much to lose.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from logging import ERROR
from pathlib import Path
from types import TracebackType
from typing import Any, TypeAlias

from marvin.errors import DownloadError

Report: TypeAlias = Callable[[int, int], None]
"""Told bytes so far, and bytes in all."""

_CHUNK = 1 << 18
_BLOCK = 1 << 22


def quiet() -> None:
    """For the rest of the process huggingface_hub draws no bars and tells of no retries."""
    from huggingface_hub.utils import (  # type: ignore[attr-defined]
        disable_progress_bars,
        logging,
    )

    disable_progress_bars()
    logging.set_verbosity(ERROR)


def fetch(url: str, target: Path, size: int, digest: str, report: Report) -> None:
    """The file at `url`, whole and with its digest checked, or an error and what came so far.

    Raises:
        DownloadError: Other bytes came than the Hub had announced.
    """
    from huggingface_hub import constants
    from huggingface_hub.file_download import http_get
    from huggingface_hub.utils import build_hf_headers  # type: ignore[attr-defined]

    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(f"{target.name}.part")
    with part.open("ab") as file:
        if file.tell() > size:
            file.seek(0)
            file.truncate()
        done = file.tell()
        # Its 10 MB are minutes of a slow line, in which no bar would move.
        constants.DOWNLOAD_CHUNK_SIZE = _CHUNK
        http_get(
            url,
            file,
            resume_size=done,
            headers=build_hf_headers(),
            expected_size=size,
            tqdm_class=lambda **_: _Counter(report, size, done),  # type: ignore[arg-type]
        )
    if digest_of(part, digest) != digest:
        part.unlink()
        raise DownloadError(
            f"{url}: what came is not what was announced, and was deleted. Try again; if it stays "
            "so, something between here and the Hub changes files"
        )
    part.replace(target)


class _Counter:
    """Stands in for the progress bar that huggingface_hub would draw."""

    def __init__(self, report: Report, size: int, done: int) -> None:
        self._report, self._size, self._done = report, size, done
        report(done, size)

    def update(self, more: int) -> None:
        self._done += more
        self._report(self._done, self._size)

    def __enter__(self) -> _Counter:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        return None


def digest_of(path: Path, like: str, report: Report | None = None) -> str:
    """A file's digest, of the same kind as `like`: `sha256:...` or `git:...`."""
    kind = like.partition(":")[0]
    size = path.stat().st_size
    sum_: Any = hashlib.sha256()
    if kind == "git":
        sum_ = hashlib.sha1(f"blob {size}\0".encode(), usedforsecurity=False)
    done = 0
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            sum_.update(block)
            done += len(block)
            if report is not None:
                report(done, size)
    return f"{kind}:{sum_.hexdigest()}"
