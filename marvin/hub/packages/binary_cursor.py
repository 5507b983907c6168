"""Reads numbers one after the other, as the headers of model files have them."""

import struct
from typing import Any


class BinaryCursor:
    """A position in little-endian data."""

    def __init__(self, data: memoryview, at: int = 0) -> None:
        self._data = data
        self.at = at

    def scalar(self, code: str) -> Any:
        """A number, by its code in `struct`. Raises struct.error behind the end."""
        (value,) = struct.unpack_from(f"<{code}", self._data, self.at)
        self.at += struct.calcsize(f"<{code}")
        return value

    def take(self, length: int) -> bytes:
        """The next bytes. Raises ValueError if there are not as many."""
        begin = self.at
        self.skip(length)
        return bytes(self._data[begin : self.at])

    def skip(self, length: int) -> None:
        """Raises ValueError if there are not as many bytes."""
        if self.at + length > len(self._data):
            raise ValueError("it ends too early")
        self.at += length
