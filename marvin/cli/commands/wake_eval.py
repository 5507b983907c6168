"""`marvin wake eval`."""

import argparse
import tomllib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from pydantic import ValidationError
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn
from rich.text import Text

from marvin.boundary.terminal import to_json
from marvin.cli.commands.clean_console import CleanConsole
from marvin.cli.commands.common_options import load
from marvin.cli.commands.output import print
from marvin.cli.commands.recording_folders import (
    blocks,
    excerpt,
    find_recordings,
    refuse_both,
    whole,
)
from marvin.config.problems import problems
from marvin.config.tables import Config
from marvin.config.wake import AstConfig
from marvin.conversation.ear import Ear, load_ear
from marvin.engines.registry import describe_wake_model
from marvin.errors import AudioFileError, ConfigError, MarvinError
from marvin.pcm import level_dbfs
from marvin.types import RATE_HZ, Samples
from marvin.workshop.wake_eval.evaluation import Evaluation, HarderTakes, as_json
from marvin.workshop.wake_eval.evaluation_report import report, title
from marvin.workshop.wake_eval.picture import check_picture, draw
from marvin.workshop.wake_eval.rates import GRID
from marvin.workshop.wake_eval.rooms import (
    clarity_db,
    measured_room,
    simulated_rooms,
)
from marvin.workshop.wake_eval.speech import in_noise, word_end
from marvin.workshop.wake_eval.stream import Take, every_candidate, stream_recording
from marvin.workshop.wake_train.room_acoustics import in_room

_LONGEST_WORD_S = 60.0
"""Longest recording of one wake word, in seconds."""

_SEED = 1
_IN_NOISE_S = 1.0
"""Noise before and after each word, in seconds."""
_WHITE_LEVEL = 0.01
_SILENT_DBFS = -80.0
_DRAWS = 50
"""Positions tried in a noise recording before it counts as silent."""
_OTHER = "other"


def evaluate(arguments: argparse.Namespace) -> int:
    _check(arguments)
    loaded = load(arguments)
    positives = find_recordings(arguments.positives, "--positives")
    negatives = find_recordings(arguments.negatives, "--negatives")
    noise = find_recordings(arguments.noise, "--noise")
    room_files = find_recordings(arguments.rooms or [], "--rooms")
    refuse_both(positives, negatives)
    if arguments.curve is not None:
        check_picture(arguments.curve)
    config, model_bytes = _wake_config(loaded.config, arguments)
    ear = load_ear(loaded.config.model_copy(update={"wake": every_candidate(config)}))
    evaluation = Evaluation(config, model_bytes)
    with _progress() as progress:
        run = _Run(ear, evaluation, progress)
        run.hear_positives(positives)
        for snr_db in arguments.snr:
            run.hear_harder(noise, snr_db)
        if arguments.rooms is not None:
            rooms = run.rooms(room_files)
            for snr_db in (None, *arguments.snr):
                run.hear_harder(noise, snr_db, rooms)
        run.hear_negatives(negatives)
    # Print the figures first: a full disk must not lose them.
    console = CleanConsole(highlight=False)
    if arguments.json:
        print(to_json(as_json(evaluation)))
    else:
        for part in report(evaluation):
            console.print(part, soft_wrap=isinstance(part, Text))
    if arguments.curve is not None:
        draw(evaluation, title(evaluation), arguments.curve)
        if not arguments.json:
            console.print(
                f"\nThe curve was written to {arguments.curve}.", markup=False, soft_wrap=True
            )
    return 0


def _check(arguments: argparse.Namespace) -> None:
    """Reject wrong combinations of options before loading anything."""
    if not arguments.positives and not arguments.negatives:
        raise MarvinError(
            "no recordings: give recordings of the wake word (--positives DIR), "
            "recordings without it (--negatives DIR), or better both"
        )
    if arguments.snr and not arguments.positives:
        raise MarvinError("--snr mixes noise into the positives: also give --positives")
    if arguments.rooms is not None and not arguments.positives:
        raise MarvinError("--rooms plays the positives in rooms: also give --positives")
    if arguments.noise and not arguments.snr:
        raise MarvinError("--noise needs signal-to-noise ratios: add --snr 10 5")
    if wrong := [snr for snr in arguments.snr if not -30.0 <= snr <= 60.0]:
        raise MarvinError(f"--snr {wrong[0]:g}: must be from -30 to 60 dB")
    if arguments.curve is not None and not (arguments.positives and arguments.negatives):
        raise MarvinError("--curve needs both --positives and --negatives")


def _wake_config(config: Config, arguments: argparse.Namespace) -> tuple[AstConfig, int]:
    """[wake] with the command line's overrides, and the size of its model in bytes."""
    values: dict[str, object] = {}
    for setting in arguments.set:
        key, equals, text = setting.partition("=")
        if not equals:
            raise ConfigError(f"--set {setting}: expected KEY=VALUE, as in --set threshold=0.6")
        values[key.strip()] = _value(text.strip())
    if arguments.model is not None:
        values["model"] = arguments.model
    if arguments.label is not None:
        values["label"] = arguments.label
    origins: dict[tuple[str, ...], str] = {("wake", key): "--set" for key in values}
    origins.update({("wake", "model"): "MODEL", ("wake", "label"): "--label"})
    tree = {**config.model_dump(), "wake": {**config.wake.model_dump(), **values}}
    try:
        wake = Config.model_validate(tree).ast()
    except ValidationError as error:
        raise ConfigError("\n".join(problems(error, Config, origins, "--set"))) from error
    described = describe_wake_model(wake.model)
    if "label" not in values and wake.label not in described.labels:
        words = [label for label in described.labels if label != _OTHER]
        if len(words) == 1:
            wake = wake.model_copy(update={"label": words[0]})
    return wake, described.size_bytes


def _value(text: str) -> object:
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text


@contextmanager
def _progress() -> Iterator[Progress]:
    # In terminals only.
    console = CleanConsole(stderr=True, highlight=False)
    columns = (TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn())
    with Progress(
        *columns, console=console, transient=True, disable=not console.is_terminal
    ) as progress:
        yield progress


class _Run:
    """Streams recordings into an evaluation."""

    def __init__(self, ear: Ear, evaluation: Evaluation, progress: Progress) -> None:
        self._ear = ear
        self._evaluation = evaluation
        self._progress = progress
        self._least = min(GRID[0], evaluation.config.threshold)

    def hear_positives(self, paths: Sequence[Path]) -> None:
        task = self._task("positives", paths)
        for path in paths:
            with self._unless_unusable(path):
                clip = whole(path, _LONGEST_WORD_S)
                self._evaluation.word_ends[path] = word_end(clip) / RATE_HZ
                self._evaluation.positives[path] = self._listen([clip])
            self._progress.advance(task)
        _refuse_none(paths, "--positives", len(self._evaluation.positives))

    def rooms(self, paths: Sequence[Path]) -> list[Samples]:
        """Measured rooms, or simulated ones without paths."""
        rooms = [] if paths else simulated_rooms(_SEED)
        for path in paths:
            with self._unless_unusable(path):
                rooms.append(measured_room(path))
        _refuse_none(paths, "--rooms", len(rooms))
        clarities = [clarity_db(room) for room in rooms]
        self._evaluation.rooms = (
            f"{len(rooms)} {'measured' if paths else 'simulated'}, "
            f"clarity C50 {min(clarities):.0f} to {max(clarities):.0f} dB"
        )
        return rooms

    def hear_harder(
        self, noise: Sequence[Path], snr_db: float | None, rooms: Sequence[Samples] = ()
    ) -> None:
        """Rooms take turns; the same noise is used at each level."""
        paths = list(self._evaluation.positives)
        place = "in rooms" if rooms else "in noise"
        task = self._task(place if snr_db is None else f"{place} at {snr_db:g} dB", paths)
        random = np.random.default_rng(_SEED)
        takes = {}
        for turn, path in enumerate(paths):
            clip = whole(path, _LONGEST_WORD_S)
            if rooms:
                clip = in_room(clip, rooms[turn % len(rooms)])
            if snr_db is not None:
                around = self._noise(noise, len(clip) + round(2 * _IN_NOISE_S * RATE_HZ), random)
                clip = in_noise(clip, around, snr_db)
            takes[path] = self._listen([clip])
            self._progress.advance(task)
        self._evaluation.harder.append(HarderTakes(takes, snr_db, bool(rooms)))

    def hear_negatives(self, paths: Sequence[Path]) -> None:
        """Reads in blocks, as recordings may be hours long."""
        task = self._task("negatives", paths)
        for done, path in enumerate(paths):

            def reached(share: float, done: int = done) -> None:
                self._progress.update(task, completed=done + share)

            with self._unless_unusable(path):
                self._evaluation.negatives[path] = self._listen(blocks(path, reached))
            self._progress.update(task, completed=done + 1)
        _refuse_none(paths, "--negatives", len(self._evaluation.negatives))

    def _listen(self, parts: Iterable[Samples]) -> Take:
        return stream_recording(self._ear, parts, least=self._least)

    def _task(self, name: str, paths: Sequence[Path]) -> TaskID:
        return self._progress.add_task(name, total=len(paths), visible=bool(paths))

    def _noise(self, paths: Sequence[Path], samples: int, random: np.random.Generator) -> Samples:
        for _ in range(_DRAWS):
            place = float(random.random())
            usable = [path for path in paths if path not in self._evaluation.skipped]
            if not usable:
                break
            path = usable[int(random.integers(len(usable)))]
            with self._unless_unusable(path):
                piece = excerpt(path, place, samples)
                if level_dbfs(piece) > _SILENT_DBFS:
                    return piece
        if paths:
            raise AudioFileError("--noise: these recordings are unusable or silent")
        return random.standard_normal(samples, np.float32) * np.float32(_WHITE_LEVEL)

    @contextmanager
    def _unless_unusable(self, path: Path) -> Iterator[None]:
        """Report and skip an unreadable recording."""
        try:
            yield
        except AudioFileError as error:
            self._evaluation.skipped[path] = str(error)
            self._progress.console.print(f"skipped: {error}", markup=False, soft_wrap=True)


def _refuse_none(paths: Sequence[Path], option: str, usable: int) -> None:
    if paths and not usable:
        raise AudioFileError(f"{option}: none of the {len(paths)} recordings is usable")
