"""Fits the second look.

    python -m marvin.workshop.wake_train.second_look --speech DIR --noise DIR


One rule for all phrases, fitted on hundreds of them: words from recordings of speech, in context
and cut out, and names spoken by synthetic voices, in rooms and noise. Every window without a phrase
is a counterexample for it.
"""

import argparse
import random
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from marvin.backends.sphinx.acoustics import AcousticModel
from marvin.backends.sphinx.fitting import balanced_weights
from marvin.types import Samples
from marvin.wake.phone_evidence import NAMES, PhonePhrase, hear_both
from marvin.wake.verifier import pronunciations
from marvin.workshop.wake_train.audio_files import audio_files, read_file
from marvin.workshop.wake_train.second_look_material import (
    SYNTHETIC,
    RealVoices,
    Shown,
    may_hold,
    recorded,
    synthetic_voices,
    written_down,
)

_OTHERS = 20
"""Number of other phrases tried on each window."""


@dataclass(frozen=True, slots=True)
class WindowEvidence:
    """Evidence from all windows."""

    rows: NDArray[np.float64]
    """Shape (n, len(NAMES))."""
    true: NDArray[np.float64]
    """1 if the phrase was said; shape (n,)."""
    part: NDArray[np.int64]
    """A number of the row's phrase; shape (n,)."""


def gather(shown: Sequence[Shown], seed: int) -> WindowEvidence:
    """Test each window for its own phrase and for others."""
    model, rng = AcousticModel(), random.Random(seed)
    texts = sorted({window.phrase for window in shown if window.phrase} | set(SYNTHETIC))
    phrases = {text: PhonePhrase(model, pronunciations(text)) for text in texts}
    rows, true, part = [], [], []
    for window in shown:
        sounds = hear_both(model, window.samples)
        others = [text for text in rng.sample(texts, _OTHERS) if not may_hold(window.words, text)]
        for text in dict.fromkeys([window.phrase, *others] if window.phrase else others):
            row = phrases[text].evidence(sounds)
            if row is not None:
                rows.append(row)
                true.append(float(text == window.phrase))
                part.append(crc32(text.encode()))
    return WindowEvidence(np.array(rows), np.array(true), np.array(part))


def mistaken(path: Path) -> WindowEvidence:
    """Evidence from the windows that `first_looks` found."""
    model, rows, part = AcousticModel(), [], []
    phrases: dict[str, PhonePhrase] = {}
    with np.load(path) as kept:
        for window, text in zip(kept["windows"], kept["phrases"].tolist(), strict=True):
            if text not in phrases:
                phrases[text] = PhonePhrase(model, pronunciations(text))
            row = phrases[text].evidence(hear_both(model, (window / 32767).astype(np.float32)))
            if row is not None:
                rows.append(row)
                part.append(crc32(text.encode()))
    return WindowEvidence(np.array(rows), np.zeros(len(rows)), np.array(part))


def together(one: WindowEvidence, other: WindowEvidence) -> WindowEvidence:
    return WindowEvidence(
        np.concatenate([one.rows, other.rows]),
        np.concatenate([one.true, other.true]),
        np.concatenate([one.part, other.part]),
    )


def fit(evidence: WindowEvidence, taken: float) -> tuple[NDArray[np.float64], float]:
    """Weights, and the bias at which a share `taken` of the counterexamples passes."""
    weights = balanced_weights(evidence.rows, evidence.true)
    totals = evidence.rows[evidence.true == 0] @ weights
    return weights, -float(np.quantile(totals, 1 - taken))


def held_out_shares(evidence: WindowEvidence, folds: int = 5) -> list[tuple[float, float]]:
    """Pairs of (accepted phrases, accepted counterexamples), by cross-validation over phrases."""
    totals = np.empty(len(evidence.rows))
    for fold in range(folds):
        out = evidence.part % folds == fold
        totals[out] = evidence.rows[out] @ balanced_weights(
            evidence.rows[~out], evidence.true[~out]
        )
    said, other = totals[evidence.true == 1], totals[evidence.true == 0]
    return [(s, float(np.mean(other >= np.quantile(said, 1 - s)))) for s in (0.95, 0.9, 0.8)]


def show(
    speech: Sequence[Samples], noise: list[Samples], rooms: list[Samples], count: int, seed: int
) -> list[Shown]:
    """All windows, as recorded by simulated microphones."""
    rng = np.random.default_rng(seed)
    real = RealVoices(speech, list(written_down(speech)))
    sys.stdout.write(f"{len(real.said)} phrases by people, {count} used\n")
    windows = [*real.windows(rng, count), *synthetic_voices(rng, seed)]
    return [recorded(window, rng, rooms, noise, speech) for window in windows]


def main() -> None:
    """Print the constants for `marvin/wake/verifier.py`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--speech", type=Path, nargs="+", required=True)
    parser.add_argument("--noise", type=Path, nargs="*", default=[])
    parser.add_argument("--rooms", type=Path, nargs="*", default=[])
    parser.add_argument("--phrases", type=int, default=700, help="number of phrases by real voices")
    parser.add_argument(
        "--taken", type=float, default=0.0015, help="share of counterexamples that pass"
    )
    parser.add_argument("--seed", type=int, default=5)
    parser.add_argument("--candidates", type=Path, help="file of `first_looks`")
    parser.add_argument("--keep", type=Path, help="file to cache the evidence")
    options = parser.parse_args()
    if options.keep and options.keep.exists():
        with np.load(options.keep) as kept:
            evidence = WindowEvidence(kept["rows"], kept["true"], kept["part"])
    else:
        speech, noise = (
            [read_file(path) for path in audio_files(folders).files]
            for folders in (options.speech, options.noise)
        )
        rooms = [read_file(path, first_channel=True) for path in audio_files(options.rooms).files]
        if not speech:
            parser.error("no recordings of speech")
        evidence = gather(show(speech, noise, rooms, options.phrases, options.seed), options.seed)
        if options.keep:
            np.savez(options.keep, rows=evidence.rows, true=evidence.true, part=evidence.part)
    if options.candidates:
        evidence = together(evidence, mistaken(options.candidates))
    weights, bias = fit(evidence, options.taken)
    said = evidence.rows[evidence.true == 1] @ weights + bias
    sys.stdout.write(f"{len(evidence.rows)} rows, {int(evidence.true.sum())} of them said\n")
    for share, others in held_out_shares(evidence):
        sys.stdout.write(f"held-out phrases: {share:.0%} accepted with {others:.2%} of others\n")
    for name, weight in zip(NAMES, weights, strict=True):
        sys.stdout.write(f"{name}: {weight:.3f}\n")
    passing = np.mean(said > 0)
    sys.stdout.write(
        f"WEIGHTS = ({', '.join(f'{weight:.3f}' for weight in weights)})\n_BIAS = {bias:.2f}\n"
        f"{passing:.0%} of the phrases pass, {options.taken:.2%} of the counterexamples\n"
    )


if __name__ == "__main__":
    main()
