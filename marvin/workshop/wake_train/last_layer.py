"""Fits the last layer of a finished model anew, with natural voices.

    python -m marvin.workshop.wake_train.last_layer MODEL --recordings DIR ... --negatives DIR ...
        --noise DIR ... --rir DIR ... --out DIR [--seed 1] [--threads 2]

The network stays as `marvin wake train` made it, from the voices of espeak-ng. Only the weights
that tell the phrase from the rest are fitted, by logistic regression, on windows like those of a
training, a third of whose positives are the recordings, as `natural_voices` makes them. Takes two
minutes.
"""

from __future__ import annotations

import argparse
import random
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from marvin.backends.sphinx.fitting import balanced_weights
from marvin.types import RATE_HZ
from marvin.wake.ast.ast_checkpoint import load_settings
from marvin.workshop.wake_train.audio_files import audio_files, read_file
from marvin.workshop.wake_train.augment import Sounds
from marvin.workshop.wake_train.corpus import Clip, Corpus
from marvin.workshop.wake_train.folder import write_folder
from marvin.workshop.wake_train.recipe import Recipe
from marvin.workshop.wake_train.texts import any_words, near_misses, sentence
from marvin.workshop.wake_train.train import known_label
from marvin.workshop.wake_train.training_windows import Windows
from marvin.workshop.wake_train.voices import VoiceBox, speak

if TYPE_CHECKING:
    import torch
    from transformers import ASTForAudioClassification

_CLIPS = 400
"""Clips of espeak-ng with the phrase, with similar words, and with other speech."""
_BATCHES = 120
_TAKEN = 0.03
"""Share of the windows without the phrase that score above 0.5; similar words are a third."""


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
    for name in ("--recordings", "--negatives", "--noise", "--rir"):
        parser.add_argument(name, type=Path, nargs="+", required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    import torch
    from transformers import ASTForAudioClassification
    from transformers.utils import logging as transformers_logging

    # No progress bar for 75 small tensors.
    transformers_logging.disable_progress_bar()
    torch.set_num_threads(1)
    phrase, settings = known_label(options.model), load_settings(str(options.model))
    natural, speech, noise = (
        [read_file(path) for path in audio_files(folders).files]
        for folders in (options.recordings, options.negatives, options.noise)
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
        f"{len(natural)} recordings, {len(seen)} windows, {int(said.sum())} with the "
        f"phrase; {passing:.0%} of these and {_TAKEN:.1%} of the others pass\n"
    )


if __name__ == "__main__":
    main()
