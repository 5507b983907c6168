"""One daemon per user: a lock held by the process, and the control socket."""

import fcntl
import os
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from marvin.errors import ControlError
from marvin.service.control.socket_path import socket_path, state_dir

_BACKLOG = 128
"""Backlog of clients that connect before the daemon serves."""


@contextmanager
def claimed(path: Path | None = None) -> Iterator[socket.socket]:
    """Become this user's daemon: yields a listening socket, removed at the end.

    Raises:
        ControlError: Another daemon runs, or the socket cannot be created.
    """
    path = path or socket_path()
    with ExitStack() as held:
        try:
            held.callback(os.close, _lock(path))
            # With the lock held, an existing socket was left by a dead process.
            listening = held.enter_context(_listen(path))
        except OSError as error:
            raise _cannot(path, error) from error
        held.callback(_remove, path)
        yield listening


def _lock(path: Path) -> int:
    """Lock a file beside the socket; the kernel releases it when the process ends."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if path.parent == state_dir():
        # Only Marvin's own folder, perhaps created with a looser mode by an older version.
        path.parent.chmod(0o700)
    # Non-blocking, in case the path is a pipe.
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
        f"another Marvin{f' (process {pid})' if known else ''} is already running, and"
        " each user can run only one. Use that one or stop it: `systemctl --user stop marvin` if it"
        f" is a service, otherwise {f'`kill {pid}`' if known else 'Ctrl-C'}"
    )


def _listen(path: Path) -> socket.socket:
    path.unlink(missing_ok=True)
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        listening.bind(os.fspath(path))
        # Before listening, so that nobody can connect under a looser mode.
        path.chmod(0o600)
        listening.listen(_BACKLOG)
    except OSError:
        listening.close()
        raise
    return listening


def _remove(path: Path) -> None:
    # The folder may have gone with the login session, or be read-only by now.
    with suppress(OSError):
        path.unlink()


def _cannot(path: Path, error: OSError) -> ControlError:
    return ControlError(
        f"cannot create the control socket {path} ({error.strerror or error}): set XDG_RUNTIME_DIR"
        " to a folder with a short path that only you can write to"
    )
