"""`marvin bench`: measures turns on this machine."""

import argparse
import os
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing, nullcontext
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console
from rich.status import Status
from rich.table import Table
from rich.text import Text

from marvin.audio.wavfile import WavSink
from marvin.boundary.terminal import to_json
from marvin.cli.commands.clean_console import CleanConsole
from marvin.cli.commands.common_options import load
from marvin.cli.commands.output import print
from marvin.config.tables import Config
from marvin.engines.placement.choice import look
from marvin.engines.placement.placement_report import rows
from marvin.errors import ControlError, NoDaemonError
from marvin.events import Event
from marvin.service.control.client import ask
from marvin.service.missing_models import check_models
from marvin.service.run import run_assistant, run_until_signalled
from marvin.workshop.bench.bench_report import (
    ANSWER,
    Bench,
    as_json,
    line,
    milliseconds,
    placed,
    title,
)
from marvin.workshop.bench.bench_run import NO_QUESTION, NOT_WOKEN, BenchRun, Figures
from marvin.workshop.bench.questions import (
    Question,
    recorded_question,
    synthetic_questions,
    unaddressed_speech,
)
from marvin.workshop.bench.room import Room

_OTHERS_S = 8.0
_MISHEARD = {NOT_WOKEN, NO_QUESTION, "not understood", "wake word alone"}
_ANSWERS_ANYTHING = {"transformers", "chat"}
_EXPLAINED = {
    ANSWER: "end of the last word to the first sound",
    "endpoint_s": "silence until the end of the utterance",
    "stt_s": "from there to the transcript",
    "first_token_s": "from there to the answer's first token",
    "first_audio_s": "end of the utterance to the first sound",
    "total_s": "end of the utterance to the end of the answer",
}


def bench(arguments: argparse.Namespace) -> int:
    loaded = load(arguments)
    check_models(loaded.config)
    console = CleanConsole(highlight=False, markup=False)
    if not arguments.json:
        console.print(loaded.why, soft_wrap=True)
    beside, busy = _beside(), os.getloadavg()[0]
    status = Status("inspecting the machine", console=console)
    with nullcontext() if arguments.json else status, TemporaryDirectory() as folder:
        config = _for_measuring(loaded.config, Path(folder))
        questions = _questions(config, arguments)
        # In a separate process: modules loaded here would be missing from the start-up time.
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
            facts, made = pool.submit(look, config).result()
        figures = _measured(config, questions, Path(folder), lambda what: status.update(what))
    placements, synthetic = rows(config, made), not arguments.input
    found = Bench(loaded.profile, facts, placements, busy, beside, synthetic, figures)
    if arguments.json:
        print(to_json(as_json(found)))
    else:
        _show(console, found)
    return 1 if len(found.unanswered) == len(figures.taken) else 0


def _beside() -> bool:
    """Whether another Marvin is running."""
    try:
        ask("status")
    except NoDaemonError:
        return False
    except ControlError:
        return True
    return True


def _for_measuring(config: Config, state: Path) -> Config:
    """The user's configuration without lasting side effects."""
    alone: dict[str, object] = {"commands": (), "disabled": (), "state_dir": state}
    turn = config.turn.model_copy(update={"follow_up_s": 0.0})
    skills = config.skills.model_copy(update=alone)
    return config.without_servers().model_copy(update={"turn": turn, "skills": skills})


def _questions(config: Config, arguments: argparse.Namespace) -> list[Question]:
    if arguments.input:
        questions = [recorded_question(path) for path in arguments.input]
        return [questions[at % len(questions)] for at in range(arguments.turns)]
    # A recogniser built from the skills' sentences understands nothing else.
    anything = config.llm.engine in _ANSWERS_ANYTHING and config.stt.engine != "sphinx"
    return synthetic_questions(config.wake.label, arguments.turns, anything)


def _measured(
    config: Config, questions: list[Question], folder: Path, tell: Callable[[str], None]
) -> Figures:
    figures: list[Figures] = []

    async def measure() -> None:
        with closing(WavSink(folder / "answers.wav", realtime=True)) as sink:

            async def hold(room: Room, report: Callable[[Event], None]) -> None:
                await run_assistant(config, room, sink, report)

            figures.append(await BenchRun(tell).run(hold, questions, unaddressed_speech(_OTHERS_S)))

    run_until_signalled(measure())
    if not figures:
        raise KeyboardInterrupt
    return figures[0]


def _show(console: Console, found: Bench) -> None:
    figures = found.figures
    console.print(placed(found.rows), soft_wrap=True)
    for who, parts in found.latency.items():
        console.print()
        table = Table(box=None, pad_edge=False, header_style="bold")
        table.add_column(f"answered by {who}")
        for name in ("p50 ms", "p95 ms"):
            table.add_column(name, justify="right", no_wrap=True)
        table.add_column("")
        for part, values in parts.items():
            times = (milliseconds(values[name]) for name in ("p50", "p95"))
            explained = Text(_EXPLAINED[part], "bright_black")
            table.add_row(Text(title(part), "bold" if part == ANSWER else ""), *times, explained)
        console.print(table)
    console.print()
    facts = Table(box=None, pad_edge=False, show_header=False)
    facts.add_column(style="bold", no_wrap=True)
    facts.add_column(overflow="fold")
    for name, value in _facts(figures):
        facts.add_row(name, value)
    console.print(facts)
    for warning in _warnings(found):
        console.print(warning, style="yellow")
    console.print("\nOne line for bug reports:", style="bold")
    console.print(line(found), soft_wrap=True)


def _facts(figures: Figures) -> list[tuple[str, str]]:
    speech = "-" if figures.speech_share is None else f"{figures.speech_share:.1%} of one core"
    first = figures.first[0].answer_s if figures.first[0].answered else None
    return [
        ("start", f"{figures.start_up_s:.1f} s until listening"),
        ("first answer", "-" if first is None else f"{first * 1000:.0f} ms after the last word"),
        ("memory", f"{figures.memory_mb:.0f} MB" if figures.memory_mb else "-"),
        ("quiet", f"{figures.quiet_share:.1%} of one core"),
        ("other speech", speech),
    ]


def _warnings(found: Bench) -> list[str]:
    every = len(found.figures.taken)
    missing = found.unanswered
    warnings = []
    if missing:
        kinds = ", ".join(f"{one} ({missing.count(one)})" for one in dict.fromkeys(missing))
        warnings.append(f"{len(missing)} of {every} questions went unanswered: {kinds}.")
        if found.synthetic and set(missing) & _MISHEARD:
            warnings.append("A synthetic voice asked them; use your own with `--input FILE`.")
    if found.figures.speech_share is None:
        warnings.append("Other speech woke it, so the cost of listening to speech is unknown.")
    if found.beside:
        warnings.append("Another Marvin is running, so the figures are too high.")
    if found.load > found.facts.cores / 2:
        warnings.append(
            f"The machine was busy (load {found.load:.1f} on {found.facts.cores} cores): "
            "the figures are too high."
        )
    return warnings
