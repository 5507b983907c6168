"""Data for fitting the second look: phrases by real and synthetic voices."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from marvin.backends.sphinx.decoder import (
    FRAMES_PER_S,
    decode,
    is_filler,
    levelled_pcm,
    open_dictation,
)
from marvin.backends.sphinx.dictionary import look_up
from marvin.types import RATE_HZ, Samples
from marvin.wake.verifier import HEARD_SAMPLES
from marvin.workshop.wake_train.room_acoustics import Acoustics
from marvin.workshop.wake_train.texts import near_misses
from marvin.workshop.wake_train.voices import VoiceBox, speak

SYNTHETIC = (
    "computer", "alexa", "samantha", "hey robot", "okay house", "galaxy", "hello kitchen",
    "terminator", "butler please", "merlin", "porcupine", "bumblebee", "americano", "grasshopper",
    "blueberry", "terrier", "hey george", "isabella", "matilda", "sebastian", "good morning",
)  # fmt: skip
"""Phrases for synthetic voices; none is used in evaluations."""

_ALIKE = 4
"""Length of a common prefix from which two words may be forms of each other."""
_SURE = 0.5
"""Minimum posterior probability of a transcribed word."""
_SHORTEST, _LONGEST = 5, 9
"""Minimum and maximum number of phones of a phrase."""
_SHORTEST_FRAMES = 25
_TO_LOOK_S = (0.1, 0.15, 0.2, 0.3)
"""Delay from the end of the phrase to the second look."""
_FRAME_SAMPLES = RATE_HZ // FRAMES_PER_S
_VOICES, _NEAR = 14, 10
"""Voices per synthetic phrase, and number of near-misses."""


@dataclass(frozen=True, slots=True)
class MaterialWord:
    """A transcribed word with its position."""

    text: str
    start: int
    """First sample."""
    end: int
    """Sample after the last."""
    chance: float
    """Posterior probability of the word."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A window with what is said in it."""

    samples: Samples
    """Shape (HEARD_SAMPLES,)."""
    phrase: str
    """The phrase at its end; empty if none."""
    words: frozenset[str]
    """All words in it."""


def may_hold(words: frozenset[str], text: str) -> bool:
    """Whether these words may be the text, contain it, or a form of it."""
    wanted = text.split()
    starts = {word[:_ALIKE] for word in words if len(word) >= _ALIKE}
    return any(word[:_ALIKE] in starts for word in wanted) or set(wanted) <= words


def written_down(recordings: Sequence[Samples]) -> Iterator[list[MaterialWord]]:
    """pocketsphinx's transcript of each recording."""
    decoder = open_dictation(best_path=True)
    for samples in recordings:
        pcm = levelled_pcm(samples)
        if pcm is None:
            yield []
            continue
        decode(decoder, pcm)
        yield [
            MaterialWord(
                segment.word.partition("(")[0],
                segment.start_frame * _FRAME_SAMPLES,
                (segment.end_frame + 1) * _FRAME_SAMPLES,
                segment.prob,
            )
            for segment in decoder.seg() or ()
            if not is_filler(segment.word)
        ]


class RealVoices:
    """Phrases from recordings: words and pairs of words recognised with high confidence."""

    def __init__(self, recordings: Sequence[Samples], words: Sequence[list[MaterialWord]]) -> None:
        self._recordings, self._words = recordings, words
        known = look_up({word.text for spoken in words for word in spoken})
        lengths = {text: len(ways[0].split()) for text, ways in known.items()}
        self.said = [
            (index, run)
            for index, spoken in enumerate(words)
            for size in (1, 2)
            for first in range(len(spoken) - size + 1)
            if _fits(run := spoken[first : first + size], lengths)
        ]

    def windows(self, rng: np.random.Generator, count: int) -> Iterator[Shown]:
        """Each of `count` phrases in context and cut out; then as many random windows."""
        chosen = rng.permutation(len(self.said))[:count]
        for index, run in (self.said[at] for at in chosen):
            for alone in (False, True):
                text = " ".join(word.text for word in run)
                yield self._shown(rng, index, run[0].start, run[-1].end, text, alone=alone)
        long = [at for at, samples in enumerate(self._recordings) if len(samples) > RATE_HZ // 2]
        for _ in range(2 * count if long else 0):
            index = long[int(rng.integers(len(long)))]
            end = int(rng.integers(RATE_HZ // 2, len(self._recordings[index])))
            start = max(0, end - int(rng.uniform(0.3, 1.0) * RATE_HZ))
            yield self._shown(rng, index, start, end, "", alone=bool(rng.integers(2)))

    def _shown(
        self, rng: np.random.Generator, index: int, start: int, end: int, text: str, *, alone: bool
    ) -> Shown:
        recording = self._recordings[index]
        stop = end + round(float(rng.choice(_TO_LOOK_S)) * RATE_HZ)
        first = stop - HEARD_SAMPLES
        window = np.zeros(HEARD_SAMPLES, np.float32)
        piece = recording[max(0, first) : stop]
        window[max(0, -first) : max(0, -first) + len(piece)] = piece
        if alone:
            around = int(rng.uniform(0, 0.05) * RATE_HZ)
            if rng.random() < 0.8:
                window[: max(0, start - first - around)] = 0
            window[end - first + around :] = 0
        inside = {w.text for w in self._words[index] if w.end > first and w.start < stop}
        return Shown(window, text, frozenset(inside))


def _fits(run: Sequence[MaterialWord], lengths: dict[str, int]) -> bool:
    """Confident, without a gap, and of a wake word's length."""
    if any(word.chance < _SURE or word.text not in lengths for word in run):
        return False
    if any(before.end != after.start for before, after in pairwise(run)):
        return False
    length = sum(lengths[word.text] for word in run)
    frames = (run[-1].end - run[0].start) // _FRAME_SAMPLES
    return _SHORTEST <= length <= _LONGEST and frames >= _SHORTEST_FRAMES


def synthetic_voices(rng: np.random.Generator, seed: int) -> Iterator[Shown]:
    """`SYNTHETIC` in several voices, and similar words."""
    rnd, box = random.Random(seed), VoiceBox()
    requests, phrases = [], []
    for phrase in SYNTHETIC:
        near = near_misses(phrase)[:40]
        texts = [phrase] * _VOICES + rnd.sample(near, min(_NEAR, len(near)))
        requests += [(box.draw(rnd, foreign=False, held_out=False), text) for text in texts]
        phrases += [text if text == phrase else "" for text in texts]
    for samples, phrase, (_, text) in zip(speak(requests), phrases, requests, strict=True):
        if len(samples) < RATE_HZ // 5:
            continue
        silence = np.zeros(round(float(rng.choice(_TO_LOOK_S)) * RATE_HZ), np.float32)
        heard = np.concatenate([np.zeros(HEARD_SAMPLES, np.float32), samples, silence])
        yield Shown(heard[-HEARD_SAMPLES:], phrase, frozenset(text.lower().split()))


def recorded(
    shown: Shown,
    rng: np.random.Generator,
    rooms: Sequence[Samples],
    noise: Sequence[Samples],
    babble: Sequence[Samples],
) -> Shown:
    """The window as recorded by a microphone in a room."""

    def other_voices() -> Samples:
        voice = babble[int(rng.integers(len(babble)))]
        first = int(rng.integers(max(1, len(voice) - HEARD_SAMPLES)))
        return np.resize(voice[first:], HEARD_SAMPLES)

    hardness = float(rng.uniform(0.0, 0.7))
    microphone = Acoustics(rng, rooms, noise, other_voices, hardness)
    return Shown(microphone.record(shown.samples), shown.phrase, shown.words)
