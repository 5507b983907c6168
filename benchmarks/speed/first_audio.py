"""Time from a clause to its first audio, compared with synthesising all of it.

    python -m benchmarks.speed.first_audio [--threads 2] [--rounds 5] [--kokoro FOLDER]
        [--vits FOLDER] [--dtypes float32] [--cpu] [--json FILE]

Compares espeak-ng in its warm process with its command line program, whose WAV header has 44 bytes,
and the first clause of the published Kokoro with the whole sentence, at the pace that was measured
on this machine, alternately, on the same sentence of 52 letters. Kokoro's row also shows CPU
seconds, for a machine that does other work at the same time: those to the first audio, and per
second of speech.

With `--dtypes`, also full-size SpeechT5 and MMS with and without `early_audio`. Their weights are
random, which affects only the length of the speech, so SpeechT5 is stopped after 4.5 frames per
letter, as in real speech, and MMS speaks at four times its random tempo. Windows are used even if
the machine is too slow for them; Marvin uses them below 0.7 s per second of speech, which the table
shows.

With a published VITS in FOLDER (`python -m tests.published piper-joe` prints one), which has the
size of MMS, also its real speech. `--cpu` counts this process's CPU seconds instead of time on the
clock; espeak-ng, which has a process of its own, is left out.
"""

import argparse
import os
import shutil
import subprocess
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from benchmarks.ratio_table import Row, print_table, write_json
from benchmarks.speed.engine_costs import SENTENCE, config_of
from benchmarks.speed.engines import FOLDER
from marvin.backends.pretrained.place import Place
from marvin.cancellation import CancelToken
from marvin.config.tables import Config
from marvin.config.tts import KokoroConfig
from marvin.engines.registry import load_synthesizer
from marvin.tts.normalization import normalize
from marvin.tts.speecht5 import spectrogram
from tests.checkpoints.piper import PiperVoice
from tests.published import fetched

FRAMES_A_LETTER = 4.5
RHYTHM = 4.0
WORK = 0.3
"""Assumed work per second of speech, which determines the window lengths."""
GOAL = 0.25
FIRST_S = 0.7
"""Longest acceptable time to Kokoro's first audio."""
HEADER = 44
"""Header size of a WAV file."""
clock = time.perf_counter


def seconds_to_first(engine: Any, text: str = "") -> float:
    """Time from the sentence, or what stands for it, to its first chunk."""
    began = clock()
    sound = engine.synthesize(text or normalize(SENTENCE, engine.language), CancelToken())
    next(sound)
    first_s = clock() - began
    sound.close()
    return first_s


def program() -> float:
    """The same, for the command line program."""
    voice = ("-v", "en-gb", "-s", "165", "-p", "45")
    began = time.perf_counter()
    with subprocess.Popen(
        ["espeak-ng", *voice, "--stdout", "--", SENTENCE], stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        process.stdout.read(HEADER + 2)
        first_s = time.perf_counter() - began
        process.stdout.read()
    return first_s


def interleaved(
    rounds: int, ours: Callable[[], float], theirs: Callable[[], float]
) -> tuple[Sequence[float], Sequence[float]]:
    """Times of both, alternately, without the first round."""
    pairs = [(ours(), theirs()) for _ in range(rounds + 1)][1:]
    return [one for one, _ in pairs], [other for _, other in pairs]


def espeak(rounds: int) -> Row:
    with closing(load_synthesizer(Config(), Place())) as engine:  # type: ignore[type-var]
        ours, theirs = interleaved(rounds, lambda: seconds_to_first(engine), program)
    what = "clause to first audio, espeak-ng"
    return Row(what, "its warm process", "its program, --stdout", ours, theirs, None)


def neural(name: str, dtype: str, threads: int, rounds: int) -> Row:
    """SpeechT5 or MMS with `early_audio`, compared with the same voice without it."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    config = config_of(name, dtype, FOLDER)
    if name == "mms":
        tts = config.tts.model_copy(update={"speaking_rate": RHYTHM})
        config = config.model_copy(update={"tts": tts})
    engine = load_synthesizer(config, Place("cpu", dtype, threads))
    return in_windows(f"{name} {dtype}", engine, SENTENCE, rounds)


def vits(folder: Path, threads: int, rounds: int) -> Row:
    """The same for a published VITS in the engine of MMS."""
    with closing(PiperVoice(folder, threads=threads)) as voice:
        return in_windows("vits float32", voice.engine, voice.letters(SENTENCE), rounds)


def in_windows(name: str, engine: Any, text: str, rounds: int) -> Row:
    audio_s = sum(chunk.duration_s for chunk in engine.synthesize(text, CancelToken()))
    work: list[float] = []

    def first(early: bool) -> float:
        table = engine._config.model_copy(update={"early_audio": early})
        engine._config, engine._pace.work = table, WORK
        return seconds_to_first(engine, text)

    def whole() -> float:
        first_s = first(False)
        work.append(first_s / audio_s)
        return first_s

    early, late = interleaved(rounds, lambda: first(True), whole)
    return Row(
        f"clause to first audio, {name}",
        f"in windows; {sorted(work)[len(work) // 2]:.2f} s of work per second of speech",
        "whole sentence",
        early,
        late,
        GOAL,
    )


def kokoro(folder: Path, threads: int, rounds: int) -> Row:
    """The published Kokoro with `early_audio` against without."""
    tables = [KokoroConfig(model=str(folder), early_audio=early) for early in (True, False)]
    engines: list[Any] = [
        load_synthesizer(Config(tts=table), Place("cpu", "float32", threads)) for table in tables
    ]
    with closing(engines[0]) as early, closing(engines[1]) as whole:
        for engine in engines:
            engine.warm()
        began = time.process_time()
        seconds_to_first(early)
        first_s = time.process_time() - began
        began = time.process_time()
        audio_s = sum(chunk.duration_s for chunk in whole.synthesize(SENTENCE, CancelToken()))
        work = (time.process_time() - began) / audio_s
        ours, theirs = interleaved(
            rounds, lambda: seconds_to_first(early), lambda: seconds_to_first(whole)
        )
    return Row(
        "clause to first audio, kokoro int8",
        f"first clause ({first_s:.2f} CPU s); {work:.2f} CPU s per second of speech",
        "whole sentence",
        ours,
        theirs,
        None,
        limit=FIRST_S,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--dtypes", help="of SpeechT5: float32,bfloat16,int8")
    parser.add_argument("--vits", type=Path, metavar="FOLDER", help="with its weights")
    parser.add_argument("--kokoro", type=Path, metavar="FOLDER", help="with its weights")
    parser.add_argument("--json", type=Path, metavar="FILE")
    parser.add_argument("--cpu", action="store_true", help="count CPU seconds")
    options = parser.parse_args()
    if options.cpu:
        global clock
        clock = time.process_time
    folder = options.kokoro or fetched("kokoro")
    os.environ["HF_HUB_OFFLINE"] = "1"
    import torch

    torch.set_num_threads(options.threads)
    # Random weights do not find the end of a sentence.
    spectrogram._longest = lambda tokens, config: round(
        tokens * FRAMES_A_LETTER / config.reduction_factor
    )
    rows = [kokoro(folder, options.threads, options.rounds)]
    if shutil.which("espeak-ng") and not options.cpu:
        rows.append(espeak(options.rounds))
    elif not options.cpu:
        print("Without its command line program, espeak-ng is left out.")
    if options.vits:
        rows.append(vits(options.vits, options.threads, options.rounds))
    if options.dtypes:
        rows.append(neural("mms", "float32", options.threads, options.rounds))
        for dtype in options.dtypes.split(","):
            rows.append(neural("speecht5", dtype, options.threads, options.rounds))
    print_table(rows)
    if options.json:
        write_json(rows, options.json)


if __name__ == "__main__":
    main()
