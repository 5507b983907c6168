"""A scripted HTTP server on loopback that can misbehave in every way.

    with FaultyServer(Answer(503, headers={"Retry-After": "2"}), Answer.json({"text": "hi"})) as at:
        ask(at.url + "/v1/...")
    assert at.requests[0].json() == {...}

It never sleeps and hopes: a held answer waits for `release`, a stall for the client to leave.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import select
import socket
import threading
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

WAIT_S = 300.0
"""Longest wait of a test for an expected event."""
_POLL_S = 0.01


@dataclass(frozen=True)
class Answer:
    """One scripted answer. By default the whole body is sent, with its length."""

    status: int = 200
    body: bytes | tuple[bytes, ...] = b""
    """The pieces are sent one by one, as HTTP/1.1 chunks without a length."""
    headers: Mapping[str, str] = field(default_factory=dict)
    delay_s: float = 0.0
    """Silence before the first byte; ends early when the client leaves."""
    held: bool = False
    """Send no byte before `FaultyServer.release`."""
    stall_after: int | None = None
    """Silence after this many bytes of the body, until the client leaves."""
    cut_after: int | None = None
    """Break the connection after this many bytes of the body; -1: before the status line."""
    endless: bool = False
    """Repeat the body until the client leaves."""
    pause_s: float = 0.0
    """Silence between two pieces on an open connection, as in a stream that is kept alive."""

    @classmethod
    def json(cls, value: object, status: int = 200, **more: Any) -> Self:
        return cls(status, json.dumps(value).encode(), **_typed(more, "application/json"))

    @classmethod
    def html(cls, status: int = 200, **more: Any) -> Self:
        """As from proxies and wrong addresses."""
        page = b"<!DOCTYPE html><html><body><h1>Welcome to nginx!</h1></body></html>"
        return cls(status, page, **_typed(more, "text/html"))

    @classmethod
    def events(cls, *values: object, done: bool = True, **more: Any) -> Self:
        """Server-sent events, as in chat completions; strings are sent unchanged. Each event is a
        piece. `done` ends the stream with `data: [DONE]`.
        """
        lines = [value if isinstance(value, str) else json.dumps(value) for value in values]
        pieces = tuple(f"data: {line}\n\n".encode() for line in [*lines, *["[DONE]"] * done])
        return cls(200, pieces, **_typed(more, "text/event-stream"))


def _typed(more: dict[str, Any], kind: str) -> dict[str, Any]:
    return {**more, "headers": {"Content-Type": kind, **more.get("headers", {})}}


@dataclass(frozen=True)
class Request:
    """A client's request."""

    method: str
    path: str
    headers: Mapping[str, str]
    """Names in lower case."""
    body: bytes

    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)

    def form(self) -> dict[str, bytes]:
        """The parts of a multipart body, by name."""
        mark = self.headers["content-type"].partition("boundary=")[2].strip('"').encode()
        parts = {}
        for part in self.body.split(b"--" + mark)[1:-1]:
            head, _, value = part.partition(b"\r\n\r\n")
            name = head.partition(b'name="')[2].partition(b'"')[0].decode()
            parts[name] = value.removesuffix(b"\r\n")
        return parts


class FaultyServer:
    """Answers each request with the next answer, or with `always` when none is left."""

    def __init__(self, *answers: Answer, always: Answer | None = None, port: int = 0) -> None:
        self.requests: list[Request] = []
        self.hung_up = 0
        """Number of clients that left before their answer was complete."""
        self._answers = deque(answers)
        self.always = always or Answer(418, b"no answer is scripted for this request")
        self._connections: list[socket.socket] = []
        self._changed = threading.Condition()
        self._released = threading.Event()
        self._closing = threading.Event()
        self._http = _Http(("127.0.0.1", port), _Exchange)
        self._http.script = self
        self._thread = threading.Thread(target=self._http.serve_forever, args=(_POLL_S,))

    @property
    def port(self) -> int:
        """The port that the system chose."""
        return int(self._http.server_address[1])

    @property
    def url(self) -> str:
        """Without a path."""
        return f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._closing.set()
        self._released.set()
        self._http.shutdown()
        with self._changed:
            for connection in self._connections:
                # A client that keeps its connection open must not keep the thread busy.
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)
        self._http.server_close()
        self._thread.join()

    def add(self, *answers: Answer) -> None:
        """Append answers to the remaining ones."""
        with self._changed:
            self._answers.extend(answers)

    def release(self) -> None:
        """Send the held answers."""
        self._released.set()

    def wait_for(self, requests: int) -> None:
        """Wait for this many requests."""
        with self._changed:
            assert self._changed.wait_for(lambda: len(self.requests) >= requests, WAIT_S)

    def wait_for_hang_up(self, clients: int = 1) -> None:
        """Wait until this many clients have left before their answer was complete."""
        with self._changed:
            assert self._changed.wait_for(lambda: self.hung_up >= clients, WAIT_S)

    # For the exchanges, each on its own thread.

    def connected(self, connection: socket.socket) -> None:
        """A client has connected, perhaps with several requests in sequence."""
        with self._changed:
            self._connections.append(connection)

    def take(self, request: Request) -> Answer:
        """Keep the request; returns its answer."""
        with self._changed:
            self.requests.append(request)
            self._changed.notify_all()
            return self._answers.popleft() if self._answers else self.always

    def lost_client(self) -> None:
        """Count a client that left early."""
        with self._changed:
            self.hung_up += 1
            self._changed.notify_all()

    def hold(self, answer: Answer, client: socket.socket) -> None:
        """Wait as the answer says before its first byte."""
        if answer.held:
            while not self._released.wait(_POLL_S):
                _check_connected(client)
        self.silence(client, answer.delay_s)

    def silence(self, client: socket.socket, seconds: float | None) -> None:
        """Wait this long, or for ever; raises BrokenPipeError when the client leaves."""
        waited = 0.0
        while seconds is None or waited < seconds:
            if self._closing.wait(_POLL_S):
                return
            waited += _POLL_S
            _check_connected(client)


def _check_connected(client: socket.socket) -> None:
    readable, _, _ = select.select([client], [], [], 0)
    if readable and not client.recv(1, socket.MSG_PEEK):
        raise BrokenPipeError


class _Http(ThreadingHTTPServer):
    script: FaultyServer
    # Threads end with their clients, or when the script closes; each is joined.
    daemon_threads = False


class _Exchange(BaseHTTPRequestHandler):
    """A client's connection."""

    server: _Http
    protocol_version = "HTTP/1.1"
    timeout = WAIT_S
    disable_nagle_algorithm = True

    def setup(self) -> None:
        super().setup()
        self.server.script.connected(self.connection)

    def handle(self) -> None:
        # A client that leaves between two requests is not an event of the script.
        with contextlib.suppress(ConnectionError):
            super().handle()

    def log_message(self, format: str, *args: object) -> None:
        """Log nothing: the requests are kept."""

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length", 0))
        headers = {name.lower(): value for name, value in self.headers.items()}
        request = Request(self.command, self.path, headers, self.rfile.read(length))
        answer = self.server.script.take(request)
        try:
            self.server.script.hold(answer, self.connection)
            self._send(answer)
        except OSError:
            self.close_connection = True
            self.server.script.lost_client()

    do_GET = do_POST  # noqa: N815 - the name that http.server looks for

    def _send(self, answer: Answer) -> None:
        if answer.cut_after == -1:
            self._break_off()
            return
        pieces = answer.body if isinstance(answer.body, tuple) else (answer.body,)
        chunked = isinstance(answer.body, tuple) or answer.endless
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        if chunked:
            self.send_header("Transfer-Encoding", "chunked")
        else:
            self.send_header("Content-Length", str(len(pieces[0])))
        self.end_headers()
        sent = 0
        for piece in itertools.cycle(pieces) if answer.endless else pieces:
            if sent:
                self.server.script.silence(self.connection, answer.pause_s)
            sent = self._send_piece(answer, piece, sent, chunked=chunked)
            if self.close_connection:
                return
        if chunked:
            self.wfile.write(b"0\r\n\r\n")

    def _send_piece(self, answer: Answer, piece: bytes, sent: int, *, chunked: bool) -> int:
        """Send a piece as far as the answer goes; returns the bytes of the body sent so far."""
        for limit in (answer.stall_after, answer.cut_after):
            if limit is not None and sent + len(piece) >= limit:
                self._write(piece[: limit - sent], chunked=chunked)
                if limit == answer.stall_after:
                    self.server.script.silence(self.connection, None)
                self._break_off()
                return limit
        self._write(piece, chunked=chunked)
        return sent + len(piece)

    def _write(self, data: bytes, *, chunked: bool) -> None:
        if chunked and data:
            data = b"%x\r\n%b\r\n" % (len(data), data)
        self.wfile.write(data)

    def _break_off(self) -> None:
        """End the connection in the middle of the announced content."""
        self.close_connection = True
        self.wfile.flush()
        self.connection.shutdown(socket.SHUT_RDWR)
