"""sd_notify(3): short messages to whoever started the daemon, over a datagram socket."""

import logging
import socket
import time
from collections.abc import MutableMapping

_LOGGER = logging.getLogger(__name__)

_STATUS_CHARACTERS = 200
"""More of a status nobody reads, and a datagram has an end."""


class Notify:
    """Sends to the socket at `address`; says nothing where that is empty.

    Sending never waits and never fails: a daemon whose messages do not arrive is restarted by
    systemd, and that is all that can be done about it.
    """

    def __init__(self, address: str = "") -> None:
        """`address`: a path, or the name of an abstract socket after an `@`."""
        self._address = address
        self._warned = False

    @classmethod
    def from_environment(cls, environ: MutableMapping[str, str]) -> "Notify":
        """Takes NOTIFY_SOCKET out of the environment: what Marvin starts must not speak for it."""
        address = environ.pop("NOTIFY_SOCKET", "")
        if address and address[0] not in "/@":
            _LOGGER.warning("NOTIFY_SOCKET=%s is neither a path nor an abstract socket", address)
            address = ""
        return cls(address)

    def __bool__(self) -> bool:
        """Whether anybody listens."""
        return bool(self._address)

    def ready(self, status: str) -> None:
        """Starting, or reloading, is over."""
        self._send("READY=1", _status(status))

    def status(self, status: str) -> None:
        """One line for `systemctl status`."""
        self._send(_status(status))

    def reloading(self) -> None:
        """The configuration is read again; `ready` ends it."""
        self._send("RELOADING=1", f"MONOTONIC_USEC={time.monotonic_ns() // 1000}")

    def stopping(self) -> None:
        """The end has begun."""
        self._send("STOPPING=1", _status("stopping"))

    def alive(self) -> None:
        """Feed the watchdog."""
        self._send("WATCHDOG=1")

    def extend(self, seconds: float) -> None:
        """Starting takes longer, but `seconds` from now at most, unless this is said again."""
        self._send(f"EXTEND_TIMEOUT_USEC={round(seconds * 1e6)}")

    def _send(self, *lines: str) -> None:
        if not self._address:
            return
        # An abstract socket's name begins with a zero byte.
        path = "\0" + self._address[1:] if self._address.startswith("@") else self._address
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as sender:
                sender.setblocking(False)
                sender.sendto("\n".join(lines).encode(), path)
        except OSError as error:
            if not self._warned:
                self._warned = True
                _LOGGER.warning("systemd cannot be told %s: %s", lines[0], error)


def _status(text: str) -> str:
    """On one line: what follows a line break would be a message of its own."""
    return "STATUS=" + " ".join(text.split())[:_STATUS_CHARACTERS]
