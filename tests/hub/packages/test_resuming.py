"""Downloads of packages from an index on loopback that fails in every way."""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from marvin.errors import DownloadError, SourceUnreachableError
from marvin.hub.fetching import part_of
from marvin.hub.packages.package import wheel
from marvin.hub.packages.package_fetching import fetch_package
from tests.faulty_server import Answer, FaultyServer
from tests.hub.packages.made_up import pack

CONTENT = os.urandom(3_000_000)
CUT = 1_000_000
PACKAGE = wheel("made-up", "1.0", len(CONTENT), hashlib.sha256(CONTENT).hexdigest())
WHOLE = Answer(200, CONTENT)
BROKEN = (Answer(200, CONTENT, cut_after=CUT), Answer(503))
"""The connection, and then the server."""


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[FaultyServer]:
    with FaultyServer(always=Answer(404)) as server:
        monkeypatch.delenv("PIP_NO_INDEX")
        monkeypatch.setenv("PIP_INDEX_URL", f"{server.url}/simple")
        yield server


class Attempt:
    """One call; its fields say what was reported and asked."""

    def __init__(self, server: FaultyServer, folder: Path, *answers: Answer) -> None:
        listing = {"files": [{"filename": PACKAGE.archive, "url": f"{server.url}/made-up.whl"}]}
        kind = "application/vnd.pypi.simple.v1+json"
        page = Answer.json(listing, headers={"Content-Type": kind})
        before = len(server.requests)
        server.add(page, *answers)
        self.reports: list[int] = []
        try:
            self.archive = fetch_package(PACKAGE, folder, lambda done, _: self.reports.append(done))
        finally:
            files = [one for one in server.requests[before:] if one.path == "/made-up.whl"]
            self.ranges = [one.headers.get("range") for one in files]


def rest(content: bytes, at: int) -> Answer:
    span = f"bytes {at}-{len(content) - 1}/{len(content)}"
    return Answer(206, content[at:], headers={"Content-Range": span})


def break_off(server: FaultyServer, folder: Path) -> int:
    """Bytes that an attempt has left."""
    with pytest.raises(SourceUnreachableError, match=r"answered 503\. What has arrived is kept"):
        Attempt(server, folder, *BROKEN)
    kept = part_of(folder / PACKAGE.archive).stat().st_size
    assert 0 < kept <= CUT
    return kept


def test_a_broken_connection_is_resumed_at_once(server: FaultyServer, tmp_path: Path) -> None:
    chunk = 1 << 18  # what was read of an unfinished one is lost
    kept = CUT // chunk * chunk
    broken = Answer(200, CONTENT, cut_after=CUT)
    done = Attempt(server, tmp_path, broken, rest(CONTENT, kept))
    assert done.archive.read_bytes() == CONTENT
    assert done.ranges == [None, f"bytes={kept}-"]
    assert not part_of(done.archive).exists()


def test_a_later_attempt_continues(server: FaultyServer, tmp_path: Path) -> None:
    kept = break_off(server, tmp_path)
    done = Attempt(server, tmp_path, rest(CONTENT, kept))
    assert done.archive.read_bytes() == CONTENT
    assert done.ranges == [f"bytes={kept}-"]
    assert (done.reports[0], done.reports[-1]) == (kept, len(CONTENT))
    asked = len(server.requests)
    assert fetch_package(PACKAGE, tmp_path, lambda *_: None) == done.archive
    assert len(server.requests) == asked


def test_a_server_without_ranges_starts_again(server: FaultyServer, tmp_path: Path) -> None:
    break_off(server, tmp_path)
    done = Attempt(server, tmp_path, WHOLE)
    assert done.archive.read_bytes() == CONTENT
    assert (done.reports[0], done.reports[-1]) == (0, len(CONTENT))


@pytest.mark.parametrize("status", [416, 206])
def test_a_file_that_changed_meanwhile_is_fetched_anew(
    server: FaultyServer, tmp_path: Path, status: int
) -> None:
    """Shorter than what was kept, or with another beginning."""
    kept = break_off(server, tmp_path)
    part = part_of(tmp_path / PACKAGE.archive)
    part.write_bytes(bytes(kept))
    other = rest(CONTENT, kept) if status == 206 else Answer(416)
    done = Attempt(server, tmp_path, other, WHOLE)
    assert done.archive.read_bytes() == CONTENT
    assert done.ranges == [f"bytes={kept}-", None]


def test_another_file_is_not_used_and_not_kept(server: FaultyServer, tmp_path: Path) -> None:
    with pytest.raises(DownloadError, match="is not what it was: its digest differs"):
        Attempt(server, tmp_path, Answer(200, bytes(len(CONTENT))))
    kept = break_off(server, tmp_path)
    other = bytes(len(CONTENT))
    with pytest.raises(DownloadError, match="is not what it was: its digest differs"):
        Attempt(server, tmp_path, rest(other, kept), Answer(200, other[:-5]))
    assert list(tmp_path.glob("made_up*")) == []


def test_forbidden_network_keeps_what_arrived(
    server: FaultyServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = break_off(server, tmp_path)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(DownloadError, match="HF_HUB_OFFLINE forbids the network; unset it"):
        Attempt(server, tmp_path)
    assert part_of(tmp_path / PACKAGE.archive).stat().st_size == kept


@pytest.mark.parametrize("status", [404, 410])
def test_what_was_withdrawn_meanwhile_is_left_to_pip(
    server: FaultyServer, tmp_path: Path, status: int
) -> None:
    break_off(server, tmp_path)
    asked = len(server.requests)
    with pytest.raises(DownloadError, match="it was withdrawn, or your mirror lacks it"):
        Attempt(server, tmp_path, Answer(status))
    assert not part_of(tmp_path / PACKAGE.archive).exists()
    assert any(one.headers["user-agent"].startswith("pip/") for one in server.requests[asked:])


def test_without_pip_http_suffices(
    server: FaultyServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As in an environment made by uv, with a Python that has no ensurepip."""
    for program in ("pip", "ensurepip"):
        monkeypatch.setitem(sys.modules, program, None)
    done = Attempt(server, tmp_path, WHOLE)
    assert done.archive.read_bytes() == CONTENT
    done.archive.unlink()
    with pytest.raises(DownloadError, match="it was withdrawn, or your mirror lacks it"):
        Attempt(server, tmp_path, Answer(404))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    with pytest.raises(DownloadError, match="pip, which fetches packages, is missing"):
        Attempt(server, tmp_path)


def test_an_index_in_html(server: FaultyServer, tmp_path: Path) -> None:
    name = PACKAGE.archive
    links = f'<a href="other.whl">other.whl</a><br><a href="../../f/{name}#sha256=0">{name}</a>'
    server.add(Answer(200, links.encode(), headers={"Content-Type": "text/html"}), WHOLE)
    archive = fetch_package(PACKAGE, tmp_path, lambda *_: None)
    assert archive.read_bytes() == CONTENT
    assert [one.path for one in server.requests] == ["/simple/made-up/", f"/f/{name}"]


def test_what_only_pip_can_fetch(
    server: FaultyServer, index: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The index does not have it, but a folder in pip's settings does."""
    package = pack(index, "kept-elsewhere", {"a": b"b"})
    archive = fetch_package(package, tmp_path, lambda *_: None)
    assert archive.read_bytes() == (index / package.archive).read_bytes()
    archive.unlink()
    # Credentials are sent by pip alone.
    secret = server.url.replace("http://", "http://user:secret@")
    monkeypatch.setenv("PIP_INDEX_URL", f"{secret}/simple")
    asked = len(server.requests)
    fetch_package(package, tmp_path, lambda *_: None)
    agents = {one.headers["user-agent"].partition("/")[0] for one in server.requests[asked:]}
    assert agents == {"pip"}
