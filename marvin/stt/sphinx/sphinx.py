"""Speech to text by pocketsphinx, with a grammar of all sentences that the skills understand."""

from __future__ import annotations

import logging
import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from marvin.backends.sphinx.acoustics import acoustic_model
from marvin.backends.sphinx.cepstra import normalised_cepstra
from marvin.backends.sphinx.decoder import (
    AlignedWord,
    align,
    decode_in_pieces,
    is_filler,
    levelled_pcm,
    open_decoder,
    without_normalisation,
)
from marvin.errors import ModelLoadError, TranscriptionError
from marvin.stt.grammar import compile_grammar
from marvin.stt.sphinx.confidence import (
    FitEvidence,
    confidence,
    gather,
    loud_frames,
    word_confidence,
)
from marvin.stt.sphinx.lexicon import CUT, Lexicon
from marvin.stt.sphinx.rivals import Rival, Rivals, alternatives, certainty
from marvin.stt.spoken import SILENT, written
from marvin.types import Samples, Transcript

if TYPE_CHECKING:
    from pocketsphinx import Decoder

    from marvin.cancellation import CancelToken
    from marvin.config.stt import SphinxConfig
    from marvin.stt.automaton import WordGraph
    from marvin.types import Patterns, Utterance

_LOGGER = logging.getLogger(__name__)

_COMMANDS, _ANSWERS = "commands", "answers"
"""Names of the decoder's grammars: the second adds answers to Marvin's questions."""

_COURTESY = "please"
_COURTESY_PROBABILITY = 0.1
"""Probability of a courtesy after a command."""

_REPEAT_PROBABILITY = 0.1
"""Probability that the wake phrase is repeated."""

_PRIOR_WEIGHT = 2.0
"""Weight of the language model against the acoustic model."""

_UNFINISHED_WORDS = 2
"""Number of words from which an incomplete sentence counts as unfinished."""

_ALTERNATIVE = re.compile(r"\(\d+\)$")
"""Suffix of a pronunciation variant: `the(2)`."""


@dataclass(frozen=True, slots=True)
class Found:
    """The recognition result of an utterance."""

    words: tuple[str, ...] = ()
    """The best sentence; empty if nothing was said."""
    evidence: FitEvidence | None = None
    """None if the words do not fit at all."""
    words_sure: float = 1.0
    """Probability that nothing else was said."""
    unfinished: bool = False
    """The audio fits the beginning of a sentence."""
    rivals: tuple[Rival, ...] = ()
    """Closest first."""

    @property
    def confidence(self) -> float:
        """Probability that some sentence of the grammar was said, not necessarily this one."""
        if self.evidence is None:
            return 0.0
        strangers = [rival for rival in self.rivals if not rival.text]
        return min(confidence(self.evidence), self.words_sure, certainty(strangers))


class SphinxTranscriber:
    """Recognises the sentences of a grammar and nothing else."""

    def __init__(
        self,
        decoder: Decoder,
        limit: float,
        wake_phrases: Sequence[str],
        pronounce: Callable[[str], str] | None,
    ) -> None:
        """Knows no sentence before `learn`."""
        self._decoder = decoder
        self._limit = limit
        self._wake_phrases = wake_phrases
        self._pronounce = pronounce
        self._rivals: dict[str, Rivals] = {}
        """By grammar name."""

    @classmethod
    def load(
        cls,
        config: SphinxConfig,
        patterns: Patterns,
        wake_phrases: Sequence[str] = ("marvin", "hey marvin", "okay marvin"),
        pronounce: Callable[[str], str] | None = None,
    ) -> SphinxTranscriber:
        """Compile the grammar and load the model.

        `wake_phrases` may precede a command; `pronounce` gives the IPA of words that are not in
        the dictionary.

        Raises:
            ConfigError: A sentence is wrong.
            ModelLoadError: pocketsphinx cannot be loaded, or a word has no pronunciation.
        """
        decoder = open_decoder()
        without_normalisation(decoder)
        transcriber = cls(decoder, config.confidence, wake_phrases, pronounce)
        transcriber.learn([patterns])
        return transcriber

    def learn(self, patterns: Sequence[Patterns]) -> None:
        """Recognise these sentences from now on, those of the usual language first.

        Raises:
            ConfigError: A sentence is wrong.
            ModelLoadError: A word has no pronunciation; the sentences stay as they were.
        """
        everything = patterns[0].with_answers()
        decoder = self._decoder
        lexicon = Lexicon(decoder, everything, self._pronounce)
        openings = [lexicon.add_wake_phrase(phrase) for phrase in self._wake_phrases]
        for phrase in tuple(openings):
            openings += [[tail] for tail in lexicon.add_tails(phrase[-1])]
        (courtesy,) = lexicon.add_wake_phrase(_COURTESY)
        model = acoustic_model()
        graphs = {_COMMANDS: compile_grammar(patterns[0]), _ANSWERS: compile_grammar(everything)}
        for graph in graphs.values():
            for word in sorted(graph.words):
                lexicon.add(word)
        for search, graph in graphs.items():
            arcs, final = _framed(graph, openings, courtesy)
            try:
                decoder.add_fsg(search, decoder.create_fsg(search, 0, final, arcs))
            except RuntimeError as error:
                raise ModelLoadError(f"stt: pocketsphinx refuses the grammar: {error}") from error
            self._rivals[search] = Rivals(model, graph, lexicon.pronunciations)
            _LOGGER.info("%s: %d words, %d arcs", search, len(graph.words), len(arcs))

    def transcribe(self, utterance: Utterance, token: CancelToken) -> Transcript:
        """Raises TranscriptionError, Cancelled."""
        found = self.examine(utterance.samples, token, answer=utterance.answer)
        if found.evidence is None:
            fits = 0.0 if found.words else 1.0
            return Transcript("", confidence=fits, unfinished=found.unfinished)
        fits = found.confidence
        text = " ".join(filter(None, map(written, found.words)))
        _LOGGER.debug("heard %r, %s, rivals %s", text, found.evidence, found.rivals[:3])
        if fits < self._limit:
            return Transcript("", confidence=fits, unfinished=found.unfinished)
        if not text:
            return Transcript("")
        fits = min(fits, certainty(found.rivals))
        return Transcript(text, confidence=fits, alternatives=alternatives(found.rivals))

    def examine(self, samples: Samples, token: CancelToken, *, answer: bool = False) -> Found:
        """Recognise the audio. `answer` adds answers to Marvin's questions to the grammar.

        Raises:
            TranscriptionError: pocketsphinx failed.
            Cancelled: The token was cancelled.
        """
        token.check()
        pcm = levelled_pcm(samples)
        if pcm is None:
            return Found()
        features = normalised_cepstra(pcm)
        try:
            self._decoder.activate_search(_ANSWERS if answer else _COMMANDS)
            so_far = decode_in_pieces(self._decoder, features, token, begun=True)
            begun = [word for word in so_far if not is_filler(word) and written(word)]
            unfinished = len(begun) >= _UNFINISHED_WORDS
            segments = self._decoder.seg()
            if segments is None:
                return Found((SILENT,), unfinished=unfinished)
            words = tuple(
                _ALTERNATIVE.sub("", segment.word)
                for segment in segments
                if not is_filler(segment.word)
            )
            aligned = align(self._decoder, features, token) if words else []
        except RuntimeError as error:
            raise TranscriptionError(f"stt: pocketsphinx failed: {error}") from error
        token.check()
        if not aligned:
            return Found(words, unfinished=unfinished)
        named = [(_ALTERNATIVE.sub("", name), word) for name, word in aligned]
        loud = loud_frames(pcm, named)
        rivals = self._rivals[_ANSWERS if answer else _COMMANDS].weigh(features, named, loud)
        command = _command(named)
        called = not any(written(name) for name, _ in named)
        sure = 1.0 if called else word_confidence(command, loud)
        return Found(words, gather(command), sure, unfinished, tuple(rivals))


def _command(words: Sequence[tuple[str, AlignedWord]]) -> list[AlignedWord]:
    """The words of the command, or of the wake phrase if it stands alone."""
    command = [word for name, word in words if written(name)]
    return command or [word for _, word in words]


_Arc = tuple[int, int, float] | tuple[int, int, float, str]


def _framed(
    graph: WordGraph, openings: Sequence[Sequence[str]], courtesy: str
) -> tuple[list[_Arc], int]:
    """The grammar's arcs with optional openings before and an optional courtesy after it, and the
    number of the final state. An opening may stand alone, and so may silence."""
    branches = Counter(source for source, _, _ in graph.arcs)
    shift = 1
    final = shift + 1 + max((max(arc[:2]) for arc in graph.arcs), default=0)
    polite = final + 1
    free = polite + 1
    arcs: list[_Arc] = [(0, final, 1.0), (polite, final, _COURTESY_PROBABILITY, courtesy)]
    for source, target, word in graph.arcs:
        # Alternatives share their probability: a loose part of the grammar, such as any number,
        # fits any audio, and must not win because of that.
        chance = branches[source] ** -_PRIOR_WEIGHT
        for start in (source + shift, *([0] if source == 0 else [])):
            arcs.append((start, target + shift, chance, word))
            # Not by an epsilon arc, which the alignment cannot pass.
            if target in graph.accepting:
                arcs.append((start, final, chance, word))
                arcs.append((start, polite, chance, word))
    # Only whole openings may repeat: a truncated wake word fits the end of a whole one.
    again = [opening for opening in openings if CUT not in opening[-1]]
    for first, chance, those in ((0, 1.0, openings), (shift, _REPEAT_PROBABILITY, again)):
        for opening in those:
            state = first
            for word in opening[:-1]:
                arcs.append((state, free, 1.0, word))
                state, free = free, free + 1
            arcs.append((state, shift, chance, opening[-1]))
            arcs.append((state, final, chance, opening[-1]))
    return arcs, final
