"""Chooses between Whisper's free text and the skills' sentences that fit the same audio."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import inf
from typing import TYPE_CHECKING, Any

import numpy as np

from marvin.stt.address import without_wake_phrase
from marvin.stt.grammar import compile_grammar
from marvin.stt.grammar_spelling import words_in
from marvin.stt.whisper.grammar_beam import ScoredSentence, likeliest_sentences
from marvin.stt.whisper.likeness import alike
from marvin.stt.whisper.token_graph import TokenGraph
from marvin.stt.whisper.written_forms import ENDINGS
from marvin.types import RATE_HZ

if TYPE_CHECKING:
    from collections.abc import Sequence

    from marvin.cancellation import CancelToken
    from marvin.stt.whisper.network import Decoded, WhisperNetwork
    from marvin.stt.whisper.text_decoder import Encoded
    from marvin.types import Patterns

# From `python -m benchmarks.accuracy.whisper_grammar --half tune`, in nats.
BEHIND = 3.0
"""How far a sentence with the words of the free text may fall behind it."""
FARTHEST = 12.0
"""Sentences further behind are not looked for."""
RIVAL = 3.0
"""Sentences that rank no further behind the best one may have been said as well; twice as far where
nobody seems to speak, and in between in noise."""
LEAST_HEARD, HEARD_A_TOKEN = 6.5, 1.8
"""By how much the audio must make a sentence likelier than silence does: in all and, where it is
not what the free text says, for each token. Whisper writes "thank you" when nobody speaks."""
PART, PART_IN_NOISE, OTHER_PART_IN_NOISE = 0.25, 1.0, 0.75
"""In noise the free text is likelier than what was said, since it explains the noise, too. So a
sentence may fall behind it by a part of what it is heard by: by one in quiet if their words are
alike, and by more the likelier it is that nobody speaks."""
ENDS = 0.5
"""How probable it must be that the text ends there: it may be the beginning of another sentence."""

MAX_NO_SPEECH = 0.6
"""No-speech probability from which only the free text counts."""
LEAST_LANGUAGE = 0.05
"""Probability of the sentences' language below which only the free text counts: Whisper, told that
they are English, translates other languages."""


@dataclass(frozen=True, slots=True)
class KnownSentence:
    """What was said is a sentence of the grammar."""

    decoded: Decoded
    """Its likeliest form."""
    alternatives: tuple[str, ...]
    """Other sentences that may have been said, likeliest first."""
    heard: bool = True
    """False: it is what Whisper writes by itself, but silence explains it nearly as well."""


class KnownSentences:
    """Finds the skills' sentences in encoded audio."""

    def __init__(
        self,
        network: WhisperNetwork,
        tokenizer: Any,
        patterns: Patterns,
        wake_phrases: Sequence[str],
    ) -> None:
        """Raises ConfigError: A sentence is wrong."""

        self._language = patterns.language
        self._network = network
        self._silence: Encoded | None = None
        self._tokenizer = tokenizer
        self._wake_phrases = wake_phrases
        self._marks = [tokens[0] for tokens in self._tokenize(ENDINGS)]
        self.learn(patterns)

    def learn(self, patterns: Patterns) -> None:
        """Find these sentences from now on. Raises ConfigError: A sentence is wrong."""
        answers = replace(patterns, sentences=patterns.answers)
        self._graph = TokenGraph(
            compile_grammar(patterns),
            self._tokenize,
            self._wake_phrases,
            compile_grammar(answers),
            self._language,
        )

    def _tokenize(self, texts: Sequence[str]) -> list[list[int]]:
        if not texts:
            return []
        ids: list[list[int]] = self._tokenizer(list(texts), add_special_tokens=False)["input_ids"]
        return ids

    def warm(self, silence: Encoded) -> None:
        """`silence`: a second of it, against which sentences are compared."""
        self._silence = silence

    def find(
        self,
        encoded: Encoded,
        free: Decoded,
        token: CancelToken,
        *,
        said: bool = False,
        answer: bool = False,
    ) -> KnownSentence | None:
        """The sentence that was said, if it was one.

        Args:
            encoded: The audio.
            free: What Whisper writes by itself.
            token: Checked before each step.
            said: The wake phrase was certainly said, however it is spelt.
            answer: Adds answers to Marvin's questions.

        Raises:
            Cancelled: The token was cancelled.
        """
        if not self._may_be_known(free):
            return None
        opening, rest = self._opened(free.tokens, said=said)
        heard = [
            one
            for one in self._fitting(encoded, free, opening, token, answer=answer)
            if one.heard(self._start(one, opening)) >= LEAST_HEARD
        ]
        if heard and self._said(encoded, free, heard[0], opening, rest):
            return _known(free, heard[0], heard[1:])
        # Whisper expects some sentences so much that it writes them when nobody speaks.
        invented = self._graph.accepts(free.tokens, opening, answer=answer) and (
            self._heard(encoded, free.tokens, len(opening), token) < LEAST_HEARD
        )
        return KnownSentence(_unlikely(free), (), heard=False) if invented else None

    def _said(
        self,
        encoded: Encoded,
        free: Decoded,
        best: ScoredSentence,
        opening: Sequence[int],
        rest: str,
    ) -> bool:
        """Whether this sentence was said rather than the free text, which is `rest` behind the
        `opening`."""
        behind = _total(free) - best.log_probability
        start = self._start(best, opening)
        # Where the voice changes behind the wake phrase, Whisper often stops.
        stopped = bool(opening) and not rest
        same = stopped or self._alike(rest, self._text(best.tokens[start:]))
        if same and behind <= BEHIND:
            return True
        by, count = best.heard(start), len(best.tokens) - start
        if same:
            part = PART + PART_IN_NOISE * free.no_speech
        else:
            part = OTHER_PART_IN_NOISE * free.no_speech
        clear = by >= HEARD_A_TOKEN * count and behind <= part * by
        return clear and self._ends(encoded, best.tokens) >= ENDS

    def _fitting(
        self,
        encoded: Encoded,
        free: Decoded,
        opening: Sequence[int],
        token: CancelToken,
        *,
        answer: bool,
    ) -> list[ScoredSentence]:
        """The likeliest sentences, best first."""
        return likeliest_sentences(
            self._network.branching(encoded, free.language),
            self._network.branching(self._no_sound(token), self._language),
            self._graph,
            token,
            least=_total(free) - FARTHEST,
            opening=opening,
            answer=answer,
        )

    def _no_sound(self, token: CancelToken) -> Encoded:
        if self._silence is None:
            self._silence = self._network.encode(np.zeros(RATE_HZ, np.float32), token)
        return self._silence

    def _heard(
        self, encoded: Encoded, tokens: Sequence[int], start: int, token: CancelToken
    ) -> float:
        """By how much the audio makes the tokens from `start` on likelier than silence does, in
        nats."""
        import torch

        with torch.inference_mode():
            loud, silent = (
                self._network.branching(audio, self._language).score(tokens, start)
                for audio in (encoded, self._no_sound(token))
            )
        return loud - silent

    def _ends(self, encoded: Encoded, tokens: Sequence[int]) -> float:
        """Probability that the text ends where these tokens do, with a full stop or without."""
        import torch

        words = list(tokens)
        while words and words[-1] in self._marks:
            words.pop()
        with torch.inference_mode():
            decoder = self._network.branching(encoded, self._language)
            scores = decoder.begin(words)[0, [decoder.end, *self._marks]]
            return float(scores.exp().sum())

    def _start(self, sentence: ScoredSentence, opening: Sequence[int]) -> int:
        """Number of its tokens that are the wake phrase."""
        if opening and sentence.tokens[: len(opening)] == tuple(opening):
            return len(opening)
        return len(self._opened(sentence.tokens, said=False)[0])

    def _opened(self, tokens: Sequence[int], *, said: bool) -> tuple[tuple[int, ...], str]:
        """The tokens of the wake phrase, however it is spelt, and the text behind them."""
        whole = self._text(tokens).strip()
        rest, _ = without_wake_phrase(whole, self._wake_phrases, said=said)
        letters = len(whole[: len(whole) - len(rest)].strip())
        counts = range(len(tokens) + 1)
        count = next(n for n in counts if len(self._text(tokens[:n]).strip()) >= letters)
        return tuple(tokens[:count]), rest

    def _may_be_known(self, free: Decoded) -> bool:
        return (
            free.language == self._language
            and free.language_probability >= LEAST_LANGUAGE
            and free.no_speech <= MAX_NO_SPEECH
            and free.ended
        )

    def _alike(self, free: str, known: str) -> bool:
        return alike(self._words(free), self._words(known), self._language)

    def _words(self, text: str) -> list[str]:
        return words_in(self._language, text)

    def _text(self, tokens: Sequence[int]) -> str:
        decoded: str = self._tokenizer.decode(list(tokens), skip_special_tokens=True)
        return decoded


def _unlikely(free: Decoded) -> Decoded:
    return replace(free, log_probability=-inf)


def _known(free: Decoded, best: ScoredSentence, others: Sequence[ScoredSentence]) -> KnownSentence:
    """The best sentence with the others that may have been said as well."""
    mean = best.log_probability / (len(best.tokens) + 1)
    close = RIVAL * (1 + free.no_speech)
    rivals = [
        other.text
        for other in others
        if best.rank - other.rank <= close
        # The words behind a beginning of it were heard as well.
        and not best.text.startswith(f"{other.text} ")
    ]
    return KnownSentence(replace(free, tokens=best.tokens, log_probability=mean), tuple(rivals))


def _total(decoded: Decoded) -> float:
    """Log-probability of all tokens with the end token."""
    return decoded.log_probability * (len(decoded.tokens) + 1)
