"""Peer credentials of a Unix socket."""

import os
import socket
import struct
from typing import Protocol

_CREDENTIALS = struct.Struct("3i")
"""Process, user and group: Linux `struct ucred`."""


class Peered(Protocol):
    """A socket or asyncio's TransportSocket."""

    def getsockopt(self, level: int, option: int, size: int, /) -> bytes: ...


def is_ours(connected: Peered) -> bool:
    """Whether the peer is this user.

    True where the system does not tell: there, only the mode of the socket file protects it.
    """
    found = _credentials(connected)
    return found is None or found[1] == os.getuid()


def may_be_asked(connected: Peered) -> bool:
    """Whether the listener is this user or root."""
    found = _credentials(connected)
    return found is None or found[1] in (os.getuid(), 0)


def process(connected: Peered) -> int | None:
    """The peer's process id, where the system tells."""
    found = _credentials(connected)
    return found[0] if found else None


def _credentials(connected: Peered) -> tuple[int, int, int] | None:
    option = getattr(socket, "SO_PEERCRED", None)
    if option is None:
        return None
    found = connected.getsockopt(socket.SOL_SOCKET, option, _CREDENTIALS.size)
    pid, user, group = _CREDENTIALS.unpack(found)
    return pid, user, group
