"""One daemon a user: a lock that ends with the process, and the socket of whoever has it."""

import fcntl
import os
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from marvin.errors import ControlError
from marvin.service.control.socket_path import socket_path, state_dir

_BACKLOG = 128
"""Clients that may wait while the daemon begins to serve."""


@contextmanager
def claimed(path: Path | None = None) -> Iterator[socket.socket]:
    """Be this user's daemon: a socket that listens, and is gone in the end.

    Raises:
        ControlError: Another daemon runs, or the socket cannot be made.
    """
    path = path or socket_path()
    with ExitStack() as held:
        try:
            held.callback(os.close, _lock(path))
            # Whoever has the lock knows that a socket which is there was left by a dead process.
            listening = held.enter_context(_listen(path))
        except OSError as error:
            raise _cannot(path, error) from error
        held.callback(_remove, path)
        yield listening


def _lock(path: Path) -> int:
    """A lock beside the socket: held until it is closed, also by a death."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if path.parent == state_dir():
        # Marvin's own, perhaps made by an older one; a runtime folder is the system's.
        path.parent.chmod(0o700)
    # Not blocking: in its place may be a pipe, which nobody writes to.
    flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK
    lock = os.open(path.with_suffix(".lock"), flags, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        os.ftruncate(lock, 0)
        os.write(lock, f"{os.getpid()}\n".encode())
    except BlockingIOError:
        pid = os.read(lock, 20).decode(errors="replace").strip()
        os.close(lock)
        raise ControlError(_taken(pid)) from None
    except OSError:
        os.close(lock)
        raise
    return lock


def _taken(pid: str) -> str:
    known = pid.isdecimal()
    return (
        f"another Marvin{f' (process {pid})' if known else ''} already has the microphone, and"
        " each user can run only one: use that one, or end it: `systemctl --user stop marvin` if it"
        f" is a service, otherwise {f'`kill {pid}`' if known else 'Ctrl-C'}"
    )


def _listen(path: Path) -> socket.socket:
    path.unlink(missing_ok=True)
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        listening.bind(os.fspath(path))
        # Before it listens nobody can connect, so nobody slips in under a looser mode.
        path.chmod(0o600)
        listening.listen(_BACKLOG)
    except OSError:
        listening.close()
        raise
    return listening


def _remove(path: Path) -> None:
    # A folder that went with the session, or is read-only by now, has nothing to be tidied.
    with suppress(OSError):
        path.unlink()


def _cannot(path: Path, error: OSError) -> ControlError:
    return ControlError(
        f"cannot make the control socket {path} ({error.strerror or error}): set XDG_RUNTIME_DIR"
        " to a folder of yours, with a short name, that only you can write to"
    )
