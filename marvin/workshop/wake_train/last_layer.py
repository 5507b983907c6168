"""Fits the last layer of a finished model anew, with natural voices.

    python -m marvin.workshop.wake_train.last_layer MODEL --kokoro FOLDER --negatives DIR ...
        --noise DIR ... --rir DIR ... --out DIR [--seed 1] [--threads 2] [--keep FILE]

The network stays as `marvin wake train` made it, from the voices of espeak-ng. Only the weights
that tell the phrase from the rest are fitted, by logistic regression, on windows like those of a
training, a third of whose positives are Kokoro's voices (`marvin models pull hexgrad/Kokoro-82M`).
Takes two minutes.
"""

from __future__ import annotations

import argparse
import random
import sys
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from marvin.backends.pretrained.place import Place
from marvin.backends.sphinx.fitting import balanced_weights
from marvin.cancellation import CancelToken
from marvin.config.tts import KokoroConfig
from marvin.engines.registry import load_engine
from marvin.types import RATE_HZ, Samples
from marvin.wake.ast.ast_checkpoint import load_settings
from marvin.workshop.wake_train.audio_files import audio_files, read_file
from marvin.workshop.wake_train.augment import Sounds
from marvin.workshop.wake_train.corpus import Clip, Corpus
from marvin.workshop.wake_train.folder import write_folder
from marvin.workshop.wake_train.recipe import Recipe
from marvin.workshop.wake_train.texts import any_words, near_misses, sentence
from marvin.workshop.wake_train.train import known_label
from marvin.workshop.wake_train.training_windows import Windows
from marvin.workshop.wake_train.voices import VoiceBox, speak, trim

if TYPE_CHECKING:
    import torch
    from transformers import ASTForAudioClassification

HELD_OUT = ("af_alloy", "af_sky", "am_adam", "am_liam", "bf_lily", "bm_lewis")
"""Kokoro's English voices for evaluation."""
_ODD = ("af_nicole", "am_santa")
"""A whisper and a deep laugh."""
_SPEEDS = (0.85, 1.0, 1.15)
_CLIPS = 400
"""Clips of espeak-ng with the phrase, with similar words, and with other speech."""
_BATCHES = 120
_TAKEN = 0.03
"""Share of the windows without the phrase that score above 0.5; similar words are a third."""


def natural_voices(folder: Path, phrase: str) -> list[Samples]:
    """The phrase in Kokoro's English voices, as a statement and as a question."""
    import soxr

    found = []
    for path in sorted((folder / "voices").glob("[ab][fm]_*.bin")):
        if path.stem in (*HELD_OUT, *_ODD):
            continue
        for speed in _SPEEDS:
            config = KokoroConfig(
                model=str(folder), voice=path.stem, speed=speed, early_audio=False
            )
            with closing(load_engine(config, Place("cpu", "float32", 1))) as engine:
                for mark in ".?":
                    text = f"{phrase.title()}{mark}"
                    chunks = list(engine.synthesize(text, CancelToken()))
                    spoken = np.concatenate([chunk.samples for chunk in chunks])
                    found.append(soxr.resample(spoken, chunks[0].rate_hz, RATE_HZ))
    return [_clip(samples) for samples in found]


def _clip(samples: Samples) -> Samples:
    """Trimmed, with the peak of espeak-ng's clips."""
    return np.asarray(trim(samples) * (0.5 / np.abs(samples).max()), np.float32)


def synthetic_speech(phrase: str, seed: int, jobs: int) -> Corpus:
    """The phrase, similar words and other speech by espeak-ng."""
    rng, box = random.Random(seed), VoiceBox()
    near, anything = near_misses(phrase)[:_CLIPS], any_words()
    texts = [
        [phrase] * _CLIPS,
        [sentence(rng, rng.choice(near), rng.choice(anything)) for _ in range(_CLIPS)],
        [sentence(rng, rng.choice(anything), rng.choice(anything)) for _ in range(_CLIPS)],
    ]
    requests = [
        (box.draw(rng, foreign=False, held_out=False), text) for group in texts for text in group
    ]
    spoken = speak(requests, jobs=jobs)
    groups = [spoken[first : first + _CLIPS] for first in range(0, len(spoken), _CLIPS)]
    said, *others = [[one for one in group if len(one) > RATE_HZ // 6] for group in groups]
    return Corpus([Clip(one, 0, len(one)) for one in said], *([*map(Clip, g)] for g in others))


def rows(
    model: ASTForAudioClassification, windows: Windows, mean: float, std: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """What the last layer sees of each window, and 1 where it has the phrase."""
    import torch

    found, said = [], []
    for batch in windows.stream(0, _BATCHES):
        inputs = torch.from_numpy((batch.features - np.float32(mean)) / np.float32(2 * std))
        with torch.inference_mode():
            pooled = model.audio_spectrogram_transformer(inputs).pooler_output
            found.append(model.classifier.layernorm(pooled).numpy())
        said.append(batch.phrase)
    return np.concatenate(found).astype(np.float64), np.concatenate(said).astype(np.float64)


def fit(seen: NDArray[np.float64], said: NDArray[np.float64]) -> tuple[NDArray[np.float64], float]:
    """Weights, and the bias at which _TAKEN of the windows without the phrase pass."""
    weights = balanced_weights(seen, said)
    return weights, -float(np.quantile(seen[said == 0] @ weights, 1 - _TAKEN))


def put(layer: torch.nn.Linear, weights: NDArray[np.float64], bias: float) -> None:
    """Make them the difference between the two labels."""
    import torch

    with torch.no_grad():
        layer.weight.zero_()
        layer.bias.zero_()
        layer.weight[1] = torch.from_numpy(weights)
        layer.bias[1] = bias


def main() -> None:
    """Write the folder of the model."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("model", type=Path, help="folder of a finished model")
    parser.add_argument("--kokoro", type=Path, required=True, help="folder with its voices")
    for name in ("--negatives", "--noise", "--rir"):
        parser.add_argument(name, type=Path, nargs="+", required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--keep", type=Path, help="file to cache Kokoro's speech")
    options = parser.parse_args()
    import torch
    from transformers import ASTForAudioClassification
    from transformers.utils import logging as transformers_logging

    # No progress bar for 75 small tensors.
    transformers_logging.disable_progress_bar()
    torch.set_num_threads(1)
    phrase, settings = known_label(options.model), load_settings(str(options.model))
    if options.keep is not None and options.keep.exists():
        with np.load(options.keep) as kept:
            natural = [kept[name] for name in kept.files]
    else:
        natural = natural_voices(options.kokoro, phrase)
        if options.keep is not None:
            np.savez(
                options.keep, allow_pickle=False, **{f"{i:03}": s for i, s in enumerate(natural)}
            )
    speech, noise = (
        [read_file(path) for path in audio_files(folders).files]
        for folders in (options.negatives, options.noise)
    )
    rooms = [read_file(path, first_channel=True) for path in audio_files(options.rir).files]
    personal = [Clip(one, 0, len(one)) for one in natural]
    sounds = Sounds([Clip(one) for one in speech if len(one)], noise, rooms, personal)
    recipe = Recipe(phrase=phrase, seed=options.seed, workers=options.threads)
    corpus = synthetic_speech(phrase, options.seed, options.threads)
    windows = Windows(recipe, corpus, sounds, warm=True)
    model = ASTForAudioClassification.from_pretrained(options.model).eval()
    seen, said = rows(model, windows, settings.mean, settings.std)
    weights, bias = fit(seen, said)
    put(model.classifier.dense, weights, bias)
    write_folder(options.out, model, settings)
    passing = np.mean(seen[said == 1] @ weights + bias > 0)
    sys.stdout.write(
        f"{len(natural)} recordings by Kokoro, {len(seen)} windows, {int(said.sum())} with the "
        f"phrase; {passing:.0%} of these and {_TAKEN:.1%} of the others pass\n"
    )


if __name__ == "__main__":
    main()
