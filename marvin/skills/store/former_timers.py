"""Takes over timers.json, in which timers were kept before there was a database."""

import contextlib
import logging
from pathlib import Path

from marvin.boundary.files import read_json
from marvin.skills.store.database import TABLES, Row

_LOGGER = logging.getLogger(__name__)

NAME = "timers.json"


def former_timers(folder: Path) -> list[Row]:
    """The unchecked timers; none if the file is missing or damaged."""
    try:
        entries = read_json(folder / NAME)
    except FileNotFoundError:
        return []
    except (OSError, ValueError) as error:
        _LOGGER.warning("%s is damaged (%s): its timers are lost", folder / NAME, error)
        return []
    columns = TABLES["timers"]
    return [
        {column: entry.get(column) for column in columns} | {"id": at}
        for at, entry in enumerate(entries if isinstance(entries, list) else (), start=1)
        if isinstance(entry, dict)
    ]


def put_away(folder: Path) -> None:
    """Keep the file under another name once its timers are in the database."""
    with contextlib.suppress(OSError):
        (folder / NAME).rename(folder / f"{NAME}.imported")
