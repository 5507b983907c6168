"""Client of the control socket, with blocking sockets to keep start-up fast."""

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
"""An answer takes milliseconds; after this long the daemon hangs."""
_LONGER_S = {"say": 600.0, "announce": 600.0, "ask": 300.0, "reload": 300.0}
"""Commands that are answered only when done."""
_LINE_BYTES = 1 << 20
"""Longer than any answer or event."""


def ask(command: str, *, path: Path | None = None, **fields: str) -> dict[str, object]:
    """Send a command and return the answer.

    Raises:
        NoDaemonError: No daemon runs.
        ConfigError: The daemon found problems in models.toml.
        ControlError: The daemon refuses or does not answer.
    """
    if command in _LONGER_S:
        # A stopped or hung daemon would otherwise be noticed minutes later.
        ask("status", path=path)
    with _connected(path or socket_path()) as daemon:
        return daemon.ask({"command": command, **fields}, _LONGER_S.get(command, ANSWER_S))


def follow(*, path: Path | None = None) -> Iterator[dict[str, object]]:
    """Events as they happen, until the daemon ends.

    Raises:
        ControlError: As `ask`, and when the daemon ends.
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
            # Missing, or left by a dead process.
            raise NoDaemonError(
                "Marvin is not running: start it with `marvin run`, or as a service with "
                "`marvin service install`"
            ) from None
        if not may_be_asked(connected):
            raise ControlError(
                f"{path} belongs to another user, who could impersonate Marvin: nothing was"
                " sent. Remove that file, or set XDG_RUNTIME_DIR to your own folder"
            )
        with connected.makefile("rb") as lines:
            yield _Daemon(connected, lines)


class _Daemon:
    """The connection to the daemon."""

    def __init__(self, connected: socket.socket, lines: BinaryIO) -> None:
        self._socket = connected
        self._lines = lines

    def ask(self, message: Mapping[str, object], patience_s: float) -> dict[str, object]:
        # A daemon that refuses may close before it has read everything; its answer can still be
        # read. `read` reports a hung daemon.
        with suppress(OSError):
            self._socket.sendall(json.dumps(message).encode() + b"\n")
        answer = self.read(patience_s)
        if answer.get("ok") is True:
            return answer
        problems = answer.get("problems")
        if isinstance(problems, list):
            raise ConfigError("\n".join(str(one) for one in [answer.get("error"), *problems]))
        raise ControlError(str(answer.get("error", "refused without a reason")))

    def read(self, patience_s: float | None) -> dict[str, object]:
        """The next line; without a time limit if `patience_s` is None."""
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
            raise ControlError("Marvin's answer cannot be parsed: is it a different version?")
        return found


def _hangs(name: str, patience_s: float) -> str:
    return (
        f"{name} does not answer within {patience_s:g} s: `systemctl --user restart marvin`, or"
        " stop it with Ctrl-C or `kill` and start it again"
    )
