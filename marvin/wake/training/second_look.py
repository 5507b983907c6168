"""Fits the second look: `python -m marvin.wake.training.second_look --model DIR --negatives DIR`.

Candidates come from the very detector that `marvin run` uses: false ones from recordings of
speech at several tempos, true ones from voices that the model was not trained on.
"""

import argparse
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np

from marvin.config.tables import AstConfig
from marvin.sphinx.fitting import balanced_weights
from marvin.types import CHUNK_SAMPLES, RATE_HZ, AudioChunk, Samples
from marvin.wake.ast_classifier import AstClassifier, AstWakeWordDetector
from marvin.wake.checkpoint import load_checkpoint
from marvin.wake.training.corpus import read_audio, synthesize
from marvin.wake.verifier import PhoneVerifier

TEMPOS = (0.85, 0.93, 1.0, 1.08, 1.18)
SCORE_WEIGHT = 1.0
"""Weight of the first look. Learned from synthetic positives, which are easy for a model trained
on synthetic ones, it is nearly twice that, and real voices would pay for it."""


class Recorder:
    """A second look that only keeps what it is shown."""

    def __init__(self, phones: PhoneVerifier) -> None:
        self._phones = phones
        self.rows: list[tuple[float, float, float]] = []
        """Fit, length and log odds of the first look, of every candidate with the phrase in it."""
        self.seen = 0

    def confidence(self, samples: Samples, score: float) -> float:
        self.seen += 1
        evidence = self._phones.evidence(samples)
        if evidence is not None:
            self.rows.append((*evidence, float(np.log(score / (1 - score)))))
        return 0.0


def candidates(detector: AstWakeWordDetector, clips: Iterable[Samples]) -> float:
    """Stream clips, a second of faint noise around each; returns their length in seconds."""
    random = np.random.default_rng(0)
    total = position = 0
    for clip in clips:
        total += len(clip)
        heard = random.normal(0, 3e-4, len(clip) + 2 * RATE_HZ).astype(np.float32)
        heard[RATE_HZ:-RATE_HZ] += clip
        position += RATE_HZ  # a gap: a new stream
        for at in range(0, len(heard), CHUNK_SAMPLES):
            chunk = AudioChunk(heard[at : at + CHUNK_SAMPLES], start=position)
            detector.process(chunk, True)
            position = chunk.end
    return total / RATE_HZ


def noisy(clips: Iterable[Samples], noises: list[Samples]) -> Iterator[Samples]:
    """Every second clip in noise, 5 to 30 dB below it."""
    random = np.random.default_rng(3)
    for number, clip in enumerate(clips):
        if number % 2 and noises:
            noise = noises[random.integers(len(noises))]
            noise = np.resize(noise[random.integers(max(1, len(noise) - RATE_HZ)) :], len(clip))
            level = np.sqrt(np.mean(clip**2)) / max(float(np.sqrt(np.mean(noise**2))), 1e-6)
            yield (clip + noise * level * 10 ** (-random.uniform(5, 30) / 20)).astype(np.float32)
        else:
            yield clip


def at_tempo(clip: Samples, tempo: float) -> Samples:
    """Faster or slower, pitch and all: another voice."""
    at = np.arange(0, len(clip) - 1, tempo)
    return np.asarray(np.interp(at, np.arange(len(clip)), clip), np.float32)


def main() -> None:
    """Print the constants of `marvin/wake/verifier.py`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", default="marvin", help="model of the first look")
    parser.add_argument("--phrase", default="marvin")
    parser.add_argument("--negatives", type=Path, nargs="+", required=True)
    parser.add_argument("--noise", type=Path, nargs="*", default=[])
    parser.add_argument("--cache", type=Path)
    parser.add_argument("--taken", type=float, default=0.03, help="false candidates that pass")
    options = parser.parse_args()

    import torch

    torch.set_num_threads(1)
    config = AstConfig(model=options.model, label=options.phrase, candidate=0.3)
    checkpoint = load_checkpoint(config.model, config.label, device="cpu", dtype="float32")
    classifier = AstClassifier(
        checkpoint.model, checkpoint.label_index, multi_label=checkpoint.multi_label
    )
    phones = PhoneVerifier.load(options.phrase)
    speech = [samples for _, samples in read_audio(options.negatives)]
    noises = [samples for _, samples in read_audio(options.noise)]
    said = synthesize(options.phrase, 3000, 1, held_out=True, cache=options.cache).positives
    found = {}
    for name, clips in (
        ("true", noisy((clip.samples for clip in said), noises)),
        ("false", (at_tempo(clip, tempo) for tempo in TEMPOS for clip in speech)),
    ):
        recorder = Recorder(phones)
        detector = AstWakeWordDetector(classifier, checkpoint.settings, config, recorder)
        length_s = candidates(detector, clips)
        found[name] = np.array(recorder.rows)
        sys.stdout.write(f"{name}: {recorder.seen} candidates in {length_s / 60:.0f} min\n")
        if not recorder.rows:
            parser.error(f"nothing to learn from: no {name} candidates; give more recordings")
    evidence = np.vstack([found["true"], found["false"]])[:, :2]
    true = np.r_[np.ones(len(found["true"])), np.zeros(len(found["false"]))]
    weights = np.append(balanced_weights(evidence, true), SCORE_WEIGHT)
    totals = found["false"] @ weights
    bias = -float(np.quantile(totals, 1 - options.taken))
    recall = float(np.mean(found["true"] @ weights + bias > 0))
    sys.stdout.write(
        f"_FIT, _LENGTH, _SCORE, _BIAS = {weights[0]:.2f}, {weights[1]:.2f}, {weights[2]:.2f}, "
        f"{bias:.2f}\n{recall:.0%} of the true candidates pass, {options.taken:.0%} of the false\n"
    )


if __name__ == "__main__":
    main()
