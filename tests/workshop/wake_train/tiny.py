"""`marvin wake train` with a model small enough to train in seconds.

It is also a program, for tests that kill it: `python -m tests.workshop.wake_train.tiny PHRASE ...`.
"""

import functools
import sys
from pathlib import Path

import numpy as np
import pytest

from marvin.cli.main import main
from marvin.types import RATE_HZ, Samples
from marvin.workshop.wake_train import preparing
from marvin.workshop.wake_train.recipe import Recipe

TINY = functools.partial(
    Recipe, hidden=16, layers=1, mel_bins=16, batch=4, vocabulary=8, learning_rate=1e-2
)
ARGUMENTS = ("--clips=30", "--threads=1", "--from-scratch")


def use(patch: pytest.MonkeyPatch, seen: dict[str, str]) -> None:
    """Train the tiny model in this environment."""
    patch.setattr(preparing, "Recipe", TINY)
    for name, value in seen.items():
        patch.setenv(name, value)


def train(*arguments: object) -> int:
    return main(["wake", "train", *map(str, arguments), *ARGUMENTS])


def environment(folder: Path) -> dict[str, str]:
    """Use a separate cache, and no synthesiser but Marvin's."""
    return {"PATH": str(folder / "bin"), "XDG_CACHE_HOME": str(folder / "cache")}


def voice_like(seconds: float, seed: int = 0) -> Samples:
    """A buzz that rises and falls: not a word, but louder than the room."""
    time_s = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    pitch = 110 + 10 * seed + 20 * np.sin(7 * time_s)
    buzz = np.sign(np.sin(2 * np.pi * np.cumsum(pitch) / RATE_HZ)) * np.hanning(len(time_s))
    return (0.3 * buzz).astype(np.float32)


def recording(*bursts: float, seed: int = 0, pause_s: float = 0.8) -> Samples:
    """Bursts lasting this many seconds, surrounded by room noise."""
    pause = np.zeros(round(pause_s * RATE_HZ), np.float32)
    pieces = [pause]
    for seconds in bursts:
        pieces += [voice_like(seconds, seed), pause]
    samples = np.concatenate(pieces)
    room = np.random.default_rng(seed).standard_normal(len(samples), np.float32)
    return samples + room * np.float32(1e-3)


def write(path: Path, samples: Samples, rate_hz: int = RATE_HZ) -> Path:
    """Write a WAV file, creating its folder."""
    import soundfile

    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, samples, rate_hz)
    return path


if __name__ == "__main__":
    setattr(preparing, "Recipe", TINY)  # noqa: B010 - mypy would take it for a mistake
    raise SystemExit(main(["wake", "train", *sys.argv[1:], *ARGUMENTS]))
