"""Compares models of one wake word at the same number of false accepts.

    python -m benchmarks.accuracy.wake_models MODEL ... --negatives DIR ... --positives DIR ...
        --noise DIR ... [--label marvin] [--snr 10] [--babble] [--accents] [--most 1]

Each group of recordings (a folder, or with --accents the phrase in three sentences by every English
voice of espeak-ng) is heard as it is, in noise, in simulated rooms that were not trained on, and
there in noise; with --babble, the noise is three of its recordings at once. Missed at the threshold
of 0.5, and at the lowest with at most `--most` false accepts in all negatives, with 95 % intervals.
All models hear the same. With `PYTHONPATH` set to another checkout, its Marvin is measured.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path

import numpy as np

from marvin.backends.espeak.process import EspeakProcess
from marvin.cancellation import CancelToken
from marvin.config.tables import Config
from marvin.config.wake import AstConfig
from marvin.conversation.ear import Ear, load_ear
from marvin.pcm import to_float32
from marvin.types import RATE_HZ, Samples
from marvin.workshop.wake_eval.rates import accepted, per_hour, share
from marvin.workshop.wake_eval.rooms import simulated_rooms
from marvin.workshop.wake_eval.speech import in_noise
from marvin.workshop.wake_eval.stream import Take, every_candidate, stream_recording
from marvin.workshop.wake_train.audio_files import audio_files, read_file
from marvin.workshop.wake_train.room_acoustics import cut, in_room

_SEED = 1
_AROUND_S = 1.0
_BABBLERS = 3
_SENTENCES = ("{}.", "{}, what time is it?", "Turn on the light, {}.")
_THRESHOLDS = tuple(step / 100 for step in range(30, 100))
_CONFIGURED = 0.5

Heard = dict[str, list[Samples]]


def accents(phrase: str) -> Iterator[Samples]:
    """The phrase in three sentences by every English voice of espeak-ng."""
    import soxr

    with closing(EspeakProcess()) as process:
        process.start()
        for voice in sorted(name for name in process.voices() if name.startswith("en")):
            for sentence in _SENTENCES:
                text = sentence.format(phrase.title())
                pcm = b"".join(process.speak(text, voice, CancelToken()))
                samples = to_float32(np.frombuffer(pcm, np.int16))
                yield np.asarray(soxr.resample(samples, process.rate_hz, RATE_HZ), np.float32)


def in_places(
    clips: Sequence[Samples], noise: Sequence[Samples], snr_db: float, sources: int
) -> Heard:
    """The clips as they are, in noise, in rooms, and there in noise."""
    rng, rooms = np.random.default_rng(_SEED), simulated_rooms(_SEED)
    roomed = [in_room(clip, rooms[turn % len(rooms)]) for turn, clip in enumerate(clips)]

    def noisy(clip: Samples) -> Samples:
        length = len(clip) + round(2 * _AROUND_S * RATE_HZ)
        parts = [cut(noise[int(rng.integers(len(noise)))], length, rng) for _ in range(sources)]
        return in_noise(clip, np.asarray(np.sum(parts, axis=0), np.float32), snr_db)

    return {
        "clean": list(clips),
        "noise": [noisy(clip) for clip in clips],
        "rooms": roomed,
        "rooms, noise": [noisy(clip) for clip in roomed],
    }


def wrong(takes: Sequence[Take], threshold: float, refractory_s: float) -> int:
    """False accepts."""
    return sum(accepted(take.timed, threshold, refractory_s) for take in takes)


def quiet_enough(takes: Sequence[Take], most: int, refractory_s: float) -> float:
    """The lowest threshold with at most `most` false accepts."""
    fits = (t for t in _THRESHOLDS if wrong(takes, t, refractory_s) <= most)
    return next(fits, 1.0)


def missed(ear: Ear, clips: Sequence[Samples], thresholds: Sequence[float]) -> list[str]:
    """Missed clips at each threshold, in words."""
    best = [stream_recording(ear, [clip]).best for clip in clips]
    said = []
    for threshold in thresholds:
        count = sum(score < threshold for score in best)
        interval = share(count, len(best))
        said.append(
            f"{count:3} of {len(best)} ({100 * interval.low:.0f} to {100 * interval.high:.0f} %)"
        )
    return said


def main() -> None:
    """Print a table for each model."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("models", nargs="+")
    for name in ("--negatives", "--positives", "--noise"):
        parser.add_argument(name, type=Path, nargs="+", required=True)
    parser.add_argument("--label", default="marvin")
    parser.add_argument("--snr", type=float, default=10.0)
    parser.add_argument("--babble", action="store_true")
    parser.add_argument("--accents", action="store_true")
    parser.add_argument("--most", type=int, nargs="+", default=[1], help="false accepts")
    options = parser.parse_args()
    noise = [read_file(path) for path in audio_files(options.noise).files]
    said = {
        folder.name: [read_file(path) for path in audio_files([folder]).files]
        for folder in options.positives
    }
    if options.accents:
        said["accents"] = list(accents(options.label))
    sources = _BABBLERS if options.babble else 1
    groups = {name: in_places(clips, noise, options.snr, sources) for name, clips in said.items()}
    negatives = audio_files(options.negatives).files
    for model in options.models:
        config = AstConfig(model=model, label=options.label)
        ear = load_ear(Config(wake=every_candidate(config)))
        takes = [stream_recording(ear, [read_file(path)]) for path in negatives]
        seconds = sum(take.seconds for take in takes)
        quiet = [quiet_enough(takes, most, config.refractory_s) for most in options.most]
        count = wrong(takes, _CONFIGURED, config.refractory_s)
        rate = per_hour(count, seconds)
        print(
            f"{model}: {count} false accepts at {_CONFIGURED} in {seconds / 3600:.2f} h "
            f"({rate.low:.1f} to {rate.high:.1f} per hour); at most {options.most} from {quiet}"
        )
        for group, places in groups.items():
            for place, clips in places.items():
                columns = "; ".join(missed(ear, clips, (_CONFIGURED, *quiet)))
                print(f"  {group}, {place}: {columns}", flush=True)


if __name__ == "__main__":
    main()
