"""A console for what is drawn: tables, bars, screens."""

from collections.abc import Iterable

from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment

from marvin.boundary.terminal import plain


class CleanConsole(Console):
    """A console whose text steers no terminal; only its own styles and cursor moves do."""

    def render(
        self, renderable: RenderableType, options: ConsoleOptions | None = None
    ) -> Iterable[Segment]:
        for segment in super().render(renderable, options):
            yield segment if segment.control else segment._replace(text=plain(segment.text))
