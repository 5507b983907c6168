"""`marvin wake train`."""

import argparse
import shlex
import sys

from rich.console import Console
from rich.markup import escape

from marvin.cli.commands.clean_console import CleanConsole
from marvin.cli.commands.output import print
from marvin.cli.commands.progress_bar import shown
from marvin.workshop.wake_train.folder import USUAL
from marvin.workshop.wake_train.places import readable_size, room_needed, unfinished_others
from marvin.workshop.wake_train.preparing import Preparation, TrainingRequest, prepare
from marvin.workshop.wake_train.rehearsal import estimate_s
from marvin.workshop.wake_train.training_run import TrainingOutcome, begins_at, saved_step
from marvin.workshop.wake_train.training_run import train as run_training
from marvin.workshop.wake_train.worth import Judgement, Worth, read

_TRAINED = {
    Worth.GOOD: "[green]Done:[/] the model",
    Worth.POOR: "[yellow]Trained, but the model is poor.[/] It",
    Worth.USELESS: "[red]Trained, but the model is useless.[/] It",
}
_USELESS = 3
"""Exit code of a training that succeeded but gave a useless model."""


def train(arguments: argparse.Namespace) -> int:
    console = CleanConsole(file=sys.stdout, highlight=False, soft_wrap=True)
    request = _request(arguments)
    ready: Preparation | None = None
    try:
        with shown(console) as report:
            ready = prepare(request, report)
            for warning in ready.warnings:
                console.print(f"[yellow]note:[/] {escape(warning)}")
            if ready.places.finished and not request.fresh:
                return _say_finished(console, ready)
            step = begins_at(ready)
            _say_plan(console, ready, step)
            seconds = estimate_s(ready, step, report)
            if seconds is not None:
                cores = f"{request.threads} {'thread' if request.threads == 1 else 'threads'}"
                console.print(f"This will take about {_long(seconds)} on {cores}.")
            outcome = run_training(ready, report)
    except KeyboardInterrupt:
        print(f"\nmarvin: {_stopped(ready)}", file=sys.stderr)
        return 130
    return _say_outcome(console, ready, outcome)


def _request(arguments: argparse.Namespace) -> TrainingRequest:
    return TrainingRequest(
        phrase=" ".join(arguments.phrase),
        recordings=tuple(arguments.recordings),
        negatives=tuple(arguments.negatives),
        noise=tuple(arguments.noise),
        rooms=tuple(arguments.rir),
        out=arguments.out,
        seed=arguments.seed,
        steps=arguments.steps,
        clips=arguments.clips,
        threads=arguments.threads,
        fresh=arguments.fresh,
        from_scratch=arguments.from_scratch,
        base=arguments.base,
    )


def _say_plan(console: Console, ready: Preparation, step: int) -> None:
    voices = ", ".join(f"{count} of {name}" for name, count in ready.voices.items())
    own = ready.recordings
    parts = [f"{ready.clips} synthetic clips (voices: {voices})"]
    if own.clips:
        kept = f", {len(own.kept)} of them held out" * bool(own.kept)
        parts.append(f"{len(own.clips) + len(own.kept)} of your recordings{kept}")
    for name, files in (
        ("recordings of speech", ready.negatives),
        ("recordings of noise", ready.noise),
        ("rooms", ready.rooms),
    ):
        if files:
            minutes = sum(len(samples) for _, samples in files) / 16_000 / 60
            length = f" ({minutes:.0f} min)" if name != "rooms" else ""
            parts.append(f"{len(files)} {name}{length}")
    console.print(
        f"Training [bold]{escape(ready.phrase.text)}[/] "
        f"({escape(ready.phrase.sounds)}) for {ready.recipe.steps} steps from "
        f"{escape('; '.join(parts))}."
    )
    console.print(
        f"The model goes to {escape(str(ready.places.out))}; speech and training state, up to "
        f"{readable_size(room_needed(ready.clips))}, to {escape(str(ready.places.cache))}."
    )
    if not ready.negatives:
        console.print(
            "[yellow]note:[/] without --negatives the model never hears a real voice say anything "
            "else and will accept it: an hour of speech, television or radio makes it far better"
        )
    if step:
        console.print(f"Resuming an earlier run from step {step}.")
    for other in unfinished_others(ready.places):
        console.print(
            f"An unfinished training of this phrase with other settings or recordings is in "
            f"{escape(str(other))}; it is not used."
        )


def _say_outcome(console: Console, ready: Preparation, outcome: TrainingOutcome) -> int:
    console.print(f"{_TRAINED[outcome.judgement.worth]} is in {escape(str(outcome.folder))}.")
    _say_worth(console, outcome.judgement)
    console.print(
        f"Kept to train this phrase again: {escape(str(outcome.cache))} "
        f"({readable_size(outcome.cache_bytes)}); you may delete it."
    )
    return _say_what_next(console, ready, outcome.judgement, outcome.threshold)


def _say_worth(console: Console, judgement: Judgement) -> None:
    for figure in judgement.figures:
        console.print(f"It {escape(figure)}.")
    if judgement.advice:
        console.print("\nFor a better model, train again with --fresh, and")
        for advice in judgement.advice:
            console.print(f"  - {advice}", markup=False)
        console.print("")


def _say_finished(console: Console, ready: Preparation) -> int:
    console.print(
        f"{escape(str(ready.places.out))} already holds the model of this training: nothing "
        "to do. Train it again with --fresh."
    )
    judgement = read(ready.places.verdict)
    if judgement.worth is not Worth.GOOD:
        console.print(f"That model is {judgement.worth.value}.")
        _say_worth(console, judgement)
    return _say_what_next(console, ready, judgement, ready.places.threshold)


def _say_what_next(
    console: Console, ready: Preparation, judgement: Judgement, threshold: float
) -> int:
    if judgement.worth is Worth.USELESS:
        return _USELESS
    out = ready.places.out.resolve()
    console.print("\nAdd this to models.toml:\n")
    lines = ["[wake]", f'model = "{out}"', f'label = "{ready.phrase.text}"']
    if threshold != USUAL:
        lines.append(f"threshold = {threshold:g}")
    console.print("\n".join(f"    {line}" for line in lines), markup=False)
    wake_eval = f"marvin wake eval {shlex.quote(str(out))} --positives SAID --negatives NOT-SAID"
    console.print("\nNext, test it on recordings not used here, and calibrate it in your room:\n")
    console.print(f"    {wake_eval}\n    marvin test-mic --calibrate", markup=False)
    return 0


def _stopped(ready: Preparation | None) -> str:
    if ready is None:
        return "stopped before training began"
    same = "the same command without --fresh" if ready.request.fresh else "the same command"
    step = saved_step(ready.places)
    if step:
        return f"stopped; {same} resumes from step {step}"
    return f"stopped before the first checkpoint; {same} reuses the synthetic speech"


def _long(seconds: float) -> str:
    if seconds < 90:
        return f"{max(10, round(seconds, -1)):.0f} seconds"
    return f"{seconds / 60:.0f} minutes"
