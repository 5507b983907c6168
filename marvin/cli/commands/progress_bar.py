"""Progress of a training: bars in a terminal, occasional lines elsewhere."""

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from marvin.workshop.wake_train.progress import Progress as Point
from marvin.workshop.wake_train.progress import Report, Stage

_LINES = 20
"""Lines per stage without a terminal."""
_SHORT = (Stage.READ, Stage.REHEARSE, Stage.WRITE)
"""Stages that get one line only."""


@contextmanager
def shown(console: Console) -> Iterator[Report]:
    """Yields a function that displays reports until the end of the block."""
    if not console.is_terminal:
        yield _Lines(console).show
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.completed:.0f} of {task.total:.0f}"),
        TextColumn("{task.fields[left]}"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console, refresh_per_second=4) as bar:
        yield _Bars(console, bar).show


class _Bars:
    """One bar per stage."""

    def __init__(self, console: Console, bar: Progress) -> None:
        self._console, self._bar = console, bar
        self._tasks: dict[Stage, TaskID] = {}

    def show(self, point: Point) -> None:
        if point.news:
            self._console.print(_news(point))
        if point.total == 0:
            return
        if point.stage not in self._tasks:
            self._tasks[point.stage] = self._bar.add_task(
                point.stage.value, total=point.total, left=""
            )
        self._bar.update(
            self._tasks[point.stage],
            completed=point.done,
            left="" if point.left_s is None else left(point.left_s),
        )


class _Lines:
    """About one line per twentieth of a stage."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._last: tuple[Stage, int] | None = None

    def show(self, point: Point) -> None:
        if point.news:
            self._console.print(_news(point))
            return
        if point.stage in _SHORT and point.done:
            return
        part = (point.stage, point.done * _LINES // max(1, point.total))
        if point.total == 0 or part == self._last:
            return
        self._last = part
        text = f"{point.stage.value}: {point.done} of {point.total}"
        if point.stage in _SHORT:
            text = f"{point.stage.value} ..."
        if point.left_s and point.done < point.total:
            text += f", {left(point.left_s)}"
        self._console.print(text)


def _news(point: Point) -> str:
    return f"step {point.done}: {escape(point.news)}"


def left(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s left"
    return f"{seconds / 60:.0f} min left"
