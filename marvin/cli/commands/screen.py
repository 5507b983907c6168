"""The live view of `test-mic`: meters in a terminal."""

import time

from rich.console import Console, Group
from rich.live import Live
from rich.text import Text

from marvin.cli.commands.clean_console import CleanConsole
from marvin.cli.commands.microphone import CLIPPING_ADVICE, AudioOrigin, dead_advice
from marvin.config.wake import AstConfig
from marvin.pcm import SILENCE_DBFS
from marvin.types import RATE_HZ
from marvin.workshop.test_mic.monitor import Monitor
from marvin.workshop.test_mic.observing import Observation
from marvin.workshop.test_mic.watching import Kind, Noticed

QUIETEST_DBFS = -70.0
"""Left end of the level meter, in dBFS."""
_EVERY_S = 0.1
_SHOWN_S = 3.0
"""How long the result of a second look is shown."""
_LABEL = 8
_RIGHT = 29
_WIDEST = 46
_LIMIT = "bold default"


def clock(seconds: float) -> str:
    """`1:05`."""
    whole = int(seconds + 0.001)
    return f"{whole // 60}:{whole % 60:02d}"


def bar(share: float, width: int, style: str, marks: dict[float, str] | None = None) -> Text:
    """A bar filled to `share` in [0, 1]; `marks` maps positions in [0, 1] to styles."""
    filled = round(max(0.0, min(1.0, share)) * width)
    text = Text("━" * filled, style)
    text.append("─" * (width - filled), "bright_black")
    cells = list(text.divide(range(1, width))) if width > 1 else [text]
    for at, mark_style in (marks or {}).items():
        cells[max(0, min(width - 1, round(at * width)))] = Text("┃", mark_style)
    return Text("").join(cells)


def level_bar(monitor: Monitor, floor_dbfs: float, width: int) -> Text:
    """A bar of the level, with marks for its peak and the noise floor."""
    meter = monitor.meter
    style = "red" if meter.peak_dbfs > -1 else "yellow" if meter.peak_dbfs > -6 else "green"
    marks = {_place(floor_dbfs): "blue", _place(meter.peak_dbfs): f"bold {style}"}
    return bar(_place(meter.level_dbfs), width, style, marks)


def bar_width(console: Console) -> int:
    """The width beside the numbers."""
    return max(8, min(_WIDEST, console.width - _LABEL - _RIGHT - 1))


def dbfs(level: float) -> str:
    """Four characters wide."""
    return "  -∞" if level <= SILENCE_DBFS + 1 else f"{level:4.0f}"


class Screen:
    """Nine lines, redrawn ten times a second."""

    def __init__(
        self, config: AstConfig, origin: AudioOrigin, console: Console | None = None
    ) -> None:
        self._config = config
        self._origin = origin
        self._console = console or CleanConsole(highlight=False)
        self._live = Live(console=self._console, auto_refresh=False, redirect_stderr=True)
        self._drawn_at = float("-inf")
        self._latest: tuple[Observation, Monitor] | None = None

    def begin(self) -> None:
        self._console.print(f'Say "{self._config.label}". Ctrl-C ends.\n')
        self._live.start()

    def show(self, observation: Observation, monitor: Monitor, noticed: list[Noticed]) -> None:
        """Redraw, at most ten times a second."""
        self._latest = (observation, monitor)
        now = time.monotonic()
        if now - self._drawn_at >= _EVERY_S or noticed:
            self._drawn_at = now
            self._live.update(self._view(observation, monitor), refresh=True)

    def end(self) -> None:
        if self._latest is not None:
            self._live.update(self._view(*self._latest))
        self._live.stop()

    def _view(self, observation: Observation, monitor: Monitor) -> Group:
        width = bar_width(self._console)
        floor = observation.heard.floor_dbfs
        meter = monitor.meter
        rows = [
            self._row("mic", self._origin.name),
            self._row("", f"{self._origin.rate}, {clock(monitor.elapsed_s)}, {_lost(monitor)}"),
            self._row(
                "level",
                level_bar(monitor, floor, width),
                f"{dbfs(meter.level_dbfs)} dBFS peak{dbfs(meter.peak_dbfs)} floor{dbfs(floor)}",
            ),
            self._row("voice", _voice(observation)),
            *self._scores(observation, monitor, width),
            self._row("heard", _counts(monitor)),
            self._row("", _last(monitor)),
            # Last, so that nothing moves when it wraps.
            Text(_warning(monitor), "bold yellow"),
        ]
        return Group(*rows)

    def _scores(self, observation: Observation, monitor: Monitor, width: int) -> list[Text]:
        config = self._config
        limit = config.candidate if config.verify else config.threshold
        score = observation.score
        style = "bold green" if score >= limit else "cyan"
        name = "candidate" if config.verify else "threshold"
        rows = [
            self._row(
                "wake",
                bar(score, width, style, {limit: _LIMIT}),
                f"{score:4.2f}  {name} {limit:4.2f}",
            )
        ]
        if not config.verify:
            return rows
        look = monitor.second_look
        shown = look if look and monitor.elapsed_s - look.at / RATE_HZ < _SHOWN_S else None
        second = 0.0 if shown is None else shown.score
        style = "bold green" if second >= config.threshold else "yellow"
        number = "   -" if shown is None else f"{second:4.2f}"
        marks = {config.threshold: _LIMIT}
        rows.append(
            self._row(
                "2nd look",
                bar(second, width, style, marks),
                f"{number}  threshold {config.threshold:4.2f}",
            )
        )
        return rows

    def _row(self, label: str, value: Text | str, after: str = "") -> Text:
        row = Text(f"{label:<{_LABEL}} ", "bright_black", no_wrap=True, overflow="ellipsis")
        row.append_text(value if isinstance(value, Text) else Text(value, "default"))
        return row.append(f" {after}" if after else "", "default")


def _place(level_dbfs: float) -> float:
    return 1.0 - level_dbfs / QUIETEST_DBFS


def _voice(observation: Observation) -> Text:
    if observation.heard.probability > 0.5:
        return Text("● speech", "bold green")
    return Text("· quiet", "bright_black")


def _lost(monitor: Monitor) -> str:
    return f"{monitor.lost_s:.1f} s of audio lost" if monitor.lost_s else "no audio lost"


def counted(count: int, one: str, many: str) -> str:
    """`1 detection`, `2 detections`."""
    return f"{count} {one if count == 1 else many}"


def _counts(monitor: Monitor) -> str:
    watch = monitor.watch
    near = counted(watch.near_misses, "near-miss", "near-misses")
    return f"{counted(watch.detections, 'detection', 'detections')}, {near}"


WHAT = {
    Kind.DETECTION: "heard, score {0:.2f}",
    Kind.REJECTED: "near-miss: the second look gave {0:.2f}",
    Kind.ALMOST: "near-miss: the score rose to {0:.2f}",
}


def _last(monitor: Monitor) -> str:
    last = monitor.last
    if last is None:
        return ""
    return f"{clock(last.at / RATE_HZ)} {WHAT[last.kind].format(last.score)}"


def _warning(monitor: Monitor) -> str:
    if monitor.meter.dead:
        return dead_advice(zeros=monitor.meter.zeros)
    if monitor.meter.clipping:
        return CLIPPING_ADVICE
    return ""
