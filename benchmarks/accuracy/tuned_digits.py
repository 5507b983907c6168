"""Whether fine-tuning learns what is said, on recordings of spoken digits.

    python -m benchmarks.accuracy.tuned_digits DATA/speech-en/fsdd [--steps 300]

A tiny Audio Flamingo with random weights is fine-tuned with `marvin tune audio-llm` and evaluated
before and after it with `marvin eval qa`, each command in a process of its own, on recordings that
it was not trained on (the last take of each digit by each speaker). Its windows have 1 s rather
than 30 s, so that this takes minutes. Recordings are named DIGIT_SPEAKER_TAKE.wav.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from tests.checkpoints.short_windows import make_short_windows

SIZE = {"hidden_size": 64, "intermediate_size": 128, "head_dim": 16}
QUESTION = "Which digit?"


def split(recordings: Iterable[Path]) -> tuple[list[Path], list[Path]]:
    """Those to train on, and the last take of each digit by each speaker."""
    takes = defaultdict(list)
    for recording in recordings:
        digit, speaker, take = recording.stem.split("_")
        takes[digit, speaker].append((int(take), recording))
    train, held_out = [], []
    for found in takes.values():
        *others, (_, last) = sorted(found)
        train += [recording for _, recording in others]
        held_out.append(last)
    return train, held_out


def write(file: Path, recordings: Iterable[Path]) -> Path:
    rows = (
        {
            "audio": str(recording.resolve()),
            "question": QUESTION,
            "answer": recording.stem[0],
            "category": recording.stem.split("_")[1],
        }
        for recording in recordings
    )
    file.write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    return file


def marvin(*words: object) -> str:
    """The output of a command in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "marvin", *map(str, words)],
        check=True,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "HF_HUB_OFFLINE": "1"},
    ).stdout


def evaluated(model: Path, data: Path) -> dict[str, Any]:
    text = marvin(
        *("eval", "qa", "--model", model, "--data", data),
        *("--tokens", 2, "--batch", 16, "--device", "cpu", "--json"),
    )
    card: dict[str, Any] = json.loads(text)
    return card


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("recordings", type=Path, metavar="DIR")
    parser.add_argument("--steps", type=int, default=300)
    arguments = parser.parse_args()
    train, held_out = split(arguments.recordings.glob("*_*_*.wav"))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        base, adapter = make_short_windows(folder / "base", **SIZE), folder / "adapter"
        learned = write(folder / "train.jsonl", train)
        tested = write(folder / "held_out.jsonl", held_out)
        before = evaluated(base, tested)
        marvin(
            *("tune", "audio-llm", "--model", base, "--data", learned, "--out", adapter),
            *("--max-steps", arguments.steps, "--held-out", 0, "--batch", 16, "--accumulate", 1),
            *("--learning-rate", 5e-3, "--device", "cpu", "--no-checkpointing"),
        )
        rows = {"before": before, "after": evaluated(adapter, tested)}
    table = Table(box=None)
    for title in ("", "right", "%", "95 % interval"):
        table.add_column(title)
    for what, card in rows.items():
        score = card["scores"][0]
        value, of = score["value"], score["of"]
        table.add_row(
            what,
            f"{round(value['estimate'] * of)} of {of}",
            f"{100 * value['estimate']:.0f}",
            f"{100 * value['low']:.0f} - {100 * value['high']:.0f}",
        )
    Console().print(table)


if __name__ == "__main__":
    main()
