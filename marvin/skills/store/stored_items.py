"""What timers and alarms have in common: items with a number, kept in a table of the store."""

import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from typing import Generic, Protocol, TypeVar

from marvin.skills.store.database import Row
from marvin.skills.store.store import Store


class _Item(Protocol):
    @property
    def id(self) -> int: ...


ItemT = TypeVar("ItemT", bound=_Item)


class StoredItems(ABC, Generic[ItemT]):
    """Thread-safe. Every change is on disk before the call returns."""

    def __init__(
        self, store: Store, table: str, most: int, read: Callable[[Row, int], ItemT]
    ) -> None:
        """`read` makes an item of a row and a number; it raises ValueError, OverflowError or
        TypeError if the row is invalid."""
        self.store = store
        self._table = table
        self._most = most
        self._lock = threading.RLock()
        self._callbacks: list[Callable[[], None]] = []
        self._read = read
        self._items: dict[int, ItemT] = {}
        self._next_id = 1
        self.reload()

    def reload(self) -> None:
        """Take the items from the store."""
        with self._lock:
            rows = self.store.rows(self._table)
            self._items.clear()
            for row in rows[: self._most]:
                # Their order gives their age, so the stored numbers are not needed.
                number = len(self._items) + 1
                try:
                    self._items[number] = self._read(row, number)
                except (ValueError, OverflowError, TypeError):
                    continue
            self._next_id = len(self._items) + 1
            if lost := len(rows) - len(self._items):
                self.store.damaged(
                    self._table, f"{lost} of its {len(rows)} {self._table}", self._rows()
                )

    def on_change(self, callback: Callable[[], None]) -> None:
        """`callback` runs after each change, on the thread that made it."""
        self._callbacks.append(callback)

    def forget(self, callback: Callable[[], None]) -> None:
        self._callbacks.remove(callback)

    @property
    def full(self) -> bool:
        return len(self._items) >= self._most

    def cancel(self, items: Iterable[ItemT]) -> None:
        self._update({item.id: None for item in items})

    @abstractmethod
    def _row(self, item: ItemT) -> Row:
        """For the store."""

    def _add(self, make: Callable[[int], ItemT]) -> ItemT:
        """Add what `make` makes of a new number. The caller has checked `full`."""
        with self._lock:
            item = make(self._next_id)
            self._next_id += 1
            self._items[item.id] = item
            self._save()
        self._changed()
        return item

    def _update(self, changes: dict[int, ItemT | None]) -> None:
        """Replace items or remove them (None), unless they are gone already."""
        with self._lock:
            changes = {id_: item for id_, item in changes.items() if id_ in self._items}
            for id_, item in changes.items():
                if item is None:
                    del self._items[id_]
                else:
                    self._items[id_] = item
            if changes:
                self._save()
        if changes:
            self._changed()

    def _changed(self) -> None:
        for callback in tuple(self._callbacks):
            callback()

    def _save(self) -> None:
        """Write all items while the lock is held, so that the latest state wins."""
        self.store.save(self._table, self._rows())

    def _rows(self) -> list[Row]:
        return [self._row(item) for item in self._items.values()]
