"""`marvin tune audio-llm` and `marvin tune merge`."""

import argparse
import shlex
import sys
from pathlib import Path

from rich.console import Console
from rich.markup import escape

from marvin.cli.commands.clean_console import CleanConsole
from marvin.cli.commands.example_data import data_request
from marvin.cli.commands.output import print
from marvin.cli.commands.progress_bar import shown
from marvin.workshop.audio_questions.example import BadExamples
from marvin.workshop.tuning.audio_tuning import Prepared, prepare, run
from marvin.workshop.tuning.merging import merge as merge_adapter
from marvin.workshop.tuning.run_folder import RunFolder
from marvin.workshop.tuning.tuning_request import TuningRequest


def audio_llm(arguments: argparse.Namespace) -> int:
    console = CleanConsole(file=sys.stdout, highlight=False, soft_wrap=True)
    request = _request(arguments)
    folder = RunFolder(request.out)
    if folder.is_finished() and not request.fresh and not folder.differing(request):
        console.print(
            f"{escape(str(request.out))} already holds a finished adapter: nothing to do. "
            "Train it again with --fresh."
        )
        return _say_what_next(console, request)
    bad = BadExamples(skip=request.skip_bad, tell=lambda text: console.print(text, markup=False))
    try:
        with shown(console) as report:
            ready = prepare(request, bad)
            _say_plan(console, ready)
            finished = run(ready, report)
    except KeyboardInterrupt:
        finished = False
    if not finished:
        step = folder.saved_step()
        goes_on = f"goes on from step {step}" if step else "begins again"
        print(f"\nmarvin: stopped; the same command {goes_on}", file=sys.stderr)
        return 130
    console.print(f"[green]Done:[/] the adapter is in {escape(str(request.out))}.")
    if bad.skipped:
        console.print(f"[yellow]{len(bad.skipped)} examples were left out.[/]")
    return _say_what_next(console, request)


def merge(arguments: argparse.Namespace) -> int:
    merge_adapter(arguments.adapter, arguments.out, model=arguments.model, dtype=arguments.dtype)
    print(f"The merged model is in {arguments.out}.")
    return 0


def _request(arguments: argparse.Namespace) -> TuningRequest:
    name = Path(arguments.model).name
    given = arguments.eval_data
    return TuningRequest(
        model=arguments.model,
        data=data_request(arguments, arguments.data, arguments.task),
        out=arguments.out or Path("runs") / f"{name}-{arguments.task}",
        evaluation=None if given is None else data_request(arguments, given, arguments.task),
        task=arguments.task,
        held_out=arguments.held_out,
        max_steps=arguments.max_steps,
        eval_every=arguments.eval_every,
        save_every=arguments.save_every,
        batch=arguments.batch,
        accumulate=arguments.accumulate,
        rank=arguments.rank,
        learning_rate=arguments.learning_rate,
        recompute=not arguments.no_checkpointing,
        seed=arguments.seed,
        device=arguments.device,
        dtype=arguments.dtype,
        skip_bad=arguments.skip_bad,
        fresh=arguments.fresh,
    )


def _say_plan(console: Console, ready: Prepared) -> None:
    request, sizes = ready.request, ready.sizes
    console.print(
        f"Training {sizes.trained:,} of {sizes.all:,} weights ({100 * sizes.share:.2f} %) of "
        f"{escape(request.model)} for {ready.steps} steps of "
        f"{request.batch * request.accumulate} examples, on {ready.place}. "
        f"Evaluating on {len(ready.held_out)} examples that are held out."
    )
    console.print(f"The adapter goes to {escape(str(request.out))}. Ctrl-C stops after a step.")
    if step := ready.folder.saved_step():
        console.print(f"Resuming an earlier run from step {step}.")


def _say_what_next(console: Console, request: TuningRequest) -> int:
    out = shlex.quote(str(request.out))
    console.print("\nNext, evaluate it on questions not used here, or merge it:\n")
    console.print(
        f"    marvin eval qa --model {out} --data QUESTIONS\n"
        f"    marvin tune merge {out} --out MODEL-FOLDER",
        markup=False,
    )
    return 0
