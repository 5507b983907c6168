"""Finds the phrase in recordings that should not contain it.

pocketsphinx's keyphrase search, which is fast but imprecise, then the phone verifier on its
results. Finds neither "marvin" nor "computer" in 20 minutes of LibriSpeech, 55 of 90 real
recordings of "jarvis", and 38 of 50 of "snowboy".
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

import numpy as np

from marvin import __version__
from marvin.backends.sphinx.decoder import FRAMES_PER_S, decode, levelled_pcm, open_decoder
from marvin.boundary.files import replace_file
from marvin.types import RATE_HZ, Samples
from marvin.wake.verifier import PhoneVerifier
from marvin.workshop.wake_train.children import tame
from marvin.workshop.wake_train.phrase import CheckedPhrase

_THRESHOLD = 1e-30
"""Threshold of the keyphrase search: low, because the verifier rejects false matches."""
_ENOUGH = 0.8
"""Verifier confidence, without the first look, from which a match counts: loses almost no real ones
and keeps ordinary speech."""
_MARGIN_S = 0.4
_AROUND_S = 1.0
_SAVE_EVERY = 20
"""Recordings searched between saves."""
_SHORT_S = 10.0
"""Shorter files are dropped entirely; from longer ones only the match is cut."""


@dataclass(frozen=True, slots=True)
class CheckedRecording:
    """A recording that should not contain the phrase."""

    path: Path
    samples: Samples
    """Shape (samples,), at RATE_HZ."""
    places: tuple[tuple[float, float], ...] = ()
    """Matches of the phrase, in seconds."""

    @property
    def named(self) -> bool:
        """Whether the file name suggests the phrase; see `named_after`."""
        return bool(self.places) and self.places[0][1] < 0

    def in_words(self) -> str:
        """The file's name and the matches."""
        if self.named:
            return f"{self.path.name} (by its name)"
        return f"{self.path.name} at {', '.join(f'{start:.1f}' for start, _ in self.places)} s"

    def without(self) -> list[Samples]:
        """The remaining pieces without the phrase."""
        if not self.places:
            return [self.samples]
        if self.named or len(self.samples) < _SHORT_S * RATE_HZ:
            return []
        left, at = [], 0
        for start_s, end_s in self.places:
            left.append(self.samples[at : max(at, round((start_s - _AROUND_S) * RATE_HZ))])
            at = round((end_s + _AROUND_S) * RATE_HZ)
        return [piece for piece in (*left, self.samples[at:]) if len(piece) > RATE_HZ]


def named_after(path: Path, phrase: str) -> bool:
    """Whether the file name begins with the phrase: `hey_computer-003.wav`."""
    words = re.findall(r"[a-z']+", path.stem.lower())
    return words[: len(phrase.split())] == phrase.split()


def search(
    phrase: CheckedPhrase,
    recordings: Sequence[tuple[Path, Samples]],
    *,
    jobs: int,
    known: Path | None = None,
) -> Iterator[CheckedRecording]:
    """Search each recording for the phrase.

    `known` is a file that caches the results.

    Raises:
        OSError: The cache cannot be written.
    """
    found = {} if known is None else _kept(known)
    keys = [_digest(phrase.sounds, samples) for _, samples in recordings]
    new = [at for at, key in enumerate(keys) if key not in found]
    unsaved = 0
    with ProcessPoolExecutor(jobs, get_context("fork"), _open, (phrase,)) as pool:
        places = pool.map(_places, (recordings[at][1] for at in new), chunksize=4)
        for at, (path, samples) in enumerate(recordings):
            if keys[at] not in found:
                found[keys[at]] = next(places)
                unsaved += 1
            if known is not None and unsaved >= _SAVE_EVERY:
                _keep(known, found)
                unsaved = 0
            inside = tuple((start, end) for start, end in found[keys[at]])
            yield CheckedRecording(
                path, samples, ((0.0, -1.0),) if named_after(path, phrase.text) else inside
            )
    if known is not None and unsaved:
        _keep(known, found)


def _kept(path: Path) -> dict[str, list[tuple[float, float]]]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _keep(path: Path, found: dict[str, list[tuple[float, float]]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    replace_file(path, json.dumps(found).encode())


def _digest(sounds: str, samples: Samples) -> str:
    """A hash of everything that determines the matches."""
    searched = repr((__version__, _THRESHOLD, _ENOUGH, sounds)).encode()
    return hashlib.blake2b(samples.tobytes() + searched, digest_size=12).hexdigest()


class _Search:
    """Both searches, in a worker process."""

    def __init__(self, phrase: CheckedPhrase) -> None:
        self._decoder = open_decoder()
        self._decoder.config["kws_threshold"] = _THRESHOLD
        self._decoder.add_word("phrase~", phrase.sounds, False)
        self._decoder.add_keyphrase("phrase", "phrase~")
        self._decoder.activate_search("phrase")
        self._verifier = PhoneVerifier.load(phrase.text, phrase.ipa.__getitem__)

    def places(self, samples: Samples) -> list[tuple[float, float]]:
        pcm = levelled_pcm(samples)
        if pcm is None:
            return []
        decode(self._decoder, pcm)
        if self._decoder.hyp() is None:
            return []
        spans = [(s.start_frame / FRAMES_PER_S, s.end_frame / FRAMES_PER_S)
                 for s in self._decoder.seg() or ()]  # fmt: skip
        return sorted(span for span in spans if self._sure(samples, *span))

    def _sure(self, samples: Samples, start_s: float, end_s: float) -> bool:
        first = max(0, round((start_s - _MARGIN_S) * RATE_HZ))
        piece = samples[first : round((end_s + _MARGIN_S) * RATE_HZ)]
        return self._verifier.verify(piece, 0.5).confidence > _ENOUGH


_SEARCH: _Search | None = None


def _open(phrase: CheckedPhrase) -> None:
    global _SEARCH
    tame()
    _SEARCH = _Search(phrase)


def _places(samples: Samples) -> list[tuple[float, float]]:
    assert _SEARCH is not None
    return _SEARCH.places(np.asarray(samples, np.float32))
