"""Recall and false accepts of a model on recordings: `python -m marvin.wake.training.measure`."""

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from marvin.config.tables import AstConfig
from marvin.errors import MarvinError
from marvin.types import CHUNK_SAMPLES, RATE_HZ, AudioChunk, Samples
from marvin.wake.ast_classifier import AstWakeWordDetector
from marvin.wake.training.corpus import read_audio, speaker_number

_QUIET_LEVEL = 3e-4


def detections(
    detector: AstWakeWordDetector, samples: Samples, *, quiet_s: float = 1.0, seed: int = 0
) -> tuple[list[float], float]:
    """Stream one recording with quiet noise before and after it, in chunks of CHUNK_SAMPLES.

    Returns:
        The scores of the detections, and the highest score of all looks.
    """
    rng = np.random.default_rng(seed)
    quiet = round(quiet_s * RATE_HZ)
    audio = rng.standard_normal(len(samples) + 2 * quiet).astype(np.float32) * _QUIET_LEVEL
    audio[quiet : quiet + len(samples)] += samples
    detector.reset()
    scores, highest = [], 0.0
    for chunk in _chunks(audio):
        detection = detector.process(chunk, voice=True)
        highest = max(highest, detector.last_score)
        if detection is not None:
            scores.append(detection.score)
    return scores, highest


def main(arguments: Sequence[str] | None = None) -> int:
    """Print what was missed and what was wrongly heard. Returns the exit code."""
    args = _parser().parse_args(arguments)
    try:
        config = AstConfig(model=args.model, label=args.label, **dict(args.set or ()))
        detector = AstWakeWordDetector.load(config)
    except MarvinError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code
    for title, paths, expected in (
        ("positives", args.positives, True),
        ("negatives", args.negatives, False),
    ):
        if paths:
            _report(detector, title, paths, expected=expected, odd_only=args.odd_speakers)
    return 0


def _report(
    detector: AstWakeWordDetector, title: str, paths: list[Path], *, expected: bool, odd_only: bool
) -> None:
    files, fired, seconds, count = 0, 0, 0.0, 0
    say = sys.stdout.write
    for path, samples in read_audio(paths):
        if odd_only and speaker_number(path) % 2 == 0:
            continue
        scores, highest = detections(detector, samples)
        files, seconds = files + 1, seconds + len(samples) / RATE_HZ
        fired, count = fired + bool(scores), count + len(scores)
        if bool(scores) != expected:
            say(f"  {'missed' if expected else 'wrongly heard'} {path}: {highest:.3f}\n")
    if expected:
        say(f"{title}: heard in {fired} of {files} files\n")
    else:
        rate = count / max(seconds / 3600, 1e-9)
        say(f"{title}: {count} detections in {seconds / 60:.1f} min ({rate:.2f} an hour)\n")


def _chunks(audio: Samples) -> Iterator[AudioChunk]:
    for start in range(0, len(audio), CHUNK_SAMPLES):
        yield AudioChunk(audio[start : start + CHUNK_SAMPLES], start=start)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m marvin.wake.training.measure", description=__doc__)
    add = parser.add_argument
    add("--model", default="marvin", help="as `wake.model` (%(default)s)")
    add("--label", default="marvin", help="as `wake.label` (%(default)s)")
    add("--positives", type=Path, nargs="*", default=[], help="recordings of the phrase")
    add("--negatives", type=Path, nargs="*", default=[], help="recordings without it")
    add("--odd-speakers", action="store_true", help="only the half that is not trained on")
    add("--set", type=_setting, action="append", help="another key of [wake], as threshold=0.6")
    return parser


def _setting(text: str) -> tuple[str, str]:
    key, _, value = text.partition("=")
    return key, value


if __name__ == "__main__":
    raise SystemExit(main())
