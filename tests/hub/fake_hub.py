"""A Hugging Face Hub on loopback: the routes used for fetching, and the faults of a real one."""

import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote, urlsplit

Files = dict[str, bytes]
LFS = (".gguf", ".safetensors", ".bin", ".zip", ".npy")


@dataclass
class Repository:
    """Commits of a model or data set; the last one is `main`."""

    commits: list[Files]
    kind: str = "models"
    tags: dict[str, int] = field(default_factory=dict)
    gated: bool = False
    """Only a token may read it."""

    def commit(self, revision: str) -> str | None:
        """The full name of a branch, tag or commit."""
        if revision == "main":
            return commit_name(len(self.commits) - 1)
        if revision in self.tags:
            return commit_name(self.tags[revision])
        names = [commit_name(at) for at in range(len(self.commits))]
        return revision if revision in names else None

    def files(self, commit: str) -> Files:
        return self.commits[int(commit[:4]) - 1]


def commit_name(at: int) -> str:
    """40 hexadecimal digits, as in git."""
    return f"{at + 1:04d}" + "c0ffee" * 6


@dataclass
class FakeHub:
    """The repositories, the faults to simulate, and the requests so far."""

    url: str = ""
    repositories: dict[str, Repository] = field(default_factory=dict)
    token: str = "hf_right"
    status: int | None = None
    """Answer everything with this status."""
    cut_after: int | None = None
    """Send this many bytes of a large file, then cut the connection."""
    cuts_left: int = 0
    status_after_cut: int | None = None
    """Answer everything with this status from then on."""
    page: bytes | None = None
    """Answer everything with this page, like a network that requires a login."""
    wrong_bytes: bool = False
    """Send other bytes than announced."""
    stall_after: int | None = None
    """Send this many bytes of a large file, then nothing more until `go_on`."""
    stalled: threading.Event = field(default_factory=threading.Event)
    go_on: threading.Event = field(default_factory=threading.Event)
    asked: list[str] = field(default_factory=list)
    ranges: list[str] = field(default_factory=list)
    sent: int = 0
    """Bytes of files."""


@contextmanager
def fake_hub() -> Iterator[FakeHub]:
    """Serve on a free port until the end of the block."""
    hub = FakeHub()
    handler = type("Handler", (_Handler,), {"hub": hub})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    hub.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield hub
    finally:
        hub.go_on.set()
        server.shutdown()
        thread.join()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    hub: FakeHub

    def do_GET(self) -> None:
        self._answer(body=True)

    def do_HEAD(self) -> None:
        self._answer(body=False)

    def log_message(self, format: str, *args: object) -> None:
        """Log nothing."""

    def _answer(self, *, body: bool) -> None:
        path = unquote(urlsplit(self.path).path)
        self.hub.asked.append(f"{self.command} {path}")
        if self.hub.status is not None:
            return self._refuse(self.hub.status)
        if self.hub.page is not None:
            return self._send(self.hub.page, "text/html")
        token = self.headers.get("Authorization")
        if token is not None and token != f"Bearer {self.hub.token}":
            return self._refuse(401, message="Invalid credentials in Authorization header")
        found = self._repository(path)
        if found is None:
            return self._refuse(401 if token is None else 404, "RepoNotFound")
        name, repository, rest = found
        if repository.gated and token is None:
            return self._refuse(401, "GatedRepo")
        if path.startswith("/api/"):
            return self._describe(name, repository, rest)
        _, revision, file = rest.split("/", 2)
        commit = repository.commit(revision)
        if commit is None:
            return self._refuse(404, "RevisionNotFound")
        if file not in repository.files(commit):
            return self._refuse(404, "EntryNotFound")
        self._send_file(repository.files(commit)[file], file, commit, body=body)

    def _repository(self, path: str) -> tuple[str, Repository, str] | None:
        for name, repository in self.hub.repositories.items():
            web = f"/{name}/" if repository.kind == "models" else f"/{repository.kind}/{name}/"
            for start in (f"/api/{repository.kind}/{name}/", web):
                if f"{path}/".startswith(start):
                    return name, repository, f"{path}/"[len(start) :].rstrip("/")
        return None

    def _describe(self, name: str, repository: Repository, rest: str) -> None:
        route, _, revision = rest.partition("/")
        commit = repository.commit(revision or "main")
        if commit is None:
            return self._refuse(404, "RevisionNotFound")
        files = repository.files(commit)
        if route == "tree":
            return self._send_json([_entry(file, files[file]) for file in files])
        siblings = [_sibling(file, files[file]) for file in files]
        self._send_json({"id": name, "sha": commit, "private": False, "siblings": siblings})

    def _send_file(self, data: bytes, file: str, commit: str, *, body: bool) -> None:
        first = 0
        if wanted := self.headers.get("Range"):
            self.hub.ranges.append(wanted)
            first = int(wanted.removeprefix("bytes=").partition("-")[0])
        rest = data[first:]
        etag = _sha256(data) if file.endswith(LFS) else _blob_id(data)
        self.send_response(206 if first else 200)
        self.send_header("X-Repo-Commit", commit)
        self.send_header("ETag", f'"{etag}"')
        self.send_header("X-Linked-Etag", f'"{etag}"')
        self.send_header("X-Linked-Size", str(len(data)))
        self.send_header("Accept-Ranges", "bytes")
        self.send_header("Content-Length", str(len(rest)))
        if first:
            self.send_header("Content-Range", f"bytes {first}-{len(data) - 1}/{len(data)}")
        self.end_headers()
        if not body:
            return
        if self.hub.wrong_bytes and file.endswith(LFS):
            rest = bytes(len(rest))
        if self.hub.cuts_left and self.hub.cut_after is not None and file.endswith(LFS):
            self.hub.cuts_left -= 1
            rest = rest[: self.hub.cut_after]
            self.close_connection = True
        if self.hub.stall_after is not None and file.endswith(LFS):
            self.wfile.write(rest[: self.hub.stall_after])
            self.hub.stalled.set()
            self.hub.go_on.wait(300)
            self.close_connection = True
            return
        self.hub.sent += len(rest)
        self.wfile.write(rest)
        if self.close_connection:
            self.hub.status = self.hub.status_after_cut

    def _send_json(self, value: object) -> None:
        self._send(json.dumps(value).encode(), "application/json")

    def _send(self, text: bytes, kind: str) -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def _refuse(self, status: int, code: str = "", message: str = "") -> None:
        self.send_response(status)
        if code:
            self.send_header("X-Error-Code", code)
        if message:
            self.send_header("X-Error-Message", message)
        self.send_header("Content-Length", "0")
        self.end_headers()


def _sibling(file: str, data: bytes) -> dict[str, object]:
    one: dict[str, object] = {"rfilename": file, "size": len(data), "blobId": _blob_id(data)}
    if file.endswith(LFS):
        one["lfs"] = {"sha256": _sha256(data), "size": len(data), "pointerSize": 130}
    return one


def _entry(file: str, data: bytes) -> dict[str, object]:
    one: dict[str, object] = {
        "type": "file",
        "path": file,
        "size": len(data),
        "oid": _blob_id(data),
    }
    if file.endswith(LFS):
        one["lfs"] = {"oid": _sha256(data), "size": len(data), "pointerSize": 130}
    return one


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _blob_id(data: bytes) -> str:
    return hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()
