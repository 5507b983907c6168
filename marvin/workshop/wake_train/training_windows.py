"""Batches of features, prefetched by worker processes."""

import multiprocessing
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass

import numpy as np

from marvin.wake.ast.features import Features, FeatureSettings, LogMel
from marvin.workshop.wake_train.augment import Sounds, Window, WindowMaker
from marvin.workshop.wake_train.children import tame
from marvin.workshop.wake_train.corpus import Clip, Corpus
from marvin.workshop.wake_train.recipe import Recipe

# Clean speech first: a transformer that starts with noise learns nothing for a long time.
_HARD_FROM_STEP = 2000


@dataclass(frozen=True, slots=True)
class Batch:
    """A batch of n windows."""

    features: Features
    """Unnormalised, shape (n, frames, bins)."""
    phrase: np.ndarray
    """Shape (n,): 1 if the window contains the whole phrase."""
    word: np.ndarray
    """Shape (n,): index of the window's only word, or -1."""
    phones: np.ndarray
    """Shape (n, patches): the phone at the centre of each patch, or UNKNOWN."""


class Windows:
    """Batches from worker processes; batch n does not depend on the worker."""

    def __init__(
        self,
        recipe: Recipe,
        corpus: Corpus,
        sounds: Sounds,
        words: Sequence[Clip] = (),
        *,
        warm: bool = False,
    ) -> None:
        """`warm` starts with hard windows, for a pretrained model."""
        self._warm = warm
        self._recipe, self._corpus, self._sounds, self._words = recipe, corpus, sounds, words
        self._log_mel = LogMel(recipe.mel_bins)

    def make(self, step: int, size: int) -> Batch:
        """The batch of a step."""
        rng = np.random.default_rng([self._recipe.seed, step])
        maker = WindowMaker(
            self._corpus, self._sounds, self._recipe.window_samples, rng, self._words,
            1.0 if self._warm else min(1.0, 0.3 + step / _HARD_FROM_STEP),
        )  # fmt: skip
        windows = maker.batch(size)
        # Window by window, to stay in the CPU cache: four times faster than per batch.
        features = np.stack(
            [self._masked(_slower(self._log_mel(w.samples), w.stretch), rng) for w in windows]
        )
        return Batch(
            features,
            np.array([w.phrase for w in windows], np.int64),
            np.array([w.word for w in windows], np.int64),
            np.stack([self._phones(w, features.shape[1]) for w in windows]),
        )

    def _phones(self, window: Window, frames: int) -> np.ndarray:
        """The phone at the centre of each patch."""
        centres = self._recipe.centres(frames)
        # Shifted as in `_slower`.
        at = (frames - 1) - (frames - 1 - centres) / window.stretch
        # The centre of a frame is almost one hop after its start.
        phones: np.ndarray = window.phones[np.round(at).astype(int) + 1].astype(np.int64)
        return phones

    def _masked(self, features: Features, rng: np.random.Generator) -> Features:
        """Vocal tract length perturbation and masking, cheapest in the feature domain."""
        bins = features.shape[1]
        if rng.random() < 0.5:
            at = np.arange(bins) * np.clip(rng.normal(1.0, 0.06), 0.86, 1.16)
            at = np.clip(at, 0, bins - 1)
            low = np.minimum(at.astype(int), bins - 2)
            share = (at - low).astype(np.float32)
            features = features[:, low] * (1 - share) + features[:, low + 1] * share
        if rng.random() < 0.3:
            first = int(rng.integers(bins))
            features[:, first : first + int(rng.integers(1, 6))] = features.mean()
        if rng.random() < 0.2:
            first = int(rng.integers(len(features)))
            features[first : first + int(rng.integers(1, 9))] = features.mean()
        return features

    def stream(self, first: int, last: int) -> Iterator[Batch]:
        """Prefetched batches of the steps `first` to `last`."""
        global _WINDOWS
        _WINDOWS = self
        context = multiprocessing.get_context("fork")
        waiting: deque[Future[Batch]] = deque()
        with ProcessPoolExecutor(self._recipe.workers, context, tame) as pool:
            upcoming = iter(range(first, last))
            for step in upcoming:
                waiting.append(pool.submit(_make, step))
                if len(waiting) > 3 * self._recipe.workers:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()

    @property
    def batch_size(self) -> int:
        """Windows per batch."""
        return self._recipe.batch


def _slower(features: Features, stretch: float) -> Features:
    """Slow down the end of the window without changing the pitch."""
    last = len(features) - 1
    at = last - np.arange(last, -1, -1) / stretch
    low = np.minimum(at.astype(int), last - 1)
    share = (at - low).astype(np.float32)[:, None]
    mixed: Features = features[low] * (1 - share) + features[low + 1] * share
    return mixed


_WINDOWS: Windows | None = None


def _make(step: int) -> Batch:
    assert _WINDOWS is not None
    return _WINDOWS.make(step, _WINDOWS.batch_size)


def measure(windows: Windows, frames: int) -> FeatureSettings:
    """Feature settings with mean and standard deviation of a few batches."""
    features = np.concatenate([windows.make(10**6 + i, 64).features for i in range(4)])
    return FeatureSettings(
        features.shape[2], frames, round(float(features.mean()), 4), round(float(features.std()), 4)
    )
