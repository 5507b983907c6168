"""How commands print: names of devices, files and models, and words of others, are not theirs."""

import builtins
from typing import TextIO

from marvin.boundary.terminal import plain


def print(
    *values: object, end: str = "\n", file: TextIO | None = None, flush: bool = False
) -> None:
    """Like the builtin one, which it replaces in every command; nothing steers the terminal."""
    builtins.print(*(plain(str(value)) for value in values), end=end, file=file, flush=flush)
