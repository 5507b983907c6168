"""The lock file that makes one process the only writer of the store."""

import contextlib
import errno
import fcntl
import logging
import os
import time
from pathlib import Path

_LOGGER = logging.getLogger(__name__)

_LOOK_AGAIN_S = 0.05


class WriterLock:
    """Any process may read the store; only the one that holds this lock may write it."""

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
            lock = os.open(self.path, flags, 0o600)
        except OSError:
            # Where no lock can be created, nothing can be written either, which writing reports.
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

    def keep(self) -> None:
        """Claim again if the lock file was deleted: another process could lock a new one.

        Raises:
            OSError: Another process has done so.
        """
        if self._lock is None:
            return
        with contextlib.suppress(OSError):
            if os.path.samestat(self.path.stat(), os.fstat(self._lock)):
                return
        self.release()
        if self.claim() is not None:
            raise OSError(errno.EBUSY, "another Marvin has taken them over")
