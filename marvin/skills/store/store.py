"""Keeps timers, alarms and lists on disk."""

import errno
import logging
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path

from marvin.errors import SkillError
from marvin.languages.translation import tr, translatable, worded
from marvin.skills.store import database
from marvin.skills.store.database import DamagedError, NewerError, Row, Tables
from marvin.skills.store.former_timers import former_timers, put_away
from marvin.skills.store.writer_lock import WriterLock

_LOGGER = logging.getLogger(__name__)

NAME = "marvin.sqlite3"
_LOCK_NAME = "timers.lock"
_CLAIM_S = 1.0
"""`marvin ask` holds the lock for milliseconds, so start-up waits for it."""

NOT_RUNNING = translatable(
    "Marvin is not running, so nothing would ring: start `marvin run` first."
)
NO_LOUDSPEAKER = translatable(
    "Nothing would ring here, because `marvin serve` has no loudspeaker: use `marvin run`."
)
KEPT = (translatable("timers"), translatable("alarms"), translatable("lists"))
_DAMAGED = translatable(
    "The file with your timers, alarms and lists was damaged. I have kept what I could read."
)
_NEWER = translatable(
    "Your timers, alarms and lists were saved by a newer Marvin, so I cannot use them."
)


_Version = tuple[int, int, int]


_MISSING = (0, 0, 0)


def _version(path: Path) -> _Version:
    """Of a file; another one after each change."""
    try:
        found = path.stat()
    except OSError:
        return _MISSING
    return (found.st_ino, found.st_mtime_ns, found.st_size)


class Store:
    """The rows of all tables. A change is on disk before `save` returns.

    The rows stay in memory too: a change that could not be written, because the disk was full, is
    written with the next one, and a file that was deleted meanwhile is written again.
    """

    def __init__(
        self, path: Path | None = None, *, attended: bool = True, why_silent: str = NOT_RUNNING
    ) -> None:
        """Without a path, the rows are lost on exit. `attended`: this process rings what is due
        and owns the file; `why_silent`: what the user is told otherwise."""
        self.path = path
        self._why_silent = why_silent
        self.attended = attended
        self.durable = True
        """Whether the last change was written."""
        self.full = False
        """Whether it was not, because the disk is full."""
        self.notice = ""
        """What the user should be told about the file, once."""
        self._lock = threading.RLock()
        self._writer = WriterLock(path.with_name(_LOCK_NAME)) if path else None
        self._damage = ""
        self._kept = False
        self._rows: Tables = {table: [] for table in database.TABLES}
        self._unwritten: set[str] = set()
        self._seen: _Version | None = None
        """The file as it was read or written last; None if the rows here may differ from it."""
        self._read()

    @classmethod
    def load(cls, path: Path) -> "Store":
        """The last run's rows, owned by this process. An unreadable file never prevents the
        start."""
        lock = WriterLock(path.with_name(_LOCK_NAME))
        owner = lock.claim(_CLAIM_S)
        if owner is not None:
            _LOGGER.warning(
                "the timers, alarms and lists in %s belong to another Marvin (%s), so those of this"
                " one are not saved and end with it; to save them, set another skills.state_dir",
                path,
                owner,
            )
            alone = cls()
            alone.durable = False
            return alone
        store = cls(path)
        store._writer = lock if store.path else None
        if store.path is None:
            lock.release()
        elif store._damage or store._unwritten:
            store._write()
        return store

    @classmethod
    def unattended(cls, path: Path, why_silent: str = NOT_RUNNING) -> "Store":
        """The last run's rows, with nothing to ring them."""
        return cls(path, attended=False, why_silent=why_silent)

    def close(self) -> None:
        if self._writer is not None:
            self._writer.release()

    def refresh(self) -> bool:
        """Read the file again if another process has changed it; whether it has. The process that
        owns it is the only one to write it."""
        with self._lock:
            if self.attended or self.path is None or self._seen == _version(self.path):
                return False
            self._rows = {table: [] for table in database.TABLES}
            self._unwritten.clear()
            self._read()
            return True

    def rows(self, table: str) -> Sequence[Row]:
        return tuple(self._rows[table])

    def damaged(self, table: str, why: str, valid: Sequence[Row]) -> None:
        """Report invalid rows and keep the valid ones; the file is kept under another name."""
        self._damage = self._damage or why
        self.notice = _DAMAGED
        self._warn_of_damage()
        if self.attended:
            self.save(table, valid)

    def save(self, table: str, rows: Sequence[Row]) -> None:
        """Raises SkillError if this process does not own the file and cannot write it."""
        with self._lock:
            self.check_readable()
            self._rows[table] = list(rows)
            self._unwritten.add(table)
            if self.path is not None:
                self._write()

    def check_readable(self) -> None:
        """Raises SkillError instead of an answer that would not be true."""
        if not self.attended and self.path is None:
            raise SkillError(worded(self.notice))

    def check_attended(self) -> None:
        """Raises SkillError if nothing would ring."""
        self.check_readable()
        if not self.attended:
            with self.claimed():
                raise SkillError(worded(self._why_silent))

    @contextmanager
    def claimed(self) -> Iterator[None]:
        """Own the file for one change, if this process does not own it anyway.

        Raises:
            SkillError: Another process owns it.
        """
        assert self._writer is not None
        owner = self._writer.claim()
        if owner is not None:
            raise SkillError(
                f"The timers, alarms and lists belong to the Marvin that is running ({owner}): only"
                " that one can change them."
            )
        try:
            yield
        finally:
            self._writer.release()

    def unsaved(self, what: str) -> str:
        """A warning to speak after a change; empty if it was saved. `what`: one of `KEPT`."""
        if self.durable:
            return ""
        named = worded(what)
        if self.full:
            text = tr(
                "I cannot save {what} because the disk is full, so a restart would lose them.",
                what=named,
            )
        else:
            text = tr("I cannot save {what}, so a restart would lose them.", what=named)
        return f" {text}"

    def _read(self) -> None:
        if self.path is None:
            return
        self._seen = _version(self.path)
        try:
            found = database.read(self.path)
        except NewerError as error:
            _LOGGER.error("%s was written by a newer Marvin: %s", self.path, error)
            self.path, self.durable, self.notice = None, False, _NEWER
            return
        except DamagedError as error:
            found, self._damage, self.notice = error.rows, str(error), _DAMAGED
            self._warn_of_damage()
        except OSError as error:
            found, self._damage = {}, error.strerror or "it cannot be read"
        if found is None:
            found = {"timers": former_timers(self.path.parent)}
            self._unwritten = {"timers"} if found["timers"] else set()
        self._rows |= found

    def _warn_of_damage(self) -> None:
        if not self.attended:  # Otherwise it is spoken.
            _LOGGER.warning("%s is damaged (%s): some of it is missing", self.path, self._damage)

    def _write(self) -> None:
        assert self.path is not None
        assert self._writer is not None
        seen, self._seen = self._seen, None
        try:
            with nullcontext() if self.attended else self.claimed():
                # A file that was deleted is written again.
                if not self.attended and _version(self.path) not in (seen, _MISSING):
                    raise SkillError(tr("That has just been changed elsewhere: say it again."))
                self._writer.keep()
                self._write_file(self.path)
                self._seen = _version(self.path)
        except OSError as error:
            if not self.attended:
                raise SkillError(f"The change cannot be saved: {error.strerror}.") from error
            if self.durable:
                _LOGGER.warning(
                    "cannot write %s (%s): timers, alarms and lists will not survive a restart",
                    self.path,
                    error.strerror,
                )
            self.durable, self.full = False, error.errno == errno.ENOSPC
        else:
            self.durable, self.full = True, False
            self._unwritten.clear()

    def _write_file(self, path: Path) -> None:
        whole = bool(self._damage)
        if self._damage:
            self._set_aside(path, self._damage)
        new = whole or not path.is_file() or not path.stat().st_size
        tables = self._rows if new else {name: self._rows[name] for name in self._unwritten}
        try:
            database.write(path, tables)
        except DamagedError as error:
            # Overwritten while this process ran, which still has all the rows.
            self._set_aside(path, str(error))
            database.write(path, self._rows)
        if new:
            put_away(path.parent)

    def _set_aside(self, path: Path, why: str) -> None:
        """Keep a damaged file under another name."""
        self._damage = ""
        if self._kept:
            return  # Under the other name is what the user had before this start.
        self._kept = True
        broken = path.with_name(f"{path.name}.broken")
        try:
            path.replace(broken)
            with suppress(FileNotFoundError):  # SQLite would apply it to the new file.
                path.with_name(f"{path.name}-journal").replace(f"{broken}-journal")
        except OSError as error:
            _LOGGER.warning("%s is damaged (%s): %s", path, why, error.strerror)
        else:
            _LOGGER.warning("%s is damaged (%s): it is kept as %s", path, why, broken)
