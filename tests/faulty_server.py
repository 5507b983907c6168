"""A scripted HTTP server on loopback: everything that a server may do to its client.

    with FaultyServer(Answer(503, headers={"Retry-After": "2"}), Answer.json({"text": "hi"})) as at:
        ask(at.url + "/v1/...")
    assert at.requests[0].json() == {...}

Nothing in it sleeps for luck: a held answer waits for `release`, a stall for the client to go.
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
"""Longest wait of a test for something that must happen."""
_POLL_S = 0.01


@dataclass(frozen=True)
class Answer:
    """One scripted answer. By default the body goes out whole, with its length."""

    status: int = 200
    body: bytes | tuple[bytes, ...] = b""
    """Pieces are sent one by one, as chunks of HTTP/1.1 without a length."""
    headers: Mapping[str, str] = field(default_factory=dict)
    delay_s: float = 0.0
    """Silence before the first byte; ends early when the client goes."""
    held: bool = False
    """No byte before `FaultyServer.release`."""
    stall_after: int | None = None
    """Silence after so many bytes of the body, until the client goes."""
    cut_after: int | None = None
    """The connection breaks after so many bytes of the body; -1: before the status line."""
    endless: bool = False
    """The body is sent again and again until the client goes."""
    pause_s: float = 0.0
    """Silence between two pieces, while the connection stays: a stream that is kept alive."""

    @classmethod
    def json(cls, value: object, status: int = 200, **more: Any) -> Self:
        """A value as JSON."""
        return cls(status, json.dumps(value).encode(), **_typed(more, "application/json"))

    @classmethod
    def html(cls, status: int = 200, **more: Any) -> Self:
        """What proxies and wrong addresses answer."""
        page = b"<!DOCTYPE html><html><body><h1>Welcome to nginx!</h1></body></html>"
        return cls(status, page, **_typed(more, "text/html"))

    @classmethod
    def events(cls, *values: object, done: bool = True, **more: Any) -> Self:
        """A stream of server-sent events, as chat completions come; strings are sent as they are.

        Each event is a piece. `done` ends it with `data: [DONE]`.
        """
        lines = [value if isinstance(value, str) else json.dumps(value) for value in values]
        pieces = tuple(f"data: {line}\n\n".encode() for line in [*lines, *["[DONE]"] * done])
        return cls(200, pieces, **_typed(more, "text/event-stream"))


def _typed(more: dict[str, Any], kind: str) -> dict[str, Any]:
    return {**more, "headers": {"Content-Type": kind, **more.get("headers", {})}}


@dataclass(frozen=True)
class Request:
    """What a client asked."""

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
    """Gives each request the next answer; the one of `always` when there is none left."""

    def __init__(self, *answers: Answer, always: Answer | None = None, port: int = 0) -> None:
        self.requests: list[Request] = []
        self.hung_up = 0
        """Clients that went before their answer was over."""
        self._answers = deque(answers)
        self._always = always or Answer(418, b"no answer is scripted for this request")
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
                # A client that keeps its connection for later must not keep the thread.
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)
        self._http.server_close()
        self._thread.join()

    def add(self, *answers: Answer) -> None:
        """More answers, after those that are still to come."""
        with self._changed:
            self._answers.extend(answers)

    def release(self) -> None:
        """Let the held answers go."""
        self._released.set()

    def wait_for(self, requests: int) -> None:
        """Until so many requests have come."""
        with self._changed:
            assert self._changed.wait_for(lambda: len(self.requests) >= requests, WAIT_S)

    def wait_for_hang_up(self, clients: int = 1) -> None:
        """Until so many clients went before their answer was over."""
        with self._changed:
            assert self._changed.wait_for(lambda: self.hung_up >= clients, WAIT_S)

    # For the exchanges, each on a thread of its own.

    def connected(self, connection: socket.socket) -> None:
        """A client came, perhaps with several requests one after the other."""
        with self._changed:
            self._connections.append(connection)

    def take(self, request: Request) -> Answer:
        """Keep the request; its answer."""
        with self._changed:
            self.requests.append(request)
            self._changed.notify_all()
            return self._answers.popleft() if self._answers else self._always

    def lost_client(self) -> None:
        """A client went."""
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
        """Say nothing for so long, or for ever; raises BrokenPipeError when the client goes."""
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
    # Threads end with their clients, or when the script closes; each is waited for.
    daemon_threads = False


class _Exchange(BaseHTTPRequestHandler):
    """One connection of a client."""

    server: _Http
    protocol_version = "HTTP/1.1"
    timeout = WAIT_S
    disable_nagle_algorithm = True

    def setup(self) -> None:
        super().setup()
        self.server.script.connected(self.connection)

    def handle(self) -> None:
        # A client that goes between two requests is none of the script's.
        with contextlib.suppress(ConnectionError):
            super().handle()

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: the requests are kept."""

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
        """Send a piece as far as the answer goes; the bytes of the body that are sent by then."""
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
        """End the connection in the middle of what was promised."""
        self.close_connection = True
        self.wfile.flush()
        self.connection.shutdown(socket.SHUT_RDWR)
