"""Phone labels for training, the same for real and synthetic voices.

By pocketsphinx: a forced alignment if the text is known, otherwise dictation.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from marvin.backends.sphinx.decoder import (
    DICTATION,
    decode,
    is_filler,
    levelled_pcm,
    open_decoder,
    open_dictation,
)
from marvin.backends.sphinx.pronunciation import PHONES
from marvin.types import RATE_HZ, Samples
from marvin.workshop.wake_train.children import tame

if TYPE_CHECKING:
    from pocketsphinx import Decoder

HOP_SAMPLES = 160
"""Samples per label."""

UNKNOWN = -1
SILENCE = 0
CLASSES = 1 + len(PHONES)
"""Silence and the dictionary's phones."""

Labels = NDArray[np.int8]
"""Shape (ceil(samples / HOP_SAMPLES),): UNKNOWN, SILENCE, or 1 + an index of PHONES."""

_INDEX = {phone: 1 + index for index, phone in enumerate(PHONES)}
_LONGEST_S = 20


def unknown(samples: int) -> Labels:
    """Labels of unlabelled audio."""
    return np.full(-(-samples // HOP_SAMPLES), UNKNOWN, np.int8)


@dataclass(frozen=True, slots=True)
class AlignedPhones:
    """Labels and word boundaries of a piece of speech."""

    phones: Labels
    """All UNKNOWN if the text cannot be aligned."""
    words: tuple[tuple[int, int], ...] = ()
    """First sample and end sample of each word; empty if the text cannot be aligned."""


def align_phones(
    speech: Sequence[tuple[Samples, str | None]],
    *,
    jobs: int,
    new_words: Mapping[str, Sequence[str]] = MappingProxyType({}),
) -> list[AlignedPhones]:
    """Label each piece of speech.

    `speech`: audio of shape (samples,) at RATE_HZ with its text, None if unknown; `new_words`:
    phones of words that may be missing in the dictionary.
    """
    size = max(1, min(200, -(-len(speech) // jobs)))
    batches = [speech[first : first + size] for first in range(0, len(speech), size)]
    with ProcessPoolExecutor(jobs, get_context("fork"), tame) as pool:
        listening = pool.map(_listen_batch, batches, [dict(new_words)] * len(batches))
        return [heard for batch in listening for heard in batch]


def _listen_batch(
    batch: Sequence[tuple[Samples, str | None]], new_words: Mapping[str, Sequence[str]]
) -> list[AlignedPhones]:
    aligner, dictation = _Aligner(new_words), None
    heard = []
    for samples, text in batch:
        if text is None:
            dictation = dictation or _Dictation()
            heard.append(dictation.align(samples))
        else:
            heard.append(aligner.align(samples, text))
    return heard


class _Aligner:
    """Forced alignment of a known text."""

    def __init__(self, new_words: Mapping[str, Sequence[str]]) -> None:
        self._decoder = open_decoder(all_scores=False)
        for word, phones in new_words.items():
            if self._decoder.lookup_word(word) is None:
                self._decoder.add_word(word, " ".join(phones), False)

    def align(self, samples: Samples, text: str) -> AlignedPhones:
        words = re.sub(r"[^a-z' ]", " ", text.lower()).split()
        if not words or any(self._decoder.lookup_word(word) is None for word in words):
            return AlignedPhones(unknown(len(samples)))
        self._decoder.set_align_text(" ".join(words))
        return _heard(self._decoder, samples)


class _Dictation:
    """Free recognition of unknown text."""

    def __init__(self) -> None:
        self._decoder = open_dictation()

    def align(self, samples: Samples) -> AlignedPhones:
        labels = unknown(len(samples))
        step = _LONGEST_S * RATE_HZ
        for first in range(0, len(samples), step):
            self._decoder.activate_search(DICTATION)
            piece = _heard(self._decoder, samples[first : first + step]).phones
            labels[first // HOP_SAMPLES :][: len(piece)] = piece
        return AlignedPhones(labels)


def _heard(decoder: Decoder, samples: Samples) -> AlignedPhones:
    """The phones on the best path of the active search."""
    labels = unknown(len(samples))
    pcm = levelled_pcm(samples)
    if pcm is None:
        return AlignedPhones(labels)
    try:
        decode(decoder, pcm)
        if decoder.hyp() is None:
            return AlignedPhones(labels)
        decoder.set_alignment()
        decode(decoder, pcm)
    except RuntimeError:
        return AlignedPhones(labels)  # The text cannot be aligned.
    alignment = decoder.get_alignment()
    if alignment is None:
        return AlignedPhones(labels)
    words = []
    # An alignment entry is invalid once the next is read.
    for word in alignment.words():
        filler = is_filler(word.name)
        if not filler:
            words.append((word.start * HOP_SAMPLES, (word.start + word.duration) * HOP_SAMPLES))
        for phone in word:
            code = SILENCE if filler else _INDEX.get(phone.name, UNKNOWN)
            labels[phone.start : phone.start + phone.duration] = code
    return AlignedPhones(labels, tuple(words))
