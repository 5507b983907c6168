"""Finds other speech that the first look takes for a phrase, for many phrases.

    python -m marvin.workshop.wake_train.first_looks --speech DIR ... --noise DIR ...
        --rooms DIR ... --out FILE [--phrases 90] [--seed 11] [--threads 2]

A first look is a last layer on the base model, fitted on espeak-ng's voices and on half of the
speech, for names and for phrases that people say in it. The other half is streamed as recorded and
in simulated rooms. What a look takes for its phrase is kept, unless it may have been said there:
`second_look --candidates FILE` fits to it, because a second look judges nothing else.
"""

from __future__ import annotations

import argparse
import random
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from marvin.types import RATE_HZ, Samples
from marvin.wake.ast.ast_checkpoint import load_settings
from marvin.wake.ast.features import Features, FeatureSettings, LogMel, frame_count
from marvin.wake.verifier import HEARD_SAMPLES
from marvin.workshop.wake_eval.rooms import simulated_rooms
from marvin.workshop.wake_train.audio_files import audio_files, read_file
from marvin.workshop.wake_train.augment import Sounds, WindowMaker
from marvin.workshop.wake_train.corpus import Clip, Corpus
from marvin.workshop.wake_train.last_layer import fit
from marvin.workshop.wake_train.recipe import BASE, Recipe
from marvin.workshop.wake_train.room_acoustics import in_room
from marvin.workshop.wake_train.second_look_material import (
    SYNTHETIC,
    MaterialWord,
    RealVoices,
    may_hold,
    written_down,
)
from marvin.workshop.wake_train.texts import near_misses
from marvin.workshop.wake_train.voices import VoiceBox, speak

if TYPE_CHECKING:
    from transformers import ASTForAudioClassification

_VOICES, _NEAR = 30, 14
"""Voices that say a phrase, and number of similar words."""
_SAID, _OTHER = 90, 60
"""Windows with and without the phrase."""
_CANDIDATE = 0.1
"""`wake.candidate`."""
_MOST = 40
"""Windows kept of a phrase."""
_SHORTEST_SAMPLES = RATE_HZ // 6

Rows = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class FirstLook:
    phrase: str
    weights: Rows
    bias: float

    def scores(self, rows: Rows) -> Rows:
        """Of consecutive windows, as the detector smooths them."""
        chance = 1 / (1 + np.exp(-np.clip(rows @ self.weights + self.bias, -30, 30)))
        return np.asarray((chance + np.concatenate(([0.0], chance[:-1]))) / 2)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A window that a first look takes for its phrase."""

    samples: Samples
    """Shape (HEARD_SAMPLES,)."""
    phrase: str
    score: float


class BaseModel:
    """The base model without its last layer."""

    def __init__(self) -> None:
        from transformers import ASTForAudioClassification
        from transformers.utils import logging as transformers_logging

        # No progress bar for 75 small tensors.
        transformers_logging.disable_progress_bar()
        self._model: ASTForAudioClassification = ASTForAudioClassification.from_pretrained(BASE)
        self._model.eval()
        self._settings: FeatureSettings = load_settings(str(BASE))
        self._recipe = Recipe(phrase="")
        self._log_mel = LogMel(self._recipe.mel_bins)

    @property
    def window_samples(self) -> int:
        return self._recipe.window_samples

    def rows(self, windows: Sequence[Samples]) -> Rows:
        """What a last layer sees of each window."""
        return self._rows(np.stack([self._log_mel(window) for window in windows]))

    def stream(self, samples: Samples) -> tuple[list[int], Rows]:
        """The ends of consecutive windows, in samples, and what a last layer sees of them."""
        window, hop = self._recipe.window_samples, self._recipe.hop_samples
        features, count = self._log_mel(samples), frame_count(window)
        ends = list(range(window, len(samples) + 1, hop))
        firsts = [(end - window) * len(features) // len(samples) for end in ends]
        firsts = [min(first, len(features) - count) for first in firsts]
        return ends, self._rows(np.stack([features[at : at + count] for at in firsts]))

    def _rows(self, features: Features) -> Rows:
        import torch

        found = []
        for first in range(0, len(features), 256):
            inputs = torch.from_numpy(self._settings.normalize(features[first : first + 256]))
            with torch.inference_mode():
                pooled = self._model.audio_spectrogram_transformer(inputs).pooler_output
                found.append(self._model.classifier.layernorm(pooled).numpy())
        return np.concatenate(found).astype(np.float64)


def runs(scores: Rows) -> Iterator[int]:
    """The best window of each series of windows at _CANDIDATE or above."""
    edges = np.flatnonzero(np.diff(np.concatenate(([0], scores >= _CANDIDATE, [0]))))
    for first, end in edges.reshape(-1, 2).tolist():
        yield first + int(scores[first:end].argmax())


def phrases_of(real: RealVoices, count: int) -> list[str]:
    """Names, and the phrases that people say most often."""
    said = Counter(" ".join(word.text for word in run) for _, run in real.said)
    often = sorted(said, key=lambda text: (-said[text], text))
    return [*SYNTHETIC, *(text for text in often if text not in SYNTHETIC)][
        : count + len(SYNTHETIC)
    ]


def first_looks(
    model: BaseModel, phrases: Sequence[str], sounds: Sounds, rng: np.random.Generator, threads: int
) -> list[FirstLook]:
    """One for each phrase; the phrases are counterexamples of each other."""
    rnd, box = random.Random(int(rng.integers(2**31))), VoiceBox()
    alike = {phrase: near_misses(phrase) for phrase in phrases}
    texts = [
        [phrase] * _VOICES + rnd.sample(alike[phrase], min(_NEAR, len(alike[phrase])))
        for phrase in phrases
    ]
    requests = [
        (box.draw(rnd, foreign=False, held_out=False), text) for group in texts for text in group
    ]
    spoken = iter(speak(requests, jobs=threads))
    corpora = []
    for phrase, group in zip(phrases, texts, strict=True):
        clips = [(text, next(spoken)) for text in group]
        clips = [(text, clip) for text, clip in clips if len(clip) > _SHORTEST_SAMPLES]
        positives = [Clip(clip, 0, len(clip)) for text, clip in clips if text == phrase]
        near = [Clip(clip) for text, clip in clips if text != phrase]
        corpora.append(Corpus(positives, near or [Clip(sounds.speech[0].samples)], near or []))
    said, other = [], []
    for corpus in corpora:
        others = [clip for one in corpora if one is not corpus for clip in one.positives[:3]]
        corpus = Corpus(corpus.positives, corpus.near, others)
        maker = WindowMaker(corpus, sounds, model.window_samples, rng)
        said.append(model.rows([maker.positive().samples for _ in range(_SAID)]))
        other.append(model.rows([maker.negative().samples for _ in range(_OTHER)]))
    found = []
    for at, phrase in enumerate(phrases):
        apart = [
            rows
            for text, rows in zip(phrases, said, strict=True)
            if not may_hold(frozenset(text.split()), phrase)
        ]
        rest = np.concatenate([*other, *apart])
        truth = np.repeat([1.0, 0.0], [len(said[at]), len(rest)])
        weights, bias = fit(np.concatenate([said[at], rest]), truth)
        found.append(FirstLook(phrase, weights, bias))
    return found


def candidates(
    model: BaseModel, looks: Sequence[FirstLook], samples: Samples, words: Sequence[MaterialWord]
) -> Iterator[Candidate]:
    """What the looks take for their phrases in a recording where they were not said."""
    if len(samples) < model.window_samples:
        return
    ends, rows = model.stream(samples)
    padded = np.concatenate([np.zeros(HEARD_SAMPLES, np.float32), samples])
    for look in looks:
        scores = look.scores(rows)
        for at in runs(scores):
            end = ends[at]
            inside = {w.text for w in words if w.end > end - HEARD_SAMPLES and w.start < end}
            if not may_hold(frozenset(inside), look.phrase):
                yield Candidate(padded[end : end + HEARD_SAMPLES], look.phrase, float(scores[at]))


def save(path: Path, found: Sequence[Candidate]) -> None:
    windows = np.stack([np.clip(one.samples, -1, 1) for one in found])
    np.savez_compressed(
        path,
        windows=(windows * 32767).astype(np.int16),
        phrases=np.array([one.phrase for one in found]),
        scores=np.array([one.score for one in found]),
    )


def main() -> None:
    """Write the file of candidates."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    for name in ("--speech", "--noise", "--rooms"):
        parser.add_argument(name, type=Path, nargs="+", required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--phrases", type=int, default=90, help="number of phrases by people")
    parser.add_argument("--seed", type=int, default=11)
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    import torch

    torch.set_num_threads(options.threads)
    speech, noise = (
        [read_file(path) for path in audio_files(folders).files]
        for folders in (options.speech, options.noise)
    )
    speech = [one for one in speech if len(one) > HEARD_SAMPLES]
    if len(speech) < 2:
        parser.error("--speech: two or more recordings of two seconds or longer are needed")
    rooms = [read_file(path, first_channel=True) for path in audio_files(options.rooms).files]
    words = list(written_down(speech))
    phrases = phrases_of(RealVoices(speech, words), options.phrases)
    rng, model = np.random.default_rng(options.seed), BaseModel()
    sounds = Sounds([Clip(one) for one in speech[::2]], noise, rooms)
    looks = first_looks(model, phrases, sounds, rng, options.threads)
    walls = simulated_rooms(options.seed)
    found: list[Candidate] = []
    for turn, (samples, spoken) in enumerate(zip(speech[1::2], words[1::2], strict=True)):
        found += candidates(model, looks, samples, spoken)
        found += candidates(model, looks, in_room(samples, walls[turn % len(walls)]), spoken)
    kept: list[Candidate] = []
    for phrase in phrases:
        own = [one for one in found if one.phrase == phrase]
        kept += [own[at] for at in rng.permutation(len(own))[:_MOST]]
    if not kept:
        parser.error("no look takes any of the speech for its phrase: give more speech")
    save(options.out, kept)
    sys.stdout.write(f"{len(phrases)} phrases, {len(found)} candidates, {len(kept)} kept\n")


if __name__ == "__main__":
    main()
