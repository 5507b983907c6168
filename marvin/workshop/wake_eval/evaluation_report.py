"""An evaluation as text, in 80 columns."""

import math
from collections.abc import Iterator, Sized

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from marvin.workshop.wake_eval.evaluation import (
    FEW_NEGATIVES_S,
    FEW_POSITIVES,
    WANTED_PER_HOUR,
    Evaluation,
    HarderTakes,
    misses,
    quantile,
)
from marvin.workshop.wake_eval.rates import Interval, OperatingPoint
from marvin.workshop.wake_eval.speech import ACTIVE_DB

_THRESHOLDS = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.97, 0.99)
_LISTED = 20
"""Listed files per category; --json lists all."""


def report(evaluation: Evaluation) -> Iterator[RenderableType]:
    """The parts of the report. A Text contains file names and must not be wrapped."""
    yield Text(title(evaluation))
    yield ""
    yield _trade_off(evaluation)
    yield from _quiet_enough(evaluation)
    if evaluation.harder:
        yield ""
        yield _harder(evaluation)
    if evaluation.rooms:
        yield f"Rooms: {evaluation.rooms}."
    yield ""
    yield from _delay(evaluation)
    yield (
        f"Cost: {evaluation.cpu_share:.3f} s of CPU time per second of audio "
        f"({evaluation.real_time_factor:.3f} of real time); "
        f"model {evaluation.model_bytes / 1e6:.1f} MB on disk."
    )
    yield from _files(evaluation)
    yield from _caveats(evaluation)


def title(evaluation: Evaluation) -> str:
    wake = evaluation.config
    look = "with" if wake.verify else "without"
    counts = []
    if evaluation.positives:
        counts.append(f"{_count(evaluation.positives, 'recording')} of the word")
    if evaluation.negatives:
        length = _length(evaluation.negative_s)
        counts.append(f"{_count(evaluation.negatives, 'recording')} without it ({length})")
    return f"{wake.model}, label {wake.label}, {look} the second look\n{', '.join(counts)}"


def _trade_off(evaluation: Evaluation) -> Table:
    table = Table(box=None, padding=(0, 1), pad_edge=False)
    table.add_column("threshold")
    if evaluation.positives:
        for name in ("missed", "%", "95 % interval"):
            table.add_column(name, justify="right")
    if evaluation.negatives:
        for name in ("false\naccepts", "per hour", "95 % interval"):
            table.add_column(name, justify="right")
    configured = evaluation.config.threshold
    for point in evaluation.points(sorted({*_THRESHOLDS, configured})):
        ours = point.threshold == configured
        table.add_row(*_row(evaluation, point, ours), style="bold" if ours else None)
    return table


def _row(evaluation: Evaluation, point: OperatingPoint, ours: bool) -> Iterator[str]:
    yield f"{point.threshold:.2f}{' <- set' if ours else ''}"
    if evaluation.positives:
        yield f"{point.missed} of {point.positives}"
        yield from _percent(point.misses)
    if evaluation.negatives:
        rate = point.false_accepts
        yield str(point.accepted)
        yield f"{rate.estimate:.2f}"
        yield f"{rate.low:.2f} - {rate.high:.2f}"


def _percent(interval: Interval) -> tuple[str, str]:
    return (
        f"{100 * interval.estimate:.1f}",
        f"{100 * interval.low:.1f} - {100 * interval.high:.1f}",
    )


def _quiet_enough(evaluation: Evaluation) -> Iterator[str]:
    if not evaluation.negatives:
        return
    yield ""
    point = evaluation.quiet_enough
    if point is None:
        yield f"No threshold reaches {WANTED_PER_HOUR:g} false accepts per hour."
        return
    misses = ""
    if evaluation.positives:
        misses = f", where {point.missed} of {point.positives} are missed"
    yield (
        f"At most {WANTED_PER_HOUR:g} false accepts per hour: "
        f"from threshold [bold]{point.threshold:.2f}[/]{misses}."
    )


def _harder(evaluation: Evaluation) -> Table:
    """Misses clean, in noise and in rooms, at equal thresholds."""
    quiet = evaluation.quiet_enough
    thresholds = [evaluation.config.threshold, *([] if quiet is None else [quiet.threshold])]
    table = Table(box=None, padding=(0, 1), pad_edge=False)
    table.add_column("recordings")
    for threshold, note in zip(thresholds, ("", f" ({WANTED_PER_HOUR:g}/h)"), strict=False):
        table.add_column(f"missed at\n{threshold:.2f}{note}", justify="right")
        table.add_column("%\n95 % interval", justify="right")
    for name, takes in (
        ("clean", evaluation.positives),
        *((_conditions(one), one.takes) for one in evaluation.harder),
    ):
        cells = []
        for found in (misses(takes.values(), threshold) for threshold in thresholds):
            estimate, interval = _percent(found.share)
            cells += [f"{found.missed} of {found.of}", f"{estimate} ({interval})"]
        table.add_row(name, *cells)
    return table


def _conditions(harder: HarderTakes) -> str:
    place = "in rooms" if harder.in_rooms else "in noise"
    return place if harder.snr_db is None else f"{place}, {harder.snr_db:g} dB"


def _delay(evaluation: Evaluation) -> Iterator[str]:
    delays = evaluation.delays_s
    if not delays:
        return
    yield (
        f"Delay: median {1000 * quantile(delays, 0.5):.0f} ms, "
        f"90 % within {1000 * quantile(delays, 0.9):.0f} ms, over {_count(delays, 'detection')}. "
        "Measured from the estimated end of the word: "
        f"the last frame within {ACTIVE_DB:g} dB of the loudest."
    )


def _files(evaluation: Evaluation) -> Iterator[RenderableType]:
    threshold = evaluation.config.threshold
    missed = [(score, str(path)) for path, score in evaluation.missed.items()]
    wrong = [
        (one.score, f"at {one.time_s:.1f} s  {path}")
        for path, candidates in evaluation.wrongly_heard.items()
        for one in candidates
    ]
    for title, lines in (
        ("Missed", sorted(missed, reverse=True)),
        ("False accepts", sorted(wrong, reverse=True)),
    ):
        if not lines:
            continue
        yield ""
        yield f"{title} at {threshold:.2f}, best score first:"
        for score, text in lines[:_LISTED]:
            # A path may contain brackets that look like markup.
            yield Text(f"  {score:.2f}  {text}")
        if len(lines) > _LISTED:
            yield f"  and {len(lines) - _LISTED} more; --json lists all"


def _caveats(evaluation: Evaluation) -> Iterator[str]:
    """Caveats about the figures."""
    point = evaluation.configured
    lines = []
    if 0 < point.positives < FEW_POSITIVES:
        lines.append(
            f"{_count(evaluation.positives, 'recording')} of the word prove"
            f"{'s' if point.positives == 1 else ''} little: at {point.threshold:.2f} "
            f"the true miss rate may be up to {100 * point.misses.high:.0f} %."
        )
    if 0 < evaluation.negative_s < FEW_NEGATIVES_S:
        lines.append(
            f"{_length(evaluation.negative_s)} without the word prove little: at "
            f"{point.threshold:.2f} there may be up to {point.false_accepts.high:.1f} "
            "false accepts per hour."
        )
    quiet = evaluation.quiet_enough
    if quiet is not None and quiet.false_accepts.high > WANTED_PER_HOUR:
        # Byar's upper limit for zero events is 3.7.
        hours = math.ceil(3.7 / WANTED_PER_HOUR)
        lines.append(
            f"{WANTED_PER_HOUR:g} per hour is not proven: that takes {hours} h "
            f"without a false accept; at {quiet.threshold:.2f} there may be up to "
            f"{quiet.false_accepts.high:.1f}."
        )
    if evaluation.skipped:
        lines.append(f"{_count(evaluation.skipped, 'recording')} could not be used; see above.")
    if lines:
        yield ""
        yield from (f"[yellow]{line}[/]" for line in lines)


def _count(things: Sized, name: str) -> str:
    return f"{len(things)} {name}{'' if len(things) == 1 else 's'}"


def _length(seconds: float) -> str:
    return f"{seconds / 60:.1f} min" if seconds < 3600 else f"{seconds / 3600:.1f} h"
