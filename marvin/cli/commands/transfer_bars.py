"""Progress bars of file transfers, in terminals only."""

from collections.abc import Iterator
from contextlib import contextmanager

from rich.markup import escape
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)

from marvin.cli.commands.clean_console import CleanConsole
from marvin.hub.fetching import Report

_LARGE = 1_000_000
"""In bytes; smaller files finish too quickly to need a bar."""


class TransferBars:
    """One bar per file, with speed and remaining time."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress

    def bar_for(self, file: str) -> Report:
        """A bar for one file; call it with the bytes so far and in total."""
        task: TaskID | None = None

        def report(done: int, total: int) -> None:
            nonlocal task
            if total < _LARGE:
                return
            if task is None:
                task = self._progress.add_task(escape(file), total=total)
            self._progress.update(task, completed=done, total=total)

        return report


@contextmanager
def transfer_bars() -> Iterator[TransferBars]:
    """Bars until the end of the block; other output appears above them."""
    console = CleanConsole(stderr=True, highlight=False)
    progress = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(compact=True),
        console=console,
        disable=not console.is_terminal,
    )
    with progress:
        yield TransferBars(progress)
