"""Full pipes, and pipes whose reader disappears."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TextIO


class Pipe:
    """Both ends in one process."""

    def __init__(self, *, full: bool = False, encoding: str = "utf-8") -> None:
        self._reading, writing = os.pipe()
        self._filled = 0
        if full:
            os.set_blocking(writing, False)
            with suppress(BlockingIOError):
                while True:
                    self._filled += os.write(writing, b"." * 4096)
            os.set_blocking(writing, True)
        self.stream: TextIO = open(writing, "w", encoding=encoding)  # noqa: SIM115 - see close

    def drain(self) -> None:
        """Read what it was filled with, and no more."""
        while self._filled:
            self._filled -= len(os.read(self._reading, self._filled))

    def lines(self) -> list[str]:
        """All lines to the end, when the writing side is closed."""
        self.stream.close()
        with open(self._reading, "rb", closefd=False) as file:
            return file.read().decode(self.stream.encoding).splitlines()

    def go(self) -> None:
        """Close the reading end."""
        os.close(self._reading)
        self._reading = -1

    def close(self) -> None:
        self.stream.close()
        if self._reading >= 0:
            os.close(self._reading)


@contextmanager
def pipe(*, full: bool = False, encoding: str = "utf-8") -> Iterator[Pipe]:
    made = Pipe(full=full, encoding=encoding)
    try:
        yield made
    finally:
        made.close()
