"""The user's lists: thread-safe and saved to disk."""

import re
import threading
from collections.abc import Iterable, Sequence

from marvin.languages.translation import spoken
from marvin.skills.lists.items_elsewhere import same_item
from marvin.skills.store.database import Row
from marvin.skills.store.store import Store

MAX_ENTRIES = 500
_LONGEST = 200
_TABLE = "list_entries"
_DETERMINER = re.compile(r"^(?:some|the|my|our|a|an|more|any|\d+) (?=.)")


class Lists:
    """Entries by the name of their list. A list exists while it has entries."""

    def __init__(self, store: Store | None = None) -> None:
        """Without a store, lists are lost on exit."""
        self.store = store or Store()
        self._lock = threading.Lock()
        self._entries: list[tuple[str, str]] = []
        self.reload()

    def reload(self) -> None:
        """Take the entries from the store."""
        rows = self.store.rows(_TABLE)
        with self._lock:
            self._entries = [
                (name[:_LONGEST], entry[:_LONGEST])
                for name, entry in ((row["list"], row["entry"]) for row in rows[:MAX_ENTRIES])
                if isinstance(name, str) and isinstance(entry, str) and name and entry
            ]
        if len(self._entries) < len(rows):
            lost = len(rows) - len(self._entries)
            self.store.damaged(_TABLE, f"{lost} of its {len(rows)} list entries", self._rows())

    def names(self) -> list[str]:
        """The oldest first."""
        self.store.check_readable()
        return list(dict.fromkeys(name for name, _ in self._entries))

    def entries(self, name: str) -> list[str]:
        self.store.check_readable()
        return [entry for one, entry in self._entries if one == name]

    def found(self, name: str, entry: str) -> str | None:
        """The entry that means the same: `eggs` for `an egg`."""
        return next((one for one in self.entries(name) if _key(one) == _key(entry)), None)

    def has_room(self, count: int) -> bool:
        return len(self._entries) + count <= MAX_ENTRIES

    def add(self, name: str, entries: Iterable[str]) -> None:
        """The caller has checked `has_room`."""
        with self._lock:
            self._entries += [(name[:_LONGEST], entry[:_LONGEST]) for entry in entries]
            self._save()

    def remove(self, name: str, entries: Sequence[str]) -> None:
        self._keep([one for one in self._entries if one[0] != name or one[1] not in entries])

    def clear(self, name: str) -> None:
        self._keep([one for one in self._entries if one[0] != name])

    def _keep(self, entries: list[tuple[str, str]]) -> None:
        with self._lock:
            self._entries = entries
            self._save()

    def _save(self) -> None:
        self.store.save(_TABLE, self._rows())

    def _rows(self) -> list[Row]:
        return [
            {"id": at, "list": name, "entry": entry}
            for at, (name, entry) in enumerate(self._entries, start=1)
        ]


def _key(entry: str) -> str:
    """The same for `some eggs`, `two eggs` and `egg`."""
    language = spoken()
    if language is not None:
        return same_item(language, entry)
    while found := _DETERMINER.match(entry):
        entry = entry[found.end() :]
    return re.sub(r"(?<=[^s])(?:es|s)$", "", entry.casefold())
