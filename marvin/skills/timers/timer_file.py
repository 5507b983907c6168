"""Reads and writes timers.json, with a lock file next to it."""

import contextlib
import errno
import fcntl
import json
import logging
import os
import time
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from marvin.boundary.files import UnfitFileError, read_json

_LOGGER = logging.getLogger(__name__)

_LOOK_AGAIN_S = 0.05


class DamagedError(Exception):
    """The file does not contain timers."""


class TimerFile:
    """Any process may read the file; only one at a time may write it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock: int | None = None

    def claim(self, wait_s: float = 0.0) -> str | None:
        """Become the only writer until `release` or the end of the process.

        Returns None, or the process that holds the lock, as far as it is known.
        """
        flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            # Not the file itself, which every change replaces.
            lock = os.open(self._lock_path, flags, 0o600)
        except OSError:
            # Where no lock can be created, nothing can be written either, which `write` reports.
            return None
        give_up = time.monotonic() + wait_s
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() < give_up:
                    time.sleep(_LOOK_AGAIN_S)
                    continue
                owner = os.read(lock, 20).decode(errors="replace").strip()
                os.close(lock)
                return f"process {owner}" if owner.isdecimal() else "another process"
            except OSError as error:
                # Some network file systems have no locks.
                _LOGGER.warning("%s cannot be locked: %s", self.path, error.strerror)
            break
        self._lock = lock
        with contextlib.suppress(OSError):
            os.ftruncate(lock, 0)
            os.write(lock, f"{os.getpid()}\n".encode())
        return None

    def release(self) -> None:
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    @property
    def _lock_path(self) -> Path:
        return self.path.with_suffix(".lock")

    def _keep_claim(self) -> None:
        """Claim again if the lock file was deleted: another process could lock a new one."""
        if self._lock is None:
            return
        with contextlib.suppress(OSError):
            if os.path.samestat(self._lock_path.stat(), os.fstat(self._lock)):
                return
        self.release()
        if self.claim() is not None:
            raise OSError(errno.EBUSY, "another Marvin has taken them over")

    def read(self) -> list[object]:
        """The unchecked entries; none if there is no file.

        Raises:
            DamagedError: It holds no list.
            OSError: It cannot be read.
        """
        try:
            found = read_json(self.path)
        except FileNotFoundError:
            return []
        except UnfitFileError as error:
            raise DamagedError(error.strerror) from None
        except ValueError as error:
            raise DamagedError(f"it is not JSON: {error}") from None
        if not isinstance(found, list):
            raise DamagedError("it is not a list")
        return found

    def write(self, entries: Sequence[dict[str, object]]) -> None:
        """Replace the file atomically: after a power cut it has the old or the new entries."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self._keep_claim()
        partial = self.path.with_name(f"{self.path.name}.tmp")
        # Timers are private.
        with open(partial, "w", encoding="utf-8", opener=_private) as file:
            json.dump(entries, file, default=datetime.isoformat)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(self.path)

    def set_aside(self, why: str) -> None:
        """Keep a damaged file under another name."""
        broken = self.path.with_name(f"{self.path.name}.broken")
        try:
            self.path.replace(broken)
        except OSError as error:
            _LOGGER.warning("%s is damaged (%s): %s", self.path, why, error.strerror)
        else:
            _LOGGER.warning("%s is damaged (%s): it is kept as %s", self.path, why, broken)


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
