"""Checks all inputs of a training and reports all problems at once."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from marvin import __version__
from marvin.errors import AudioFileError, MarvinError, ModelLoadError, TrainingError
from marvin.types import Samples
from marvin.wake.ast.ast_checkpoint import describe_checkpoint
from marvin.workshop.wake_train import places
from marvin.workshop.wake_train.audio_files import audio_files, read_file
from marvin.workshop.wake_train.own_recordings import OwnRecordings, read_recordings
from marvin.workshop.wake_train.phrase import CheckedPhrase, check_phrase
from marvin.workshop.wake_train.places import Places
from marvin.workshop.wake_train.progress import Report, Stage, TrainingPace
from marvin.workshop.wake_train.recipe import BASE, STEPS, Recipe
from marvin.workshop.wake_train.said import CheckedRecording, search
from marvin.workshop.wake_train.voices import VoiceBox

CLIPS = 12_000
"""Default number of synthetic clips."""
_SCRATCH_STEPS, _SCRATCH_RATE = 18_000, 1.5e-3
"""Of a training from scratch."""
_FURTHER_RATE = 2e-4
"""Of a model that is trained further."""
_SAVES = 6
"""Minimum number of saves in a short training."""
_NAMED = 5
_SYNTHESISERS = {
    "flite": ("flite",),
    "festival": ("festival", "festvox-us-slt-hts", "festvox-kdlpc16k"),
}
"""Optional synthesisers and their packages."""

File = tuple[Path, Samples]


@dataclass(frozen=True, slots=True)
class TrainingRequest:
    """The user's options."""

    phrase: str
    recordings: tuple[Path, ...] = ()
    negatives: tuple[Path, ...] = ()
    noise: tuple[Path, ...] = ()
    rooms: tuple[Path, ...] = ()
    out: Path | None = None
    """The model's folder; by default named after the phrase, in the working directory."""
    seed: int = 1
    steps: int | None = None
    clips: int | None = None
    threads: int = 2
    fresh: bool = False
    """Discard an earlier training and replace its model."""
    from_scratch: bool = False
    """Do not start from the base model."""
    base: Path | None = None
    """The folder of the model to train further, instead of the base model."""


@dataclass(slots=True)
class Preparation:
    """The checked inputs of a training."""

    request: TrainingRequest
    phrase: CheckedPhrase
    recipe: Recipe
    clips: int
    """Number of synthetic clips."""
    recordings: OwnRecordings
    negatives: list[File]
    """Real speech, with the phrase removed."""
    noise: list[File]
    rooms: list[File]
    places: Places
    voices: dict[str, int]
    """Number of voices of each synthesiser."""
    warnings: list[str] = field(default_factory=list)


def prepare(request: TrainingRequest, report: Report) -> Preparation:
    """Check and read everything; raises TrainingError with all problems."""
    recipe = Recipe(phrase=request.phrase)
    window_s = recipe.window_samples / 16_000
    phrase = check_phrase(request.phrase, window_s)
    recordings = read_recordings(request.recordings, window_s)
    others = [audio_files(folders) for folders in _groups(request)]
    problems = [*phrase.problems, *recordings.problems]
    problems += [problem for folders in others for problem in folders.problems]
    warnings = [*phrase.warnings, *recordings.warnings]
    warnings += [warning for folders in others for warning in folders.warnings]
    voices = _voices(problems)
    warnings += _missing_voices(voices)
    clips = request.clips or CLIPS
    if request.from_scratch:
        recipe = replace(recipe, learning_rate=_SCRATCH_RATE)
    elif request.base is not None:
        recipe = replace(recipe, learning_rate=_FURTHER_RATE)
        problems += base_problems(request.base)
    steps = request.steps or usual_steps(request)
    recipe = replace(
        recipe, phrase=phrase.text, steps=steps, seed=request.seed, workers=request.threads,
        evaluate_every=max(1, min(recipe.evaluate_every, steps // _SAVES)),
    )  # fmt: skip
    if phrase.problems or not voices:
        raise _all(problems)
    speech_key = places.digest(phrase.text, request.seed, voices)
    at = places.places(phrase.text, request.out, speech_key, "")
    unkept = places.check_cache(at)
    problems += [unkept] if unkept else places.check_room(at, clips)
    if at.out.exists() and not at.out.is_dir():
        problems.append(f"{at.out} is a file: choose another folder with --out")
    if problems:
        raise _all(problems)
    counted = TrainingPace(report, Stage.READ, sum(len(folders.files) for folders in others))
    negatives, noise, rooms = (
        _read(folders.files, warnings, counted, first_channel=folders is others[2])
        for folders in others
    )
    ready = Preparation(
        request, phrase, recipe, clips, recordings, negatives, noise, rooms, at, voices, warnings
    )
    # Before searching the negatives, whose remainder depends on this.
    ready.places = places.places(phrase.text, request.out, speech_key, _key(ready))
    wrong = places.check_out(ready.places, fresh=request.fresh)
    if wrong:
        raise TrainingError(wrong)
    ready.negatives = _without_phrase(ready, report)
    return ready


def base_problems(folder: Path) -> list[str]:
    """Why the model in the folder cannot be trained further."""
    if not folder.is_dir():
        return [f"--base {folder}: no such folder"]
    try:
        described = describe_checkpoint(str(folder.resolve()))
    except ModelLoadError as error:
        return [f"--base: {error}"]
    if len(described.labels) != 2 or not (folder / "model.safetensors").is_file():
        return [f"--base {folder}: is not a model of `marvin wake train`"]
    return []


def usual_steps(request: TrainingRequest) -> int:
    """Default number of steps."""
    return _SCRATCH_STEPS if request.from_scratch else STEPS


def _groups(request: TrainingRequest) -> tuple[tuple[Path, ...], ...]:
    return request.negatives, request.noise, request.rooms


def _voices(problems: list[str]) -> dict[str, int]:
    try:
        box = VoiceBox()
    except MarvinError as error:
        problems.append(str(error))
        return {}
    names = sorted({*box.english, *box.foreign})
    return {n: len(box.english.get(n, ())) + len(box.foreign.get(n, ())) for n in names}


def _missing_voices(voices: dict[str, int]) -> list[str]:
    missing = [name for name in _SYNTHESISERS if voices and not voices.get(name)]
    if not missing:
        return []
    packages = " ".join(package for name in missing for package in _SYNTHESISERS[name])
    return [
        f"{' and '.join(missing)} {'is' if len(missing) == 1 else 'are'} not installed: more "
        f"kinds of voices make a better model. sudo apt-get install {packages}"
    ]


def _read(
    paths: Sequence[Path], warnings: list[str], counted: TrainingPace, *, first_channel: bool
) -> list[File]:
    read = []
    for path in paths:
        try:
            samples = read_file(path, first_channel=first_channel)
            if len(samples):
                read.append((path, samples))
            else:
                warnings.append(f"{path} is empty (left out)")
        except AudioFileError as error:
            warnings.append(f"{error} (left out)")
        counted.step()
    return read


def _without_phrase(ready: Preparation, report: Report) -> list[File]:
    """The negatives without those that contain the phrase, which are reported.

    Raises:
        TrainingError: Half of them contain it, or the result cannot be cached.
    """
    if not ready.negatives:
        return []
    pace = TrainingPace(report, Stage.SEARCH, len(ready.negatives))
    left: list[File] = []
    with_it: list[CheckedRecording] = []
    jobs, known = ready.request.threads, ready.places.said
    try:
        for heard in search(ready.phrase, ready.negatives, jobs=jobs, known=known):
            if heard.places:
                with_it.append(heard)
            left += [(heard.path, piece) for piece in heard.without()]
            pace.step()
    except OSError as error:
        raise TrainingError(places.not_kept(ready.places, error)) from error
    if not with_it:
        return left
    names = ", ".join(heard.in_words() for heard in with_it[:_NAMED])
    names += f" and {len(with_it) - _NAMED} more" * (len(with_it) > _NAMED)
    said = f"{ready.phrase.text!r} is in {len(with_it)} of {len(ready.negatives)} negatives"
    if 2 * len(with_it) >= len(ready.negatives):
        raise TrainingError(
            f"{said}: {names}\nIs this the wrong folder? --negatives are recordings "
            "without the phrase"
        )
    ready.warnings.append(f"{said}, which are left out: {names}")
    return left


def _key(ready: Preparation) -> str:
    """A hash of everything that determines the result."""
    heard = hashlib.sha256()
    own = [clip.samples for clip in (*ready.recordings.clips, *ready.recordings.kept)]
    named = [*ready.negatives, *ready.noise, *ready.rooms]
    for samples in (*own, *(samples for _, samples in named)):
        heard.update(samples.tobytes())
    # Threads are left out: they change only the last bits of the result, so a training may resume
    # with more or fewer.
    recipe = replace(ready.recipe, workers=0)
    names = [path.name for path, _ in named]
    counts = [len(group) for group in (own, ready.negatives, ready.noise, ready.rooms)]
    return places.digest(
        __version__,
        recipe,
        _beginning(ready.request),
        ready.clips,
        ready.voices,
        names,
        counts,
        heard.hexdigest(),
    )


def _beginning(request: TrainingRequest) -> str:
    """Identifies the initial weights."""
    if request.from_scratch:
        return "scratch"
    folder = request.base or BASE
    return hashlib.sha256((folder / "model.safetensors").read_bytes()).hexdigest()


def _all(problems: Sequence[str]) -> TrainingError:
    return TrainingError("\n".join(problems) if len(problems) == 1 else _listed(problems))


def _listed(problems: Sequence[str]) -> str:
    return "cannot train yet:\n" + "\n".join(f"  - {problem}" for problem in problems)
