"""Progress of files that are fetched or read: a bar a file in a terminal, nothing elsewhere."""

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
"""Bytes; a smaller file is done before its bar could be read."""


class TransferBars:
    """Makes a bar for each file, with its speed and the time that is left."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress

    def bar_for(self, file: str) -> Report:
        """The bar of one file; it is told bytes so far, and bytes in all."""
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
    """Bars until the end of the block; what is printed meanwhile stands above them."""
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
