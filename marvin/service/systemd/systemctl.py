"""Runs systemctl, loginctl and related programs."""

import os
import pwd
import shutil
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from marvin.errors import MarvinError

_WITHOUT = (
    "`marvin run` works without it; docs/service.md explains how launchd (macOS), a container or "
    "another supervisor keeps it running"
)


class SystemdError(MarvinError):
    """systemd is missing or refuses. The message says what to do."""


@dataclass(frozen=True, slots=True)
class Ended:
    code: int
    output: str
    """Standard output and standard error."""


Runner: TypeAlias = Callable[[Sequence[str]], Ended]
"""Runs a program; code 127 if it does not exist."""


def run(command: Sequence[str]) -> Ended:
    """Run a program and wait for it."""
    try:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )
    except FileNotFoundError:
        return Ended(127, f"{command[0]}: no such program")
    return Ended(done.returncode, done.stdout.decode(errors="replace").strip())


class Systemctl:
    """systemctl and loginctl, for the user's or the system's systemd."""

    def __init__(self, runner: Runner, *, system: bool) -> None:
        self._runner = runner
        self._system = system

    def check(self, booted: Path = Path("/run/systemd/system")) -> None:
        """Raise SystemdError if systemd cannot be reached."""
        if shutil.which("systemctl") is None or not booted.is_dir():
            raise SystemdError(f"systemd does not run on this machine; {_WITHOUT}")
        if self._system:
            return
        answer = self.ask("show-environment")
        if answer.code != 0:
            raise SystemdError(
                f"this user's systemd cannot be reached ({_first_line(answer)}): log in as"
                " that user, not with `su` or `sudo`; over ssh, or before the first login:"
                f" `sudo loginctl enable-linger {user()}`, then `export"
                f" XDG_RUNTIME_DIR=/run/user/{os.getuid()}` and try again"
            )

    def ask(self, *arguments: str) -> Ended:
        """Run `systemctl`, whatever its exit code."""
        return self._runner(["systemctl", *self._scope(), *arguments])

    def do(self, *arguments: str) -> None:
        """Run `systemctl`; raises SystemdError if it fails."""
        self.must(["systemctl", *self._scope(), *arguments])

    def must(self, command: Sequence[str], advice: str = "") -> None:
        """Run any program; raises SystemdError if it fails."""
        answer = self._runner(command)
        if answer.code != 0:
            said = f": {answer.output}" if answer.output else ""
            raise SystemdError(f"`{' '.join(command)}` failed{said}{advice}")

    def version(self) -> int:
        """systemd's version; 0 if unknown."""
        words = self._runner(["systemctl", "--version"]).output.split()
        return int(words[1]) if len(words) > 1 and words[1].isdecimal() else 0

    def lets_make_namespaces(self) -> bool:
        """Whether user namespaces work, which the sandbox of a user unit needs.

        Some distributions forbid them, and a unit that asks for them then does not start.
        """
        if self._system:
            return True
        wanted = ("PrivateUsers=yes", "ProtectSystem=strict", "CapabilityBoundingSet=")
        properties = [word for wish in wanted for word in ("--property", wish)]
        trial = ["systemd-run", *self._scope(), "--wait", "--collect", "--quiet"]
        if self._runner([*trial, *properties, "true"]).code == 0:
            return True
        # If it also fails without them, namespaces are not the cause.
        return self._runner([*trial, "true"]).code != 0

    def properties(self, *names: str) -> dict[str, str]:
        """Properties of Marvin's unit."""
        lines = self.ask("show", "marvin.service", "--property", ",".join(names)).output
        return dict(line.split("=", 1) for line in lines.splitlines() if "=" in line)

    def lingers(self) -> bool:
        """Whether this user's services run while logged out."""
        answer = self._runner(["loginctl", "show-user", user(), "--property", "Linger"])
        return answer.code == 0 and answer.output == "Linger=yes"

    def linger(self) -> None:
        """Enable lingering; raises SystemdError without the permission."""
        name = user()
        advice = f"; ask an administrator to run `sudo loginctl enable-linger {name}`"
        self.must(["loginctl", "enable-linger", name], advice)

    def _scope(self) -> list[str]:
        return [] if self._system else ["--user"]


def user() -> str:
    """Name of the current user."""
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return str(os.getuid())


def _first_line(answer: Ended) -> str:
    return answer.output.partition("\n")[0] or f"exit code {answer.code}"
