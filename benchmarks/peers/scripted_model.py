"""A chat server with scripted answers: first token after 200 ms, then 30 per second.

`... scripted_model` serves on loopback until its input ends, and prints its port.
"""

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from typing import Any

from benchmarks.peers.serving import Answer, serve

FIRST_S = 0.2
TOKENS_A_SECOND = 30.0
ANSWER = (
    "The nearest star is the sun, about one hundred and fifty million kilometres away. "
    "Its light needs a little more than eight minutes to reach us. "
    "The next one is Proxima Centauri, a little over four light years from here."
)
"""Forty tokens, one per word; the first clause has six."""


def tokens() -> list[str]:
    """Words with their leading spaces."""
    starts = [0, *(at for at, letter in enumerate(ANSWER) if letter == " "), len(ANSWER)]
    return [ANSWER[start:end] for start, end in pairwise(starts)]


def due_s(token: int) -> float:
    """Time of a token, in seconds after the question."""
    return FIRST_S + token / TOKENS_A_SECOND


class _Chat(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        """`/v1/chat/completions`, streamed if requested."""
        began = time.perf_counter()
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if asked.get("stream"):
            self._head("text/event-stream", ("Transfer-Encoding", "chunked"))
            for at, token in enumerate(tokens()):
                _wait(began + due_s(at))
                self._piece(_choice({"delta": {"role": "assistant", "content": token}}))
            self._piece(_choice({"delta": {}, "finish_reason": "stop"}))
            self._write(b"data: [DONE]\n\n")
            self.wfile.write(b"0\r\n\r\n")
        else:
            _wait(began + due_s(len(tokens()) - 1))
            message = {"role": "assistant", "content": ANSWER}
            body = json.dumps(_choice({"message": message, "finish_reason": "stop"})).encode()
            self._head("application/json", ("Content-Length", str(len(body))))
            self.wfile.write(body)

    def _head(self, kind: str, length: tuple[str, str]) -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header(*length)
        self.end_headers()

    def _piece(self, value: dict[str, Any]) -> None:
        self._write(b"data: " + json.dumps(value).encode() + b"\n\n")

    def _write(self, data: bytes) -> None:
        self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))
        self.wfile.flush()

    def log_message(self, *_: object) -> None:
        """Log nothing."""


def _choice(values: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": "1", "object": "chat.completion", "created": 0, "model": "scripted",
        "choices": [{"index": 0, **values}],
    }  # fmt: skip


def _wait(until: float) -> None:
    time.sleep(max(0.0, until - time.perf_counter()))


def load() -> Answer:
    """Start the server; each request returns its port."""
    http = ThreadingHTTPServer(("127.0.0.1", 0), _Chat)
    http.daemon_threads = True
    threading.Thread(target=http.serve_forever, daemon=True).start()
    return lambda request: {"port": http.server_address[1]}


if __name__ == "__main__":
    serve(load)
