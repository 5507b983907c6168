"""Assembles a transcript from window texts: drops hallucinations and the wake phrase."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from math import exp
from typing import TYPE_CHECKING

import numpy as np

from marvin.stt.address import without_wake_phrase
from marvin.stt.agreement import Agreement
from marvin.stt.drafts import Following
from marvin.stt.gates import GateLimits, reject
from marvin.stt.wake_pause import after_wake_word
from marvin.types import RATE_HZ, Transcript

if TYPE_CHECKING:
    from marvin.types import Partial, Samples, Utterance, Word

    Hear = Callable[[Samples, bool], Iterable["Piece"]]
    """An engine's pieces of an utterance, or of the rest of one; and whether the wake phrase was
    certainly said in it."""

_LOGGER = logging.getLogger(__name__)

_FAINT = 1e-4
"""-80 dBFS: audio without a louder sample is silence, and the model is not run."""


_PERHAPS_DB = -6.0
"""Level of what may be a pause: in a noisy room no pause is much quieter than speech."""
_LEAD = round(0.3 * RATE_HZ)
"""Silence before a command that was cut off from the wake word: without any, first words suffer."""
_ECHO_S, _WORD_S = 0.6, 1.0
"""Speech detected after the wake word alone, in a room with echoes; and with the word itself."""


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

    def transcript(self, utterance: Utterance, hear: Hear) -> Transcript:
        self._agreement = Agreement()
        self._following.forget()
        if not self._has_speech(utterance):
            return Transcript("", self._language)
        called, reasons = False, list[str]()
        for start in self._starts(utterance):
            passed, at_start, reasons = self._gated(hear, utterance, start)
            text = _joined(passed)
            _LOGGER.debug("heard %r from %d on, rejected: %s", text, start, reasons)
            if text:
                return _transcript(text, passed, max(0, start - _LEAD) / RATE_HZ)
            called = called or at_start or start > 0
            if not (called and _spoken_behind(utterance)):
                break
        alone = called and not reasons and not _spoken_behind(utterance)
        return Transcript("", self._language, 1.0 if alone else 0.0)

    def partial(self, utterance: Utterance, hear: Hear) -> Partial:
        text = ""
        if self._has_speech(utterance):
            start = after_wake_word(utterance.samples, utterance.wake_end or 0)
            text = _joined(self._gated(hear, utterance, start)[0])
        if not self._following.continues(utterance.samples):
            self._agreement = Agreement()
        return self._agreement.update(text or None)

    def _starts(self, utterance: Utterance) -> Iterator[int]:
        """Where to begin, in samples, until there is text: behind the wake word if there is a
        pause, then with it, and at last behind what may be a pause."""
        samples, end = utterance.samples, utterance.wake_end or 0
        start = after_wake_word(samples, end)
        yield start
        if start:
            yield 0
        elif start := after_wake_word(samples, end, _PERHAPS_DB):
            yield start

    def _has_speech(self, utterance: Utterance) -> bool:
        """Whether there is speech beyond the wake word."""
        return utterance.speech_s >= self._limits.min_speech_s and bool(
            (np.abs(utterance.samples) > _FAINT).any()
        )

    def _gated(
        self, hear: Hear, utterance: Utterance, start: int
    ) -> tuple[list[Piece], bool, list[str]]:
        """Accepted pieces, whether the wake phrase came first, and reasons for rejections."""
        said = utterance.wake_end is not None and start == 0
        passed: list[Piece] = []
        reasons: list[str] = []
        called = False
        for index, piece in enumerate(hear(_from(utterance, start), said)):
            piece = replace(piece, text=" ".join(piece.text.split()))
            if index == 0:
                piece, called = self._without_wake_phrase(piece, said=said)
                if said and not called and not piece.certain:
                    piece, called = _behind_call(piece, (utterance.wake_end or 0) / RATE_HZ)
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

    def _without_wake_phrase(self, piece: Piece, *, said: bool) -> tuple[Piece, bool]:
        text, called = without_wake_phrase(piece.text, self._wake_phrases, said=said)
        gone = _letters(piece.text) - _letters(text)
        return replace(piece, text=text, words=_without_first(piece.words, gone)), called


def _transcript(text: str, pieces: Sequence[Piece], start_s: float) -> Transcript:
    total = sum(piece.tokens * piece.log_probability for piece in pieces)
    confidence = min(1.0, exp(total / sum(piece.tokens for piece in pieces)))
    words = tuple(
        replace(word, start_s=word.start_s + start_s, end_s=word.end_s + start_s)
        for piece in pieces
        for word in piece.words
    )
    alternatives = pieces[0].alternatives if len(pieces) == 1 else ()
    return Transcript(text, pieces[0].language, confidence, words, alternatives=alternatives)


def _from(utterance: Utterance, start: int) -> Samples:
    """The utterance from `start` on, after some silence if that is not its beginning."""
    return np.pad(utterance.samples[start:], (min(start, _LEAD), 0))


def _spoken_behind(utterance: Utterance) -> bool:
    """Whether there was more speech than the wake word and its echo."""
    return utterance.speech_s >= (_WORD_S if utterance.wake_end is None else _ECHO_S)


def _joined(pieces: Sequence[Piece]) -> str:
    return " ".join(piece.text for piece in pieces)


def _behind_call(piece: Piece, call_s: float) -> tuple[Piece, bool]:
    """Without the words before the end of the wake word, which is not among them, and whether there
    were any: somebody else was speaking, such as Marvin itself."""
    ours = [word.start_s + word.end_s >= 2 * call_s for word in piece.words]
    count = ours.index(True) if True in ours else len(ours)
    text = piece.text
    for _ in range(sum(_letters(word.text) for word in piece.words[:count])):
        text = text.lstrip()[1:]
    return replace(piece, text=text.strip(), words=piece.words[count:]), count > 0


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
