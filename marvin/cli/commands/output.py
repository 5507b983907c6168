"""`print` for commands: texts from devices, files, models and servers are untrusted."""

import builtins
from typing import TextIO

from marvin.boundary.terminal import plain


def print(
    *values: object, end: str = "\n", file: TextIO | None = None, flush: bool = False
) -> None:
    """Like the builtin `print`, but removes control characters."""
    builtins.print(*(plain(str(value)) for value in values), end=end, file=file, flush=flush)
