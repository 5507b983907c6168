"""Acoustic scores of English phones per frame, from pocketsphinx's model files.

The decoder reports only its best path; here all scores are available, so that a word can be
compared with all alternatives. The model is phonetically tied: each phone has 128 Gaussians for
each of three feature streams, and each context-dependent state of a phone ("senone") mixes those of
its phone.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import chain
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from marvin.backends.sphinx.decoder import model_folder
from marvin.errors import ModelLoadError

SILENCE = "SIL"
STATES = 3
"""States of a phone's left-to-right HMM."""

Scores = NDArray[np.float32]
"""Log likelihoods, shape (frames, senones or phones ...)."""

_MIXTURES = 128
_SMALLEST_VARIANCE = 1e-4
_STEP_NATS = 1024 * float(np.log(1.0001))
"""Step of the stored mixture weights, as a natural logarithm."""
_INSIDE, _FIRST, _LAST, _ALONE = range(4)
"""Codes of a phone's position in its word, as in the model file."""

_Code = TypeVar("_Code", int, NDArray[np.int64])


@dataclass(frozen=True, slots=True)
class Densities:
    """Densities of all Gaussians in all frames."""

    best: NDArray[np.float32]
    """Log density of the nearest Gaussian; shape (frames, streams, phones)."""
    relative: NDArray[np.float32]
    """Densities relative to the nearest; shape (frames, streams, phones, mixtures)."""


class AcousticModel:
    """pocketsphinx's model of American English.

    Raises:
        ModelLoadError: The model files are missing or of another kind.
    """

    def __init__(self) -> None:
        folder = model_folder() / "en-us"
        try:
            self._read_phones((folder / "mdef").read_bytes())
            means = _gaussians(folder / "means")
            variances = np.maximum(_gaussians(folder / "variances"), _SMALLEST_VARIANCE)
            self._weights = _mixture_weights(folder / "sendump", len(self._owner))
            self.mean_frames = self._read_lengths(folder / "transition_matrices")
        except (OSError, ValueError, struct.error, IndexError) as error:
            raise ModelLoadError(
                f"the acoustic model in {folder} cannot be read: {error}; reinstall pocketsphinx"
            ) from error
        # log N(x) = [x, x * x, 1] . slopes
        constant = -0.5 * (np.log(2 * np.pi * variances) + means**2 / variances).sum(axis=-1)
        slopes = np.concatenate([means / variances, -0.5 / variances, constant[..., None]], axis=-1)
        self._slopes = slopes.transpose(1, 3, 0, 2).reshape(STATES, 27, -1).astype(np.float32)

    def densities(self, features: NDArray[np.float32]) -> Densities:
        """`features`: of shape (frames, streams, 13), from `with_slopes`."""
        frames, streams, _ = features.shape
        ones = np.ones((frames, streams, 1), np.float32)
        values = np.concatenate([features, features * features, ones], axis=-1)
        # In place: allocating memory for millions of numbers costs more than the arithmetic.
        every = np.empty((frames, streams, self._slopes.shape[-1]), np.float32)
        for stream in range(streams):
            np.matmul(values[:, stream], self._slopes[stream], out=every[:, stream])
        density = every.reshape(frames, streams, -1, _MIXTURES)
        best = density.max(axis=-1)
        density -= best[..., None]
        return Densities(best, np.exp(density, out=density))

    def scores(self, densities: Densities, senones: NDArray[np.int64]) -> Scores:
        """Shape (frames, senones)."""
        found = np.empty((len(densities.best), len(senones)), np.float32)
        for phone in np.unique(self._owner[senones]):
            at = np.flatnonzero(self._owner[senones] == phone)
            total = densities.best[:, :, phone].sum(axis=1)[:, None]
            weights = np.exp(-_STEP_NATS * self._weights[:, :, senones[at]].astype(np.float32))
            for stream in range(densities.best.shape[1]):
                mixed = densities.relative[:, stream, phone] @ weights[stream]
                total = total + np.log(mixed + 1e-30)
            found[:, at] = total
        return found

    def alone(self) -> NDArray[np.int64]:
        """Context-independent senones; shape (phones, STATES)."""
        return np.asarray(self._alone[[self.names.index(name) for name in self.phones]])

    def senones(self, *words: Sequence[str]) -> NDArray[np.int64]:
        """Context-dependent senones of the words' phones; shape (phones * STATES,)."""
        around = [SILENCE, *chain.from_iterable(words), SILENCE]
        found: list[NDArray[np.int64]] = []
        for word in words:
            for index, phone in enumerate(word):
                first, last = index == 0, index + 1 == len(word)
                place = (
                    _ALONE if first and last else _FIRST if first else _LAST if last else _INSIDE
                )
                before, after = around[len(found)], around[len(found) + 2]
                found.append(self._in_place(phone, before, after, place))
        return np.concatenate(found)

    def _in_place(self, phone: str, before: str, after: str, place: int) -> NDArray[np.int64]:
        base, left, right = (self.names.index(name) for name in (phone, before, after))
        for position in (place, _INSIDE, _FIRST, _LAST):
            wanted = _key(position, base, left, right)
            at = int(np.searchsorted(self._keys, wanted))
            if at < len(self._keys) and self._keys[at] == wanted:
                return np.asarray(self._sequences[self._order[at]], np.int64)
        return np.asarray(self._alone[base])

    def _read_phones(self, data: bytes) -> None:
        """Read the phone names and the senones of each phone in each context."""
        if data[:4] != b"BMDF":
            raise ValueError("mdef is not a binary model definition")
        at = 12 + struct.unpack("<i", data[8:12])[0]
        header = struct.unpack("<10i", data[at : at + 40])
        alone, entries, states, senones, sequences, tree = (header[i] for i in (0, 1, 2, 4, 6, 8))
        at += 40
        self.names: list[str] = []
        for _ in range(alone):
            end = data.index(b"\0", at)
            self.names.append(data[at:end].decode())
            at = end + 1
        at = (at + 3) // 4 * 4 + 8 * tree
        shape = np.dtype([("sequence", "<i4"), ("matrix", "<i4"), ("place", "u1", 4)])
        table = np.frombuffer(data, shape, entries, at)
        at += shape.itemsize * entries + 4
        known = np.frombuffer(data, "<u2", sequences * states, at).reshape(sequences, states)
        self._alone = known[table["sequence"][:alone]].astype(np.int64)
        self._sequences = known[table["sequence"][alone:]]
        places = table["place"][alone:].astype(np.int64)
        keys = _key(*places.T)
        self._order = np.argsort(keys)
        self._keys = keys[self._order]
        self._owner = np.zeros(senones, np.int64)
        self._owner[self._alone] = np.arange(alone)[:, None]
        self._owner[self._sequences] = places[:, 1:2]
        self.phones = [name for name in self.names if not name.startswith("+")]

    def _read_lengths(self, path: Path) -> dict[str, float]:
        """Mean length of each phone in frames, from the transition probabilities."""
        data, at = _after_header(path)
        shape = struct.unpack("<4i", data[at : at + 16])[:3]
        counts = np.frombuffer(data, "<f4", int(np.prod(shape)), at + 16).reshape(shape)
        state = np.arange(STATES)
        stayed, left = counts[:, state, state], counts[:, state, state + 1]
        frames = ((stayed + left) / left).sum(axis=1)
        return dict(zip(self.names, map(float, frames), strict=True))


@cache
def acoustic_model() -> AcousticModel:
    """The immutable model (20 MB), shared by all stages. Raises as `AcousticModel`."""
    return AcousticModel()


def _key(place: _Code, base: _Code, left: _Code, right: _Code) -> _Code:
    """A unique number for a phone, its neighbours and its position in the word."""
    return ((base * 64 + left) * 64 + right) * 4 + place


def _after_header(path: Path) -> tuple[bytes, int]:
    data = path.read_bytes()
    at = data.index(b"endhdr\n") + 7
    if struct.unpack("<I", data[at : at + 4])[0] != 0x11223344:
        raise ValueError(f"{path.name} has the wrong byte order")
    return data, at + 4


def _gaussians(path: Path) -> NDArray[np.float64]:
    """Shape (phones, streams, mixtures, 13)."""
    data, at = _after_header(path)
    phones, streams, mixtures, width = struct.unpack("<4i", data[at : at + 16])
    if (streams, mixtures, width) != (STATES, _MIXTURES, 13):
        raise ValueError(f"{path.name} is of another kind of model")
    at += 12 + 4 * streams + 4
    values = np.frombuffer(data, "<f4", phones * streams * mixtures * width, at)
    return values.reshape(phones, streams, mixtures, width).astype(np.float64)


def _mixture_weights(path: Path, senones: int) -> NDArray[np.uint8]:
    """Negative logarithms in steps of `_STEP_NATS`; shape (streams, mixtures, senones)."""
    data, at = path.read_bytes(), 0
    while length := struct.unpack("<i", data[at : at + 4])[0]:
        at += 4 + length
    if struct.unpack("<2i", data[at + 4 : at + 12]) != (_MIXTURES, senones):
        raise ValueError(f"{path.name} does not belong to this model")
    stored = np.frombuffer(data, np.uint8, STATES * _MIXTURES * senones, at + 12)
    return stored.reshape(STATES, _MIXTURES, senones)
