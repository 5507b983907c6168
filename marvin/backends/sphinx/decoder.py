"""pocketsphinx's decoder, as the recogniser and the wake word's second look use it."""

from __future__ import annotations

from dataclasses import dataclass
from math import log
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from marvin.errors import ModelLoadError
from marvin.types import RATE_HZ, Samples

if TYPE_CHECKING:
    from pocketsphinx import AlignmentEntry, Decoder

_BEAMS = {"beam": 1e-80, "wbeam": 1e-48, "pbeam": 1e-80}
"""Far wider than pocketsphinx's own, with which a poor first word loses the right sentence."""

_SHORTEST_S = 0.1
"""Shorter audio holds no word."""

_QUIET = 1e-4
"""Level below which nothing was said, full scale at 1."""

_LEVEL = 0.1
"""Level that speech is brought to, full scale at 1: quiet speech would drown in 16 bits."""

_NATS = 1024 * log(1.0001)
"""Natural logarithm of one unit of an alignment's scores."""

DICTATION = "dictation"
"""Search of `open_dictation`; another alignment or search takes its place."""

FRAMES_PER_S = 100
"""Analysis frames of the acoustic model in a second."""

SHORTEST_FRAMES = 3
"""Frames of the shortest phone that the model can make: one for each of its states."""


@dataclass(frozen=True, slots=True)
class AlignedPhone:
    """A phone where the recogniser put it."""

    frames: int
    """Length in frames."""
    score: float
    """Mean over the frames of the log likelihood, below that of the best sound in each frame."""


@dataclass(frozen=True, slots=True)
class AlignedWord:
    """A word of a command where the recogniser put it."""

    start: int
    """First frame."""
    phones: tuple[AlignedPhone, ...]

    @property
    def end(self) -> int:
        """Frame after the last."""
        return self.start + sum(phone.frames for phone in self.phones)


def model_folder() -> Path:
    """Where pocketsphinx's wheel keeps its English model and dictionary.

    Raises:
        ModelLoadError: pocketsphinx is not there.
    """
    try:
        import pocketsphinx
    except ImportError as error:
        raise ModelLoadError(f"pocketsphinx cannot be loaded: {error}") from error
    return Path(pocketsphinx.get_model_path("en-us"))


def open_decoder(*, all_scores: bool = True, wide: bool = True) -> Decoder:
    """A decoder with the model and the dictionary from pocketsphinx's wheel.

    `all_scores`: of every sound in every frame, so that an alignment's are relative to the best;
    a third of the speed. `wide`: beams that lose nothing.

    Raises:
        ModelLoadError: pocketsphinx or its model is not there.
    """
    model = model_folder()
    import pocketsphinx

    try:
        return pocketsphinx.Decoder(
            hmm=str(model / "en-us"),
            dict=str(model / "cmudict-en-us.dict"),
            lm=None,
            bestpath=False,
            compallsen=all_scores,
            topn=2,
            loglevel="FATAL",
            **(_BEAMS if wide else {}),
        )
    except (RuntimeError, ValueError) as error:
        raise ModelLoadError(f"no pocketsphinx model in {model}: {error}") from error


def open_dictation(*, best_path: bool = False) -> Decoder:
    """A decoder that writes down anything, by the language model from the wheel: DICTATION.

    `best_path`: a last pass over all that was considered, which says how sure each word is.

    Raises:
        ModelLoadError: pocketsphinx or its model is not there.
    """
    decoder = open_decoder(all_scores=False, wide=False)
    # Before the search is made, which looks at it once.
    decoder.config["bestpath"] = best_path
    decoder.add_lm_file(DICTATION, str(model_folder() / "en-us.lm.bin"))
    decoder.activate_search(DICTATION)
    return decoder


def decode(decoder: Decoder, pcm: bytes, *, begun: bool = False) -> tuple[str, ...]:
    """Run the active search over an utterance of 16-bit samples.

    With `begun`, which an alignment cannot do: the best words up to the end of the sound, where it
    may be in the middle of a sentence. The decoder's own result is the best whole sentence.
    """
    decoder.start_utt()
    try:
        # The whole utterance at once, so that the mean of all of it is taken out of the sound.
        decoder.process_raw(pcm, full_utt=True)
        so_far = decoder.hyp() if begun else None
        return () if so_far is None else tuple(so_far.hypstr.split())
    finally:
        # One that is never ended refuses every later one.
        decoder.end_utt()


def align(decoder: Decoder, pcm: bytes) -> list[tuple[str, AlignedWord]]:
    """The words of the search that was just run, with their phones; empty when they cannot be
    laid over the sound at all."""
    decoder.set_alignment()
    try:
        decode(decoder, pcm)
    except RuntimeError:
        return []
    alignment = decoder.get_alignment()
    if alignment is None:
        return []
    # An entry of an alignment is gone when the next is asked for.
    return [
        (word.name, AlignedWord(word.start, tuple(map(_aligned_phone, word))))
        for word in alignment.words()
        if not is_filler(word.name)
    ]


def _aligned_phone(phone: AlignmentEntry) -> AlignedPhone:
    frames = max(1, phone.duration)
    return AlignedPhone(frames, phone.score * _NATS / frames)


def is_filler(word: str) -> bool:
    """Silence, noise, and arcs without a word."""
    return word[0] in "<[+("


def levelled_pcm(samples: Samples) -> bytes | None:
    """Levelled 16-bit audio, or None when there is nothing to hear."""
    if len(samples) < _SHORTEST_S * RATE_HZ:
        return None
    frame = RATE_HZ // 100
    frames = samples[: len(samples) // frame * frame].reshape(-1, frame)
    # The loud frames, not the peak: a click must not decide.
    level = float(np.percentile(np.sqrt(np.mean(frames**2, axis=1)), 95))
    if level < _QUIET:
        return None
    gain = min(_LEVEL / level, 0.99 / float(np.max(np.abs(samples))))
    return (samples * (gain * 32767)).astype("<i2").tobytes()
