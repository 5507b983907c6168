"""Time from the last word to the first audio of a skill's answer, in real time.

    python -m benchmarks.speed.skill_answer [--rounds 3] [--data DIR] [--json FILE]

The embedded profile, as in `marvin bench`, on samples/ and, with DIR (folder speech-en), on
recorded commands after a synthetic wake word. The end of speech is found by the energy of the
recording instead of the detector, and chunks of 40 ms are heard when complete, so the time after
the silence is more than Marvin's own. The alternative only speaks the same answer: espeak-ng's
command line up to its first sample, run between the turns.
"""

import argparse
import asyncio
import subprocess
import tempfile
import time
import tomllib
from collections.abc import Callable, Sequence
from contextlib import closing
from functools import partial
from pathlib import Path
from statistics import median

from benchmarks.ratio_table import ROOT, Row, print_table, write_json
from marvin.audio.wavfile import WavSink
from marvin.config.tables import Config, SkillsConfig
from marvin.conversation.voice import Voice
from marvin.engines.engine_set import EngineSet
from marvin.events import Event, Replied
from marvin.service.metrics import percentiles
from marvin.service.run import run_assistant
from marvin.workshop.bench.bench_run import BenchRun, Taken
from marvin.workshop.bench.questions import Question, after_wake_word, recorded_question
from marvin.workshop.bench.room import Room

SAMPLES = ("what_time_is_it", "arithmetic", "one_breath", "set_a_timer")
"""Samples with one question for a skill."""
COMMANDS = 12
"""Number of recorded commands, spread over all."""
PROGRAM = "espeak-ng's command line"
ON_TOP_S = 0.06
"""Goal for the time after the endpoint silence."""
_HEADER = 44
"""Header size of a WAV file."""


def command_line_s(text: str) -> float:
    """Seconds until the program espeak-ng has written the first sample of `text`."""
    command = ["espeak-ng", "-v", "en-us", "-s", "165", "--stdout", "--", text]
    began = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.read(_HEADER + 2)
        first_s = time.perf_counter() - began
        process.stdout.read()
    return first_s


def answers(
    config: Config, questions: Sequence[Question], between: Callable[[Sequence[str]], None]
) -> list[Taken]:
    """Ask all questions; `between` gets the answers after each turn."""
    said: list[str] = []

    def next_turn(_: str) -> None:
        between(said)
        said.clear()

    def note(event: Event) -> None:
        if isinstance(event, Replied):
            said.append(event.text)

    async def measure() -> Sequence[Taken]:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            skills = config.skills.model_copy(update={"state_dir": folder})
            measured = config.model_copy(update={"skills": skills})
            with closing(WavSink(folder / "answers.wav", realtime=True)) as sink:

                async def hold(room: Room, report: Callable[[Event], None]) -> None:
                    def both(event: Event) -> None:
                        note(event)
                        report(event)

                    await run_assistant(measured, room, sink, both)

                return (await BenchRun(next_turn).run(hold, questions)).taken

    taken = list(asyncio.run(measure()))
    between(said)
    return taken


async def voice_alone(texts: Sequence[str]) -> tuple[list[float], list[float]]:
    """Times from a text to the first audio, of Marvin's voice and the program alternately."""
    ours: list[float] = []
    theirs: list[float] = []
    line = EngineSet(Config())
    with tempfile.TemporaryDirectory() as name, closing(WavSink(Path(name) / "said.wav")) as sink:
        async with line.running([line.synthesizer]):
            voice = Voice(line.synthesizer, sink, Config().turn)
            for text in texts:
                heard_at_s: list[float] = []
                began_s = time.perf_counter()
                await voice.speak([text], on_first_audio=partial(_note_time, heard_at_s))
                ours.append(heard_at_s[0] - began_s)
                theirs.append(await asyncio.to_thread(command_line_s, text))
    return ours, theirs


def _note_time(times: list[float]) -> None:
    times.append(time.perf_counter())


def measured(what: str, config: Config, questions: Sequence[Question]) -> tuple[Row, list[str]]:
    """A row, and the answers."""
    theirs: list[float] = []
    texts: list[str] = []

    def between(said: Sequence[str]) -> None:
        texts.extend(said)
        theirs.extend(command_line_s(text) for text in said[:1])

    taken = answers(config, questions, between)
    answered = [one for one in taken if one.answered and one.answer_s is not None and one.turn]
    print(f"{what}: {len(answered)} of {len(taken)} answered")
    if not answered:
        raise SystemExit(f"{what}: nothing was answered")
    whole = [one.answer_s for one in answered if one.answer_s is not None]
    silence = [one.turn.endpoint_s for one in answered if one.turn is not None]
    on_top = [a - b for a, b in zip(whole, silence, strict=True)]
    own = [one.turn.first_audio_s for one in answered if one.turn is not None]
    for name, values in (
        ("whole", whole),
        ("silence", silence),
        ("after it", on_top),
        ("of that, from the decision to the first sound", own),
    ):
        found = percentiles(values)
        print(f"  {name}: p50 {found['p50']} s, p95 {found['p95']} s")
    for one in taken:
        if not one.answered:
            print(f"  not answered: {one.why or one.outcome}")
    row = Row(
        f"last word to first sound, {what}, minus the endpoint silence "
        f"({median(silence) * 1000:.0f} ms)",
        "embedded profile",
        f"{PROGRAM}, the voice alone",
        on_top,
        theirs,
        None,
        limit=ON_TOP_S,
    )
    return row, texts


def real_commands(data: Path) -> tuple[Config, list[Question]]:
    """A configuration with commands, and recordings of them."""
    toml = (ROOT / "benchmarks/home_commands.toml").read_text(encoding="utf-8")
    skills = SkillsConfig.model_validate(tomllib.loads(toml)["skills"])
    every = sorted((data / "speech-en/ha_commands").glob("*.wav"))
    files = [path for path in every if not path.stem.startswith("oov")]
    if not files:
        raise SystemExit(f"{data}/speech-en/ha_commands has no recordings")
    chosen = files[:: max(1, len(files) // COMMANDS)][:COMMANDS]
    return Config(skills=skills), after_wake_word(
        "marvin", [recorded_question(path) for path in chosen]
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--data", type=Path, metavar="DIR", help="folder of recordings")
    parser.add_argument("--json", type=Path, metavar="FILE")
    arguments = parser.parse_args()
    samples = [
        recorded_question(ROOT / f"samples/{name}.wav") for name in SAMPLES
    ] * arguments.rounds
    row, texts = measured("synthetic voices", Config(), samples)
    rows = [row]
    if arguments.data:
        rows.append(measured("recorded voices", *real_commands(arguments.data))[0])
    voices = asyncio.run(voice_alone(texts))
    rows.append(Row("a sentence to its first sound", "embedded voice", PROGRAM, *voices, 1.0))
    print_table(rows)
    if arguments.json:
        write_json(rows, arguments.json)


if __name__ == "__main__":
    main()
