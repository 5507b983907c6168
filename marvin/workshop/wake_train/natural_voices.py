"""Makes recordings in natural voices for `marvin wake train` and `marvin wake eval`.

    python -m marvin.workshop.wake_train.natural_voices PHRASE --kokoro FOLDER --out DIR [--seed 1]

Kokoro's English voices (`marvin models pull hexgrad/Kokoro-82M`) say the phrase and similar words.
DIR/said is for `--recordings` of the training, DIR/similar for its `--negatives`; DIR/held_out is
the phrase in the voices HELD_OUT, for `--positives` of the evaluation. Takes ten minutes.
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import numpy as np

from marvin.backends.pretrained.place import Place
from marvin.cancellation import CancelToken
from marvin.config.tts import KokoroConfig
from marvin.engines.registry import load_engine
from marvin.types import RATE_HZ, Samples
from marvin.workshop.wake_train.texts import any_words, near_misses, sentence
from marvin.workshop.wake_train.voices import trim

HELD_OUT = ("af_alloy", "af_sky", "am_adam", "am_liam", "bf_lily", "bm_lewis")
"""Kokoro's English voices for evaluation."""
_ODD = ("af_nicole", "am_santa")
"""A whisper and a deep laugh."""
_SPEEDS = (0.85, 1.0, 1.15)
_SIMILAR = 24
"""Similar words a voice, alone and in sentences."""
_PAUSE_S = 0.3


def english_voices(folder: Path, *, held_out: bool = False) -> list[str]:
    """The names of the voices to train with, or those of the evaluation."""
    names = [path.stem for path in sorted((folder / "voices").glob("[ab][fm]_*.bin"))]
    return [name for name in names if name not in _ODD and (name in HELD_OUT) == held_out]


def spoken(folder: Path, voice: str, speed: float, texts: list[str]) -> Iterator[Samples]:
    """The texts in one of Kokoro's voices, trimmed, with the peak of espeak-ng's clips."""
    import soxr

    config = KokoroConfig(model=str(folder), voice=voice, speed=speed, early_audio=False)
    with closing(load_engine(config, Place("cpu", "float32", 1))) as engine:
        for text in texts:
            chunks = list(engine.synthesize(text, CancelToken()))
            samples = np.concatenate([chunk.samples for chunk in chunks])
            clip = soxr.resample(samples, chunks[0].rate_hz, RATE_HZ)
            yield np.asarray(trim(clip) * (0.5 / np.abs(clip).max()), np.float32)


def phrase_by(folder: Path, voice: str, phrase: str) -> Iterator[tuple[str, Samples]]:
    """The phrase as a statement and as a question, at three speeds, with names."""
    texts = {"statement": f"{phrase.title()}.", "question": f"{phrase.title()}?"}
    for speed in _SPEEDS:
        for name, clip in zip(
            texts, spoken(folder, voice, speed, list(texts.values())), strict=True
        ):
            yield f"{voice}-{speed}-{name}", clip


def similar_by(folder: Path, voice: str, phrase: str, rng: random.Random) -> Samples:
    """Similar words, one after the other."""
    near, anything = near_misses(phrase)[:400], any_words()
    texts = [sentence(rng, rng.choice(near), rng.choice(anything)) for _ in range(_SIMILAR)]
    pause = np.zeros(round(_PAUSE_S * RATE_HZ), np.float32)
    clips = spoken(folder, voice, rng.choice(_SPEEDS), texts)
    return np.concatenate([part for clip in clips for part in (clip, pause)])


def _write(path: Path, samples: Samples) -> None:
    import soundfile

    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, samples, RATE_HZ, subtype="PCM_16")


def main() -> None:
    """Write the folders."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("phrase")
    parser.add_argument("--kokoro", type=Path, required=True, help="folder with its voices")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    if not english_voices(options.kokoro):
        parser.error(
            f"no English voices in {options.kokoro}: `marvin models pull hexgrad/Kokoro-82M` "
            "makes this folder"
        )
    rng = random.Random(options.seed)
    for held_out, name in ((False, "said"), (True, "held_out")):
        for voice in english_voices(options.kokoro, held_out=held_out):
            for clip, samples in phrase_by(options.kokoro, voice, options.phrase):
                _write(options.out / name / f"{clip}.wav", samples)
    for voice in english_voices(options.kokoro):
        samples = similar_by(options.kokoro, voice, options.phrase, rng)
        _write(options.out / "similar" / f"{voice}-similar.wav", samples)


if __name__ == "__main__":
    main()
