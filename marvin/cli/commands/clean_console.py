"""A console for tables, bars and screens."""

from collections.abc import Iterable

from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment

from marvin.boundary.terminal import plain


class CleanConsole(Console):
    """Removes control characters from texts; only rich's own styles and cursor moves remain."""

    def render(
        self, renderable: RenderableType, options: ConsoleOptions | None = None
    ) -> Iterable[Segment]:
        for segment in super().render(renderable, options):
            yield segment if segment.control else segment._replace(text=plain(segment.text))
