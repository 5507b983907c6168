"""The SQLite file of timers, alarms, lists and notes: its tables, reading and writing."""

import errno
import os
import sqlite3
import stat
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from pathlib import Path

VERSION = 1
"""Of the tables. A file written by a newer Marvin has a higher one and is left alone."""

TABLES: Mapping[str, tuple[str, ...]] = {
    "timers": ("id", "name", "duration_s", "due", "paused_s", "purpose"),
    "alarms": ("id", "kind", "due", "weekdays", "instant", "purpose"),
    "list_entries": ("id", "list", "entry"),
    "notes": ("id", "text", "noted"),
}
"""Their columns. Values are checked when read, because any program can write the file."""

_ADDED = ("notes",)
"""Tables that a file of the same version may lack."""

Row = Mapping[str, object]
Tables = dict[str, list[Row]]

_HEADER = b"SQLite format 3\0"
_LARGEST = 16 * 1024 * 1024
_WAIT_S = 2.0
"""A reader or writer waits this long for the other one."""


class DamagedError(Exception):
    """The file does not contain what it should. `rows` are the ones that could be read."""

    def __init__(self, why: str, rows: Tables | None = None) -> None:
        super().__init__(why)
        self.rows = rows or {}


class NewerError(Exception):
    """The file was written by a newer Marvin."""


def read(path: Path) -> Tables | None:
    """All rows, or None if there is no file yet.

    Raises:
        DamagedError: It is no database, or not all of it can be read.
        NewerError: It was written by a newer Marvin.
        OSError: It cannot be read.
    """
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise DamagedError("it is a link to itself") from None
        raise
    if not stat.S_ISREG(found.st_mode):
        raise DamagedError("it is not a regular file")
    if found.st_size > _LARGEST:
        raise DamagedError(f"it is larger than {_LARGEST >> 20} MiB")
    if not found.st_size:
        return None
    with path.open("rb") as file:  # SQLite would not say that reading is forbidden.
        if file.read(len(_HEADER)) != _HEADER:
            raise DamagedError("it is not an SQLite database")
    try:
        with closing(_connected(path, "rw")) as connection:
            return _rows(connection)
    except sqlite3.OperationalError as error:
        raise _as_os_error(error) from error
    except sqlite3.Error as error:
        raise DamagedError(str(error)) from None


def _rows(connection: sqlite3.Connection) -> Tables | None:
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version > VERSION:
        raise NewerError(f"its tables have version {version}, this Marvin knows {VERSION}")
    if not version:
        return None  # The process was killed before its first write was complete.
    rows: Tables = {}
    problem = ""
    present = {name for (name,) in connection.execute("SELECT name FROM sqlite_master")}
    for table, columns in TABLES.items():
        rows[table] = []
        if table in _ADDED and table not in present:
            continue
        try:
            query = f"SELECT {_names(columns)} FROM {table} ORDER BY id"
            for row in connection.execute(query):
                rows[table].append(dict(zip(columns, row, strict=True)))
        except (sqlite3.Error, UnicodeDecodeError, OverflowError) as error:
            problem = problem or str(error)
    try:
        (checked,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    except sqlite3.Error as error:
        checked = str(error)
    if problem or checked != "ok":
        raise DamagedError(problem or str(checked).partition("\n")[0], rows)
    return rows


def write(path: Path, tables: Mapping[str, Sequence[Row]]) -> None:
    """Replace the rows of these tables in one transaction: after a power cut the file has the old
    or the new rows.

    Raises:
        DamagedError: The file is no database any more.
        OSError: It cannot be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    # What it contains is private.
    os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
    try:
        with closing(_connected(path, "rw")) as connection:
            connection.execute("BEGIN IMMEDIATE")
            (version,) = connection.execute("PRAGMA user_version").fetchone()
            for table, columns in TABLES.items():
                names = _names(columns).replace('"id"', '"id" INTEGER PRIMARY KEY')
                connection.execute(f"CREATE TABLE IF NOT EXISTS {table} ({names})")
            if not version:
                connection.execute(f"PRAGMA user_version = {VERSION}")
            for table, rows in tables.items():
                _replace(connection, table, rows)
            connection.execute("COMMIT")
    except sqlite3.OperationalError as error:
        raise _as_os_error(error) from error
    except sqlite3.Error as error:
        raise DamagedError(str(error)) from error


def _replace(connection: sqlite3.Connection, table: str, rows: Iterable[Row]) -> None:
    columns = TABLES[table]
    connection.execute(f"DELETE FROM {table}")
    marks = ", ".join("?" * len(columns))
    connection.executemany(
        f"INSERT INTO {table} ({_names(columns)}) VALUES ({marks})",
        [[row[column] for column in columns] for row in rows],
    )


def _names(columns: Iterable[str]) -> str:
    return ", ".join(f'"{column}"' for column in columns)


def _connected(path: Path, mode: str) -> sqlite3.Connection:
    uri = f"{path.absolute().as_uri()}?mode={mode}"
    connection = sqlite3.connect(uri, uri=True, timeout=_WAIT_S, isolation_level=None)
    # Also synchronises the folder, so that a power cut cannot undo a finished change.
    connection.execute("PRAGMA synchronous = EXTRA")
    # What was removed is overwritten, because users ask to forget it.
    connection.execute("PRAGMA secure_delete = ON")
    return connection


def _as_os_error(error: sqlite3.OperationalError) -> OSError:
    """With the error number that the same failure of a plain file would have."""
    numbers = {
        sqlite3.SQLITE_FULL: errno.ENOSPC,
        sqlite3.SQLITE_READONLY: errno.EROFS,
        sqlite3.SQLITE_BUSY: errno.EBUSY,
    }
    number = numbers.get(getattr(error, "sqlite_errorcode", 0) & 0xFF, errno.EIO)
    return OSError(number, str(error))
