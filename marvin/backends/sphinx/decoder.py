"""pocketsphinx's decoder, for the recogniser and the wake word's second look."""

from __future__ import annotations

from dataclasses import dataclass
from math import log
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from marvin.backends.sphinx.cepstra import SLOPE_FRAMES, Cepstra
from marvin.errors import ModelLoadError
from marvin.types import RATE_HZ, Samples

if TYPE_CHECKING:
    from pocketsphinx import AlignmentEntry, Decoder

    from marvin.cancellation import CancelToken

_BEAMS = {"beam": 1e-80, "wbeam": 1e-48, "pbeam": 1e-80}
"""Much wider than the default, which loses the right sentence after an unclear first word."""

_SHORTEST_S = 0.1
"""Shorter audio contains no word."""

_QUIET = 1e-4
"""Speech level (full scale 1) below which audio counts as silence."""

_LEVEL = 0.1
"""Target level of speech (full scale 1): quiet speech would be lost in 16 bits."""

_NATS = 1024 * log(1.0001)
"""Unit of alignment scores, as a natural logarithm."""

DICTATION = "dictation"
"""Name of the search of `open_dictation`; another search or alignment replaces it."""

FRAMES_PER_S = 100
"""Frames of the acoustic model per second."""

PIECE_FRAMES = 10

SHORTEST_FRAMES = 3
"""Frames of the shortest possible phone: one per state."""


@dataclass(frozen=True, slots=True)
class AlignedPhone:
    """A phone with its position in the audio."""

    frames: int
    """Length in frames."""
    score: float
    """Mean log likelihood per frame, relative to the best phone in each frame."""


@dataclass(frozen=True, slots=True)
class AlignedWord:
    """A word with its position in the audio."""

    start: int
    """First frame."""
    phones: tuple[AlignedPhone, ...]

    @property
    def end(self) -> int:
        """Frame after the last."""
        return self.start + sum(phone.frames for phone in self.phones)


def model_folder() -> Path:
    """The English model and dictionary in pocketsphinx's wheel.

    Raises:
        ModelLoadError: pocketsphinx is not installed.
    """
    try:
        import pocketsphinx
    except ImportError as error:
        raise ModelLoadError(f"pocketsphinx cannot be loaded: {error}") from error
    return Path(pocketsphinx.get_model_path("en-us"))


def open_decoder(*, all_scores: bool = True, wide: bool = True) -> Decoder:
    """A decoder with the model and dictionary from pocketsphinx's wheel.

    `all_scores` computes all phones in all frames, so that alignment scores are relative to the
    best; three times slower. `wide` selects beams that lose nothing.

    Raises:
        ModelLoadError: pocketsphinx or its model is missing.
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
    """A decoder for free speech, with the language model from the wheel.

    `best_path` adds a lattice pass that gives word confidences.

    Raises:
        ModelLoadError: pocketsphinx or its model is missing.
    """
    decoder = open_decoder(all_scores=False, wide=False)
    # Before creating the search, which reads it once.
    decoder.config["bestpath"] = best_path
    decoder.add_lm_file(DICTATION, str(model_folder() / "en-us.lm.bin"))
    decoder.activate_search(DICTATION)
    return decoder


def decode(decoder: Decoder, pcm: bytes) -> None:
    """Run the active search over an utterance of 16-bit samples."""
    decoder.start_utt()
    try:
        # In one call, so that the cepstral mean of the whole utterance is subtracted.
        decoder.process_raw(pcm, full_utt=True)
    finally:
        # An unfinished utterance would block all later ones.
        decoder.end_utt()


def without_normalisation(decoder: Decoder) -> None:
    """From now on it gets features whose mean has been subtracted."""
    # The model's own file overrides what the decoder is created with.
    decoder.config["cmn"] = "none"
    decoder.reinit_feat()


def decode_in_pieces(
    decoder: Decoder, features: Cepstra, token: CancelToken, *, begun: bool = False
) -> tuple[str, ...]:
    """Run the active search over an utterance, of `normalised_cepstra`. The decoder holds the
    interpreter's lock, so everything else in the process waits for the end of a piece.

    With `begun`, the result may end in the middle of a sentence, instead of being the best complete
    sentence; not for alignments. Raises Cancelled.
    """
    # Its slopes look ahead, at what the decoder only adds to audio.
    frames = np.pad(features, ((0, SLOPE_FRAMES), (0, 0)), mode="edge").astype(np.float32)
    decoder.start_utt()
    try:
        for at in range(0, len(frames), PIECE_FRAMES):
            token.check()
            decoder.process_cep(frames[at : at + PIECE_FRAMES].tobytes())
        so_far = decoder.hyp() if begun else None
        return () if so_far is None else tuple(so_far.hypstr.split())
    finally:
        # An unfinished utterance would block all later ones.
        decoder.end_utt()


def align(decoder: Decoder, features: Cepstra, token: CancelToken) -> list[tuple[str, AlignedWord]]:
    """The words of the last search with their phones; empty if they cannot be aligned. Raises
    Cancelled."""
    decoder.set_alignment()
    try:
        decode_in_pieces(decoder, features, token)
    except RuntimeError:
        return []
    alignment = decoder.get_alignment()
    if alignment is None:
        return []
    # An alignment entry is invalid once the next is read.
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
    """16-bit audio at a normalised level, or None for silence."""
    if len(samples) < _SHORTEST_S * RATE_HZ:
        return None
    frame = RATE_HZ // 100
    frames = samples[: len(samples) // frame * frame].reshape(-1, frame)
    # By the loud frames instead of the peak, to ignore clicks.
    level = float(np.percentile(np.sqrt(np.mean(frames**2, axis=1)), 95))
    if level < _QUIET:
        return None
    gain = min(_LEVEL / level, 0.99 / float(np.max(np.abs(samples))))
    return (samples * (gain * 32767)).astype("<i2").tobytes()
