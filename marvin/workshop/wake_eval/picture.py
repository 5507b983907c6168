"""A plot of misses against false accepts."""

import math
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from marvin.errors import MarvinError
from marvin.workshop.wake_eval.evaluation import FINE_GRID, WANTED_PER_HOUR, Evaluation
from marvin.workshop.wake_eval.rates import OperatingPoint

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_LINE, _BAND, _MARK, _INK = "#1f5fa8", "#c9dcf2", "#c8402c", "#444444"
_NAMED = (0.1, 0.3, 0.5, 0.7, 0.8, 0.9, 0.95, 0.99)
_KINDS = (".png", ".svg", ".pdf")


def check_picture(path: Path) -> None:
    """Raise MarvinError unless the plot can be drawn and written."""
    try:
        import matplotlib  # noqa: F401
    except ImportError as error:
        raise MarvinError(
            "--curve needs matplotlib, which is not installed: pip install 'marvin-voice[wake]'"
        ) from error
    if path.suffix.lower() not in _KINDS:
        raise MarvinError(f"--curve {path}: the file name must end in {', '.join(_KINDS)}")
    try:
        existed = path.exists()
        path.open("ab").close()
        if not existed:
            path.unlink()
    except OSError as error:
        raise MarvinError(f"--curve {path}: cannot be written: {error.strerror}") from error


def draw(evaluation: Evaluation, title: str, path: Path) -> None:
    """Plot misses (y) against false accepts per hour (x).

    Raises:
        MarvinError: The file cannot be written.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    points = evaluation.points(FINE_GRID)
    figure = Figure(figsize=(8, 5.6), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    x_axis = _HourAxis(points, evaluation.negative_s)
    x_axis.apply(axes)
    _band(axes, points, x_axis)
    axes.plot(
        [x_axis.at(p.false_accepts.estimate) for p in points],
        [100 * p.misses.estimate for p in points],
        color=_LINE, linewidth=2, zorder=3, label="measured, labelled by threshold",
    )  # fmt: skip
    _name_thresholds(axes, evaluation.points(_NAMED), x_axis)
    configured = evaluation.configured
    axes.plot(
        [x_axis.at(configured.false_accepts.estimate)], [100 * configured.misses.estimate],
        "o", color=_MARK, markersize=9, zorder=5, clip_on=False,
        label=f"configured threshold {configured.threshold:g}",
    )  # fmt: skip
    axes.axvline(x_axis.at(WANTED_PER_HOUR), color=_INK, linestyle=":", linewidth=1, zorder=2.5,
                 label=f"{WANTED_PER_HOUR:g} false accepts per hour")  # fmt: skip
    axes.set(ylabel="missed, %", ylim=(-3, 106))
    axes.set_xlabel("false accepts per hour")
    axes.set_title(title, loc="left", fontsize=11)
    axes.grid(color="#e4e4e4", linewidth=0.8)
    axes.set_axisbelow(True)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    figure.legend(loc="outside lower left", ncols=2, frameon=False, fontsize=9)
    try:
        figure.savefig(path, dpi=150)
    except OSError as error:
        raise MarvinError(f"--curve {path}: cannot be written: {error.strerror}") from error


class _HourAxis:
    """A logarithmic axis with a position for zero, left of the smallest measurable rate."""

    def __init__(self, points: Sequence[OperatingPoint], seconds: float) -> None:
        least = min(3600 / seconds, WANTED_PER_HOUR)
        most = max(p.false_accepts.high for p in points)
        self._zero = least / 2.5
        self._right = max(most, WANTED_PER_HOUR) * 1.3

    def at(self, per_hour: float) -> float:
        """Position on the axis."""
        return max(per_hour, self._zero)

    def apply(self, axes: "Axes") -> None:
        axes.set_xscale("log")
        axes.set_xlim(self._zero / 1.25, self._right)
        low, high = math.log10(self._zero), math.log10(self._right)
        steps = [
            base * 10.0**power
            for power in range(math.floor(low), math.ceil(high) + 1)
            for base in ((1, 2, 5) if high - low < 3 else (1,))
        ]
        shown = [step for step in steps if self._zero * 1.6 < step < self._right]
        axes.set_xticks([self._zero, *shown], ["0", *(f"{step:g}" for step in shown)])
        axes.tick_params(axis="x", which="minor", bottom=False)


def _band(axes: "Axes", points: Sequence[OperatingPoint], x_axis: _HourAxis) -> None:
    """Fill the confidence boxes of all thresholds and the areas between them."""
    for point, after in pairwise(points):
        left, right, low, high = _box(point, x_axis)
        left_after, right_after, low_after, high_after = _box(after, x_axis)
        # The next box is up and to the left, so this is their hull.
        axes.fill(
            [left, right, right, right_after, left_after, left_after],
            [low, low, high, high_after, high_after, low_after],
            color=_BAND, linewidth=0.5, zorder=2,
            label="95 % intervals" if point is points[0] else None,
        )  # fmt: skip


def _box(point: OperatingPoint, x_axis: _HourAxis) -> tuple[float, float, float, float]:
    rate, misses = point.false_accepts, point.misses
    return x_axis.at(rate.low), x_axis.at(rate.high), 100 * misses.low, 100 * misses.high


def _name_thresholds(axes: "Axes", points: Sequence[OperatingPoint], x_axis: _HourAxis) -> None:
    taken: list[tuple[float, float]] = []
    for point in points:
        spot = (x_axis.at(point.false_accepts.estimate), 100 * point.misses.estimate)
        # Skip overlapping labels.
        if any(abs(spot[1] - y) < 5 and 0.7 < spot[0] / x < 1.4 for x, y in taken):
            continue
        taken.append(spot)
        axes.plot(*spot, ".", color=_LINE, markersize=8, zorder=4, clip_on=False)
        axes.annotate(
            f"{point.threshold:g}", spot, xytext=(5, 5), textcoords="offset points",
            fontsize=9, color=_INK, zorder=6,
        )  # fmt: skip
