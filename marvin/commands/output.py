"""How commands print: names of devices, files and models, and words of others, are not theirs."""

import builtins
from collections.abc import Iterable
from typing import TextIO

from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment

from marvin.terminal import plain


class CleanConsole(Console):
    """A console whose text steers no terminal; only its own styles and cursor moves do."""

    def render(
        self, renderable: RenderableType, options: ConsoleOptions | None = None
    ) -> Iterable[Segment]:
        for segment in super().render(renderable, options):
            yield segment if segment.control else segment._replace(text=plain(segment.text))


def print(
    *values: object, end: str = "\n", file: TextIO | None = None, flush: bool = False
) -> None:
    """Like the builtin one, which it replaces in every command; nothing steers the terminal."""
    builtins.print(*(plain(str(value)) for value in values), end=end, file=file, flush=flush)
