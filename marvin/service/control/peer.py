"""Who is at the other end of a socket."""

import os
import socket
import struct
from typing import Protocol

_CREDENTIALS = struct.Struct("3i")
"""Process, user, group: `struct ucred` of Linux."""


class Peered(Protocol):
    """A connected socket, or what asyncio shows of one."""

    def getsockopt(self, level: int, option: int, size: int, /) -> bytes: ...


def is_ours(connected: Peered) -> bool:
    """Whether the other end belongs to this user.

    True where the system does not say: there the mode of the socket file alone keeps others out.
    """
    found = _credentials(connected)
    return found is None or found[1] == os.getuid()


def may_be_asked(connected: Peered) -> bool:
    """Whether it is this user, or the system, that listens there."""
    found = _credentials(connected)
    return found is None or found[1] in (os.getuid(), 0)


def process(connected: Peered) -> int | None:
    """The process at the other end, where the system says it."""
    found = _credentials(connected)
    return found[0] if found else None


def _credentials(connected: Peered) -> tuple[int, int, int] | None:
    option = getattr(socket, "SO_PEERCRED", None)
    if option is None:
        return None
    found = connected.getsockopt(socket.SOL_SOCKET, option, _CREDENTIALS.size)
    pid, user, group = _CREDENTIALS.unpack(found)
    return pid, user, group
