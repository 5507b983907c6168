"""How many calls of the wake word are heard while Marvin speaks, with and without echo canceller.

    python -m benchmarks.accuracy.wake_over_replies --data DATA --kokoro FOLDER
        [--cancellers none speexdsp] [--below-db 0 6 12] [--lead 4] [--model marvin]

Recorded "marvin" by people, and Kokoro's "Marvin" in all English voices of the folder (which
`marvin models pull hexgrad/Kokoro-82M` makes), over a reply in the first of these voices. Echo and
levels as in `benchmarks.accuracy.echo`: the caller is the given number of dB below it. The last
lines are the same calls without any echo.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import soxr

from benchmarks.accuracy import echo
from benchmarks.accuracy.after_wake_word import wake_words
from benchmarks.accuracy.background_speech import trimmed
from marvin.backends.pretrained.place import Place
from marvin.cancellation import CancelToken
from marvin.config.tables import Config
from marvin.config.tts import KokoroConfig
from marvin.config.wake import AstConfig
from marvin.conversation.ear import Ear, load_ear
from marvin.engines.registry import load_engine
from marvin.types import RATE_HZ, Samples
from marvin.workshop.wake_eval.rates import share

_PEOPLE_TURNS = 6
"""Each recording is heard in as many rooms."""
_REPLIES = 6
_LONGEST_CALL_S = 2.0


@dataclass(slots=True)
class Calls:
    """What one column heard; the keys of `woken` say whether the threshold while speaking held."""

    of: int = 0
    woken: dict[bool, int] = field(default_factory=lambda: {True: 0, False: 0})
    by_reply: dict[bool, int] = field(default_factory=lambda: {True: 0, False: 0})


def kokoro_calls(folder: Path) -> Iterator[Samples]:
    """ "Marvin" in every English voice of the folder."""
    for path in sorted((folder / "voices").glob("[ab][fm]_*.bin")):
        config = KokoroConfig(model=str(folder), voice=path.stem, early_audio=False)
        with closing(load_engine(config, Place("cpu", "float32", 1))) as engine:
            chunks = list(engine.synthesize("Marvin.", CancelToken()))
        spoken = np.concatenate([chunk.samples for chunk in chunks])
        yield trimmed(soxr.resample(spoken, chunks[0].rate_hz, RATE_HZ).astype(np.float32))


def calls(options: argparse.Namespace) -> dict[str, list[echo.Trial]]:
    """By kind of caller; rooms, delays and replies take turns."""
    near = {
        "people": [trimmed(word) for word in wake_words(options.data)] * _PEOPLE_TURNS,
        "Kokoro": list(kokoro_calls(options.kokoro)),
    }
    length_s = options.lead + _LONGEST_CALL_S + echo.QUIET_S
    spoken = echo.replies(str(options.kokoro), length_s, _REPLIES)
    rooms, names = list(echo.responses(options.data).values()), echo.MIXED
    return {
        kind: [
            echo.Trial(
                word, "", spoken[at % _REPLIES], rooms[at % len(rooms)],
                echo.ROOMS[names[at % len(names)]], options.lead,
            )
            for at, word in enumerate(words)
        ]
        for kind, words in near.items()
    }  # fmt: skip


def heard(trials: Sequence[echo.Trial], name: str, below_db: float, ear: Ear) -> Calls:
    """All calls of one kind with one canceller."""
    found = Calls()
    for seed, trial in enumerate(trials):
        mixed, start = echo.mixture(trial, below_db, seed)
        clean = echo.cancelled(name, mixed, trial.reply, echo.Tally())
        end = start + len(trial.near)
        found.of += 1
        for speaking in (True, False):
            at = echo.wakes(ear, clean, speaking)
            found.woken[speaking] += any(start < one < end + RATE_HZ for one in at)
            found.by_reply[speaking] += any(one <= start for one in at)
    return found


def line(label: str, kind: str, found: Calls) -> str:
    """A row of the table."""
    missed = share(found.of - found.woken[True], found.of)
    return (
        f"{label:24} {kind:8} heard {found.woken[True]:3} of {found.of} "
        f"({1 - missed.high:3.0%} to {1 - missed.low:3.0%}), {found.woken[False]:3} at the usual "
        f"threshold; woken by the reply {found.by_reply[True]}, {found.by_reply[False]}"
    )


def main() -> None:
    """Print one line for each level, canceller and kind of caller."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--data", type=Path, required=True, help="folder of recordings")
    parser.add_argument("--kokoro", type=Path, required=True, help="Kokoro with its voices")
    parser.add_argument("--cancellers", nargs="+", default=["none", "speexdsp"])
    parser.add_argument("--below-db", nargs="+", type=float, default=[0, 6, 12])
    parser.add_argument("--lead", type=float, default=4.0, help="seconds until the call")
    parser.add_argument("--model", default="marvin", help="wake word model for the same label")
    options = parser.parse_args()
    ear = load_ear(Config(wake=AstConfig(model=options.model)))
    found = calls(options)
    for below_db in options.below_db:
        for name in options.cancellers:
            for kind, trials in found.items():
                label = f"{-below_db:.0f} dB, {name}"
                print(line(label, kind, heard(trials, name, below_db, ear)), flush=True)
    for kind, trials in found.items():
        silent = [replace(trial, way=echo.ROOMS["headset"]) for trial in trials]
        print(line("no echo", kind, heard(silent, "none", 0.0, ear)), flush=True)


if __name__ == "__main__":
    main()
