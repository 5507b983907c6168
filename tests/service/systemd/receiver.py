"""systemd's end of the notify socket, with its watchdog."""

import contextlib
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path


class Receiver:
    """Reads every datagram on a separate thread. `fired` is set when the watchdog expires."""

    def __init__(self, address: str, watchdog_s: float = 0.0) -> None:
        self.messages: list[str] = []
        self.fired = threading.Event()
        self._watchdog_s = watchdog_s
        self._address = address
        self._changed = threading.Condition()
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(address)
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def lines(self) -> list[str]:
        return [line for message in list(self.messages) for line in message.splitlines()]

    def wait_for(self, line: str, times: int = 1) -> None:
        """Wait until a line has arrived this many times."""
        with self._changed:
            assert self._changed.wait_for(lambda: self.lines().count(line) >= times, 300), line

    def close(self) -> None:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
            sender.sendto(b"", self._address)
        self._thread.join(300)
        self._socket.close()

    def _read(self) -> None:
        # As in systemd: from READY on, WATCHDOG=1 must arrive within the given time.
        deadline: float | None = None
        while True:
            left = None if deadline is None else deadline - time.monotonic()
            try:
                self._socket.settimeout(left if left is None else max(left, 1e-6))
                message = self._socket.recv(4096).decode()
            except TimeoutError:
                self.fired.set()
                deadline = None
                continue
            if not message:
                return
            if self._watchdog_s and {"READY=1", "WATCHDOG=1"} & set(message.splitlines()):
                deadline = time.monotonic() + self._watchdog_s
            with self._changed:
                self.messages.append(message)
                self._changed.notify_all()


@contextlib.contextmanager
def receiving(path: Path | str, watchdog_s: float = 0.0) -> Iterator[Receiver]:
    """`path` is a file, or the name of an abstract socket after a zero byte."""
    receiver = Receiver(str(path), watchdog_s)
    try:
        yield receiver
    finally:
        receiver.close()
