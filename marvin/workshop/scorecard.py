"""What an evaluation found, in one form for all of them: a table, or JSON."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from typing import Any

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from marvin.workshop.wake_eval.rates import Interval

_LISTED = 20
"""Listed mistakes; JSON has all."""


@dataclass(frozen=True, slots=True)
class Score:
    """One measure of one group of examples."""

    group: str
    measure: str
    value: Interval
    """As a share of 1, with its 95 % interval."""
    of: int
    """Number of examples."""


@dataclass(frozen=True, slots=True)
class Mistake:
    """An example whose answer was wrong."""

    name: str
    expected: str
    given: str


@dataclass(frozen=True, slots=True)
class Scorecard:
    kind: str
    """What was evaluated: `qa`."""
    model: str
    data: str
    scores: tuple[Score, ...]
    mistakes: tuple[Mistake, ...] = ()
    skipped: tuple[str, ...] = ()
    """Why examples were left out."""
    audio_s: float = 0.0
    """Length of the recordings."""
    seconds: float = 0.0
    """That the model took for them."""


def as_json(card: Scorecard) -> dict[str, Any]:
    return asdict(card)


def as_text(card: Scorecard) -> Iterator[RenderableType]:
    """The parts of the report, in 80 columns. A Text contains names and must not be wrapped."""
    yield Text(f"{card.model} on {card.data}")
    yield ""
    yield _table(card)
    if card.seconds:
        speed = f"{card.audio_s / card.seconds:.2f} s of audio per second"
        yield f"\n{card.audio_s:.0f} s of audio took {card.seconds:.0f} s: {speed}."
    if card.skipped:
        yield f"[yellow]{len(card.skipped)} left out, which no figure counts.[/]"
    if card.mistakes:
        yield "\nMistakes:"
        yield from _mistakes(card)


def _table(card: Scorecard) -> Table:
    """One line for each group, and columns for each measure."""
    measures = _distinct(score.measure for score in card.scores)
    table = Table(box=None, padding=(0, 1), pad_edge=False)
    for name, justify in (("", "left"), ("examples", "right")):
        table.add_column(name, justify=justify)  # type: ignore[arg-type]
    for measure in measures:
        table.add_column(f"{measure}\n%", justify="right")
        table.add_column("\n95 % interval", justify="right")
    for group in _distinct(score.group for score in card.scores):
        found = {score.measure: score for score in card.scores if score.group == group}
        cells: list[str | Text] = [Text(group), str(max(score.of for score in found.values()))]
        for measure in measures:
            cells += _cells(found.get(measure))
        table.add_row(*cells)
    return table


def _cells(score: Score | None) -> tuple[str, str]:
    if score is None or not score.of:
        return "-", "-"
    low, high = 100 * score.value.low, 100 * score.value.high
    return f"{100 * score.value.estimate:.1f}", f"{low:.1f} - {high:.1f}"


def _mistakes(card: Scorecard) -> Iterator[RenderableType]:
    for one in card.mistakes[:_LISTED]:
        yield Text(f"  {one.name}: {_short(one.given)!r}, not {_short(one.expected)!r}")
    if len(card.mistakes) > _LISTED:
        yield f"  and {len(card.mistakes) - _LISTED} more; --json lists all"


def _short(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:57]}..."


def _distinct(names: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(names))
