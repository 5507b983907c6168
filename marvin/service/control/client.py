"""Asks the running Marvin. Plain blocking sockets: a command starts and ends at once."""

import json
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from marvin.boundary.files import parse_json
from marvin.errors import ConfigError, ControlError, NoDaemonError
from marvin.service.control.peer import may_be_asked, process
from marvin.service.control.socket_path import socket_path

ANSWER_S = 5.0
"""An answer takes milliseconds; after so long the daemon hangs."""
_LONGER_S = {"say": 600.0, "ask": 300.0, "reload": 300.0}
"""What is answered only when it is done."""
_LINE_BYTES = 1 << 20
"""No answer and no event is as long."""


def ask(command: str, *, path: Path | None = None, **fields: str) -> dict[str, object]:
    """The daemon's answer.

    Raises:
        NoDaemonError: None runs.
        ConfigError: It found problems in models.toml.
        ControlError: It refuses, or does not answer.
    """
    if command in _LONGER_S:
        # One that is stopped, or hangs, would only be noticed minutes later.
        ask("status", path=path)
    with _connected(path or socket_path()) as daemon:
        return daemon.ask({"command": command, **fields}, _LONGER_S.get(command, ANSWER_S))


def follow(*, path: Path | None = None) -> Iterator[dict[str, object]]:
    """Events as they happen, for ever.

    Raises:
        ControlError: As `ask`; and when the daemon ends.
    """
    with _connected(path or socket_path()) as daemon:
        daemon.ask({"command": "events"}, ANSWER_S)
        while True:
            yield daemon.read(None)


@contextmanager
def _connected(path: Path) -> Iterator["_Daemon"]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connected:
        connected.settimeout(ANSWER_S)
        try:
            connected.connect(str(path))
        except PermissionError:
            raise ControlError(f"{path} belongs to another user") from None
        except (TimeoutError, BlockingIOError):
            raise ControlError(_hangs("Marvin", ANSWER_S)) from None
        except OSError:
            # Not there, or left by a dead process: to whoever asks it is the same.
            raise NoDaemonError(
                "Marvin is not running: `marvin run` starts it here, `marvin service install` as "
                "a service"
            ) from None
        if not may_be_asked(connected):
            raise ControlError(
                f"another user listens at {path}, who could pretend to be your Marvin: nothing was"
                " asked; remove that file, or set XDG_RUNTIME_DIR to a folder of yours"
            )
        with connected.makefile("rb") as lines:
            yield _Daemon(connected, lines)


class _Daemon:
    """The other end, line by line."""

    def __init__(self, connected: socket.socket, lines: BinaryIO) -> None:
        self._socket = connected
        self._lines = lines

    def ask(self, message: Mapping[str, object], patience_s: float) -> dict[str, object]:
        # One that refuses may close before it has read everything: its answer is there all the
        # same. And from one that hangs none comes, which `read` says.
        with suppress(OSError):
            self._socket.sendall(json.dumps(message).encode() + b"\n")
        answer = self.read(patience_s)
        if answer.get("ok") is True:
            return answer
        problems = answer.get("problems")
        if isinstance(problems, list):
            raise ConfigError("\n".join(str(one) for one in [answer.get("error"), *problems]))
        raise ControlError(str(answer.get("error", "it refused, and did not say why")))

    def read(self, patience_s: float | None) -> dict[str, object]:
        """The next line. None: however long it takes."""
        self._socket.settimeout(patience_s)
        try:
            line = self._lines.readline(_LINE_BYTES)
        except TimeoutError:
            name = "Marvin" if (pid := process(self._socket)) is None else f"Marvin (process {pid})"
            raise ControlError(_hangs(name, patience_s or 0.0)) from None
        except ConnectionResetError:
            line = b""
        if not line:
            raise ControlError("Marvin has ended")
        try:
            found = parse_json(line)
        except ValueError:
            found = None
        if not isinstance(found, dict):
            raise ControlError("what Marvin answers makes no sense: is it of another version?")
        return found


def _hangs(name: str, patience_s: float) -> str:
    return (
        f"{name} does not answer within {patience_s:g} s: `systemctl --user restart marvin`, or end"
        " it by Ctrl-C or `kill` and start it again"
    )
