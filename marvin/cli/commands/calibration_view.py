"""The display of a running calibration: in a terminal, in a pipe, or as JSON."""

import sys
import time
from typing import Protocol

from rich.console import Console, Group
from rich.live import Live
from rich.text import Text

from marvin.boundary.terminal import to_json
from marvin.cli.commands.clean_console import CleanConsole
from marvin.cli.commands.microphone import AudioOrigin
from marvin.cli.commands.output import print
from marvin.cli.commands.screen import bar, bar_width, clock, counted, dbfs, level_bar
from marvin.config.wake import AstConfig
from marvin.workshop.test_mic.calibration import Calibration
from marvin.workshop.test_mic.monitor import Monitor
from marvin.workshop.test_mic.observing import Observation
from marvin.workshop.test_mic.wake_candidates import LEAST_SCORE, SpokenWakeWord

_EVERY_S = 0.1
_LINE_EVERY_S = 10.0


class View(Protocol):
    def ask(self, number: int, words: int) -> None:
        """Ask for the next word."""

    def word(self, number: int, word: SpokenWakeWord, *, can_take_back: bool) -> None:
        """A word was heard or missed."""

    def taken_back(self) -> None:
        """The last miss was withdrawn."""

    def waiting(self, observation: Observation, monitor: Monitor) -> None:
        """A chunk was heard while waiting for a word."""

    def begin_room(self, room_s: float | None) -> None:
        """The room recording begins; `room_s` is its length, if known."""

    def room(
        self,
        observation: Observation,
        monitor: Monitor,
        calibration: Calibration,
        room_s: float | None,
    ) -> None: ...

    def end(self) -> None: ...


def view(audio: AudioOrigin, config: AstConfig, *, as_json: bool) -> View:
    """The view for this output."""
    if as_json:
        return _Json(audio, config)
    return _Terminal(audio, config) if sys.stdout.isatty() else _Lines(audio, config)


def _quiet(word: SpokenWakeWord) -> bool:
    return word.score < LEAST_SCORE


class _Lines:
    """Text lines; one every ten seconds for the room."""

    def __init__(self, audio: AudioOrigin, config: AstConfig) -> None:
        self._audio = audio
        self._config = config
        self._began = False
        self._line_at_s = _LINE_EVERY_S

    def ask(self, number: int, words: int) -> None:
        self._begin()
        if number == 1:
            self._print(
                f"First say the wake word {counted(words, 'time', 'times')}, each when asked, "
                "as you would every day: close by, from the sofa, quietly."
            )
        self._print(f'{number:2d} of {words}  say "{self._config.label}" now', "bold")

    def word(self, number: int, word: SpokenWakeWord, *, can_take_back: bool) -> None:
        self._begin()
        line = f"{number:2d}  " + (
            f"not heard (score {word.score:.2f}): a miss" if _quiet(word) else f"{word.score:.2f}"
        )
        if _quiet(word) and can_take_back:
            line += "; press any key if you did not say it"
        self._print(line)

    def taken_back(self) -> None:
        self._print("    not counted: say it again")

    def waiting(self, observation: Observation, monitor: Monitor) -> None:
        pass

    def begin_room(self, room_s: float | None) -> None:
        self._print(
            "\nNow the room."
            if room_s is None
            else f"\nNow {clock(room_s)} of the room as usual: talk, television, dishes, "
            "but not the wake word. Ctrl-C stops."
        )

    def room(
        self,
        observation: Observation,
        monitor: Monitor,
        calibration: Calibration,
        room_s: float | None,
    ) -> None:
        if calibration.room_s >= self._line_at_s:
            self._line_at_s += _LINE_EVERY_S
            self._print(_progress(calibration, room_s))

    def end(self) -> None:
        pass

    def _begin(self) -> None:
        if not self._began:
            self._began = True
            self._print(f"{self._audio.name}, {self._audio.rate}")

    def _print(self, line: str, style: str = "") -> None:
        print(line, flush=True)


def _progress(calibration: Calibration, room_s: float | None) -> str:
    of = "" if room_s is None else f" of {clock(room_s)}"
    return (
        f"{clock(calibration.room_s)}{of}, best score {calibration.best_of_room:.2f}, "
        f"{calibration.wakes()} over {calibration.config.threshold:.2f}"
    )


class _Terminal(_Lines):
    """Adds a level meter and the progress at the bottom."""

    def __init__(
        self, audio: AudioOrigin, config: AstConfig, console: Console | None = None
    ) -> None:
        super().__init__(audio, config)
        self._console = console or CleanConsole(highlight=False)
        self._live = Live(console=self._console, auto_refresh=False, transient=True)
        self._drawn_at = float("-inf")

    def waiting(self, observation: Observation, monitor: Monitor) -> None:
        self._draw(observation, monitor, Text())

    def room(
        self,
        observation: Observation,
        monitor: Monitor,
        calibration: Calibration,
        room_s: float | None,
    ) -> None:
        if self._due():
            done = 1.0 if room_s is None else calibration.room_s / room_s
            line = Text("room     ", "bright_black", no_wrap=True, overflow="ellipsis")
            line.append_text(bar(done, max(4, bar_width(self._console) // 2 - 5), "cyan"))
            line.append(f" {_progress(calibration, room_s)}", "default")
            self._draw(observation, monitor, line)

    def end(self) -> None:
        self._live.stop()

    def _due(self) -> bool:
        return time.monotonic() - self._drawn_at >= _EVERY_S

    def _draw(self, observation: Observation, monitor: Monitor, line: Text) -> None:
        if not self._due():
            return
        self._drawn_at = time.monotonic()
        if not self._live.is_started:
            self._live.start()
        floor = observation.heard.floor_dbfs
        level = Text("level    ", "bright_black", no_wrap=True, overflow="ellipsis")
        level.append_text(level_bar(monitor, floor, bar_width(self._console)))
        level.append(f" {dbfs(monitor.meter.level_dbfs)} dBFS", "default")
        self._live.update(Group(level, line), refresh=True)

    def _print(self, line: str, style: str = "") -> None:
        self._console.print(line, style=style, markup=False)


class _Json(_Lines):
    """JSON lines; one object per second for the room."""

    def ask(self, number: int, words: int) -> None:
        self._begin()
        self._object("ask", number=number, words=words)

    def word(self, number: int, word: SpokenWakeWord, *, can_take_back: bool) -> None:
        self._begin()
        self._object("word", number=number, score=round(word.score, 3), missed=_quiet(word))

    def begin_room(self, room_s: float | None) -> None:
        self._line_at_s = 1.0
        self._object("room", seconds=room_s)

    def room(
        self,
        observation: Observation,
        monitor: Monitor,
        calibration: Calibration,
        room_s: float | None,
    ) -> None:
        if calibration.room_s >= self._line_at_s - 1e-6:
            self._line_at_s += 1.0
            self._object(
                "second",
                at_s=round(calibration.room_s, 2),
                level_dbfs=round(observation.heard.level_dbfs, 1),
                best=round(calibration.best_of_room, 3),
                false_accepts=calibration.wakes(),
            )

    def _begin(self) -> None:
        if not self._began:
            self._began = True
            self._object("source", name=self._audio.name, rate_hz=self._audio.rate_hz)

    def _object(self, event: str, **fields: object) -> None:
        print(to_json({"event": event, **fields}), flush=True)
