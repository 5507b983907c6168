"""Assembles a transcript from window texts: drops hallucinations and the wake phrase."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from math import exp
from typing import TYPE_CHECKING

import numpy as np

from marvin.stt.address import without_wake_phrase
from marvin.stt.agreement import Agreement
from marvin.stt.drafts import Following
from marvin.stt.gates import GateLimits, reject
from marvin.types import Transcript

if TYPE_CHECKING:
    from marvin.types import Partial, Utterance, Word

_LOGGER = logging.getLogger(__name__)

_FAINT = 1e-4
"""-80 dBFS: audio without a louder sample is silence, and the model is not run."""


@dataclass(frozen=True, slots=True)
class Piece:
    """The text of one window."""

    text: str
    tokens: int = 1
    """Number of tokens, including the end token."""
    log_probability: float = 0.0
    """Mean over the tokens."""
    no_speech: float = 0.0
    """Probability that the window is silent."""
    language: str = "en"
    words: tuple[Word, ...] = ()
    """All words of the text in order with timestamps, if known."""
    alternatives: tuple[str, ...] = ()
    """Other texts that the window may have, without the wake phrase."""
    certain: bool = False
    """The engine has tested it against the audio: the gates do not apply."""


class Dictation:
    """Turns pieces into transcripts, utterance by utterance.

    Pieces are consumed lazily: for an utterance with only the wake word and silence, the engine
    does no work.
    """

    def __init__(
        self, limits: GateLimits, wake_phrases: Sequence[str], language: str = "en"
    ) -> None:
        """`language` is that of an empty transcript."""
        self._limits = limits
        self._wake_phrases = wake_phrases
        self._language = language
        self._agreement = Agreement()
        self._following = Following()

    def transcript(self, utterance: Utterance, pieces: Iterable[Piece]) -> Transcript:
        self._agreement = Agreement()
        self._following.forget()
        if not self._has_speech(utterance):
            return Transcript("", self._language)
        passed, called, reasons = self._gated(pieces)
        text = _joined(passed)
        _LOGGER.debug("heard %r, rejected: %s", text, reasons)
        if not text:
            return Transcript("", self._language, 1.0 if called and not reasons else 0.0)
        total = sum(piece.tokens * piece.log_probability for piece in passed)
        confidence = min(1.0, exp(total / sum(piece.tokens for piece in passed)))
        words = tuple(word for piece in passed for word in piece.words)
        alternatives = passed[0].alternatives if len(passed) == 1 else ()
        return Transcript(text, passed[0].language, confidence, words, alternatives=alternatives)

    def partial(self, utterance: Utterance, pieces: Iterable[Piece]) -> Partial:
        text = _joined(self._gated(pieces)[0]) if self._has_speech(utterance) else ""
        if not self._following.continues(utterance.samples):
            self._agreement = Agreement()
        return self._agreement.update(text or None)

    def _has_speech(self, utterance: Utterance) -> bool:
        """Whether there is speech beyond the wake word."""
        return utterance.speech_s >= self._limits.min_speech_s and bool(
            (np.abs(utterance.samples) > _FAINT).any()
        )

    def _gated(self, pieces: Iterable[Piece]) -> tuple[list[Piece], bool, list[str]]:
        """Accepted pieces, whether the wake phrase came first, and reasons for rejections."""
        passed: list[Piece] = []
        reasons: list[str] = []
        called = False
        for index, piece in enumerate(pieces):
            piece = replace(piece, text=" ".join(piece.text.split()))
            if index == 0:
                piece, called = self._without_wake_phrase(piece)
            if not piece.text:
                continue
            reason = not piece.certain and reject(
                piece.text,
                self._limits,
                log_probability=piece.log_probability,
                no_speech=piece.no_speech,
            )
            if reason:
                reasons.append(reason)
            else:
                passed.append(piece)
        return passed, called, reasons

    def _without_wake_phrase(self, piece: Piece) -> tuple[Piece, bool]:
        text, called = without_wake_phrase(piece.text, self._wake_phrases)
        gone = _letters(piece.text) - _letters(text)
        return replace(piece, text=text, words=_without_first(piece.words, gone)), called


def _joined(pieces: Sequence[Piece]) -> str:
    return " ".join(piece.text for piece in pieces)


def _letters(text: str) -> int:
    return len(text) - text.count(" ")


def _without_first(words: tuple[Word, ...], letters: int) -> tuple[Word, ...]:
    """Drop the first `letters` letters; may cut into a word."""
    for index, word in enumerate(words):
        if letters < len(word.text):
            rest = replace(word, text=word.text[letters:])
            return (rest, *words[index + 1 :])
        letters -= len(word.text)
    return ()
