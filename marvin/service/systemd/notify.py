"""sd_notify(3): messages to systemd over a datagram socket."""

import logging
import socket
import time
from collections.abc import MutableMapping

_LOGGER = logging.getLogger(__name__)

_STATUS_CHARACTERS = 200
"""Length limit of a status, because datagrams are limited."""


class Notify:
    """Sends to the socket at `address`; does nothing if that is empty.

    Sending never blocks and never fails: if messages do not arrive, systemd restarts the daemon.
    """

    def __init__(self, address: str = "") -> None:
        """`address`: a path, or `@` and the name of an abstract socket."""
        self._address = address
        self._warned = False

    @classmethod
    def from_environment(cls, environ: MutableMapping[str, str]) -> "Notify":
        """Removes NOTIFY_SOCKET from the environment, so that child processes cannot use it."""
        address = environ.pop("NOTIFY_SOCKET", "")
        if address and address[0] not in "/@":
            _LOGGER.warning("NOTIFY_SOCKET=%s is neither a path nor an abstract socket", address)
            address = ""
        return cls(address)

    def __bool__(self) -> bool:
        """Whether there is a socket to send to."""
        return bool(self._address)

    def ready(self, status: str) -> None:
        """Start or reload has finished."""
        self._send("READY=1", _status(status))

    def status(self, status: str) -> None:
        """Set the line shown by `systemctl status`."""
        self._send(_status(status))

    def reloading(self) -> None:
        """A reload begins; `ready` ends it."""
        self._send("RELOADING=1", f"MONOTONIC_USEC={time.monotonic_ns() // 1000}")

    def stopping(self) -> None:
        """Shutdown has begun."""
        self._send("STOPPING=1", _status("stopping"))

    def alive(self) -> None:
        """Feed the watchdog."""
        self._send("WATCHDOG=1")

    def extend(self, seconds: float) -> None:
        """Ask for up to `seconds` more from now; may be repeated."""
        self._send(f"EXTEND_TIMEOUT_USEC={round(seconds * 1e6)}")

    def _send(self, *lines: str) -> None:
        if not self._address:
            return
        # The kernel marks an abstract name with a leading zero byte.
        path = "\0" + self._address[1:] if self._address.startswith("@") else self._address
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as sender:
                sender.setblocking(False)
                sender.sendto("\n".join(lines).encode(), path)
        except OSError as error:
            if not self._warned:
                self._warned = True
                _LOGGER.warning("cannot send %s to systemd: %s", lines[0], error)


def _status(text: str) -> str:
    """On one line, because a line break would start another message."""
    return "STATUS=" + " ".join(text.split())[:_STATUS_CHARACTERS]
