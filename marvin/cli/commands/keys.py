"""Reads single key presses while a command runs."""

import asyncio
import contextlib
import os
import sys
from collections.abc import Callable, Iterator


@contextlib.contextmanager
def on_key(pressed: Callable[[], None]) -> Iterator[bool]:
    """Call `pressed` on any input, without echo; yields False if standard input is no terminal.

    Needs the running event loop. Ctrl-C keeps its meaning.
    """
    try:
        import termios  # noqa: PLC0415 - not on Windows

        fd = sys.stdin.fileno()
        if not os.isatty(fd):
            raise OSError("not a terminal")
        before = termios.tcgetattr(fd)
    except (ImportError, AttributeError, OSError, ValueError):
        yield False
        return
    loop = asyncio.get_running_loop()

    def typed() -> None:
        if os.read(fd, 1024):
            pressed()
        else:
            loop.remove_reader(fd)

    quiet = list(before)
    quiet[3] &= ~(termios.ECHO | termios.ICANON)
    termios.tcsetattr(fd, termios.TCSADRAIN, quiet)
    loop.add_reader(fd, typed)
    try:
        yield True
    finally:
        loop.remove_reader(fd)
        termios.tcsetattr(fd, termios.TCSADRAIN, before)
