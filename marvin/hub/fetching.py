"""Fetches one large file, resuming an interrupted download.

huggingface_hub resumes after a broken connection, but starts over if the process was stopped or the
library gave up. With gigabytes over a slow connection, that loses too much.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from logging import ERROR
from pathlib import Path
from types import TracebackType
from typing import Any, TypeAlias

from marvin.errors import DownloadError
from marvin.hub.present import size_of

Report: TypeAlias = Callable[[int, int], None]
"""Called with the bytes so far, and the total."""
BarFor: TypeAlias = Callable[[str], Report]
"""Creates the progress bar of a file."""

_CHUNK = 1 << 18
_BLOCK = 1 << 22
_NO_SUCH_RANGE = 416
"""HTTP status: the file is shorter than what is to be continued."""


class WrongContentError(DownloadError):
    """A file is not what it was announced to be."""


def quiet() -> None:
    """Disable huggingface_hub's progress bars and retry messages for the rest of the process."""
    from huggingface_hub.utils import (  # type: ignore[attr-defined]
        disable_progress_bars,
        logging,
    )

    disable_progress_bars()
    logging.set_verbosity(ERROR)


def fetch(
    url: str,
    target: Path,
    size: int,
    digest: str,
    report: Report,
    *,
    headers: dict[str, str] | None = None,
) -> None:
    """Download and verify a file; on an error the partial file is kept.

    What an earlier attempt left is continued by byte. If the server does not do that, or the result
    is wrong because the file has changed since, the download starts again.

    `headers` replace those for the Hub, which contain its token.

    Raises:
        WrongContentError: The content does not match the digest; it was deleted.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    part = part_of(target)
    if (size_of(part) or 0) > size:
        part.unlink()
    resumed = bool(size_of(part))
    right = _download(url, part, size, digest, report, headers)
    if resumed and not right:
        part.unlink(missing_ok=True)
        right = _download(url, part, size, digest, report, headers)
    if not right:
        part.unlink(missing_ok=True)
        raise WrongContentError(
            f"{url}: the download does not match its checksum, and was deleted. Try again; if it "
            "happens again, something between this machine and the server modifies files"
        )
    part.replace(target)


def part_of(target: Path) -> Path:
    """What has arrived of a file."""
    return target.with_name(f"{target.name}.part")


def _download(
    url: str,
    part: Path,
    size: int,
    digest: str,
    report: Report,
    headers: dict[str, str] | None,
) -> bool:
    """Fetch the rest of a file; returns whether the whole is right."""
    from huggingface_hub import constants
    from huggingface_hub.errors import HfHubHTTPError, OfflineModeIsEnabled
    from huggingface_hub.file_download import http_get
    from huggingface_hub.utils import build_hf_headers  # type: ignore[attr-defined]

    # Over a slow connection the default of 10 MB takes minutes without progress.
    constants.DOWNLOAD_CHUNK_SIZE = _CHUNK
    try:
        with part.open("ab") as file:
            http_get(
                url,
                file,
                resume_size=file.tell(),
                headers=build_hf_headers() if headers is None else headers,
                expected_size=size,
                tqdm_class=lambda initial=0, **_: _Counter(report, size, initial),  # type: ignore[arg-type]
            )
    except HfHubHTTPError as error:
        if error.response.status_code == _NO_SUCH_RANGE:
            return False
        raise
    except OfflineModeIsEnabled:  # an OSError without a number, too
        raise
    except OSError as error:
        if error.errno is None:  # another length than announced
            return False
        raise
    return digest_of(part, digest) == digest


class _Counter:
    """Replaces huggingface_hub's progress bar."""

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
    """A digest of the same kind as `like`: `sha256:...` or `git:...`."""
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
