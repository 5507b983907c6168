"""Speech to text by Whisper (Radford et al. 2022), through transformers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np

from marvin.backends.pretrained.checkpoint import load_model, load_processor
from marvin.backends.pretrained.failures import device_failures
from marvin.backends.pretrained.lock import transformers_lock
from marvin.cancellation import CancelToken
from marvin.hub.source import Source
from marvin.stt.address import WAKE_PHRASES
from marvin.stt.dictation import Dictation, Piece
from marvin.stt.drafts import Drafts
from marvin.stt.gates import GateLimits, reject
from marvin.stt.whisper.detected_language import LanguageChoice
from marvin.stt.whisper.known_sentences import KnownSentence, KnownSentences
from marvin.stt.whisper.network import Decoded, WhisperNetwork
from marvin.stt.whisper.tokens import choose_language, read_tokens
from marvin.stt.whisper.word_times import align, split_words, timed
from marvin.stt.windows import Cut, complete, next_cut, silent
from marvin.types import RATE_HZ

if TYPE_CHECKING:
    from marvin.backends.pretrained.place import Place
    from marvin.config.stt import WhisperConfig
    from marvin.stt.whisper.text_decoder import Encoded
    from marvin.types import Partial, Patterns, Samples, Transcript, Utterance, Word

_FIRST_TOKENS = 16
_TOKENS_A_S = 20
"""Limit on tokens, plus as many per second of audio; more mean a loop. Fast English has six per
second; scripts with few tokens in Whisper's vocabulary have three times as many."""


class WhisperTranscriber:
    def __init__(
        self,
        network: WhisperNetwork,
        tokenizer: Any,
        config: WhisperConfig,
        *,
        language: str | None,
        heads: Sequence[tuple[int, int]],
        wake_phrases: Sequence[str],
        known: Mapping[str, KnownSentences] = MappingProxyType({}),
        languages: Sequence[str] = (),
    ) -> None:
        """`heads` are the alignment heads for word timestamps; `language` None is detected, as one
        of `languages` if there are any."""
        self.network = network
        self._tokenizer = tokenizer
        self._language = language
        self._languages = languages
        self._translates = config.task == "translate"
        self._heads = heads
        self._known = known
        self._drafts = Drafts[Decoded](wanted=config.drafts and network.exact_drafts)
        self._limits = GateLimits(
            min_log_probability=config.min_log_probability,
            max_compression_ratio=config.max_compression_ratio,
            max_repeats=config.max_repeats,
            min_speech_s=config.min_speech_s,
            max_no_speech=config.max_no_speech,
        )
        self._dictation = Dictation(self._limits, wake_phrases, self._written_in(language or "en"))
        self._name = f"stt.model = {config.model!r}"

    @classmethod
    def load(
        cls,
        config: WhisperConfig,
        place: Place,
        wake_phrases: Sequence[str] = WAKE_PHRASES,
        patterns: Patterns | None = None,
        other_patterns: Sequence[Patterns] = (),
    ) -> WhisperTranscriber:
        """Load the checkpoint; `wake_phrases` are removed from transcripts, `patterns` are the
        skills' sentences, and `other_patterns` those of the other languages of the conversation.

        Raises:
            ConfigError: The model does not support the language, or a sentence is wrong.
            ModelLoadError: The checkpoint is missing or broken.
            DeviceFailedError: The device is out of memory.
        """
        with transformers_lock:
            from transformers import WhisperForConditionalGeneration, WhisperProcessor

        source = Source("stt.model", config.model, config.revision)
        model = load_model(WhisperForConditionalGeneration, source, place)
        processor = load_processor(WhisperProcessor, source)
        tokens = read_tokens(model, processor.tokenizer, source, config.task)
        network = WhisperNetwork(
            model,
            processor.feature_extractor,
            tokens,
            place,
            own_decoder=config.own_decoder,
            thin_silence=config.thin_silence,
        )
        language = choose_language(tokens, config.language, source)
        spoken = [one for one in (patterns, *other_patterns) if one is not None]
        known = {
            one.language: KnownSentences(network, processor.tokenizer, one, wake_phrases)
            for one in spoken
            if config.grammar and language in (None, one.language)
        }
        return cls(
            network,
            processor.tokenizer,
            config,
            language=language,
            heads=_alignment_heads(model) if config.word_times else (),
            wake_phrases=wake_phrases,
            known=known,
            languages=[one.language for one in spoken] if other_patterns else (),
        )

    def warm(self) -> None:
        """Run once, so that the first turn is not slower."""
        token = CancelToken()
        with device_failures(self._name):
            encoded = self.network.encode(np.zeros(RATE_HZ, np.float32), token)
            self.network.decode(encoded, token, language=self._wanted(""), most=2)
        for known in self._known.values():
            known.warm(encoded)

    def learn(self, patterns: Sequence[Patterns]) -> None:
        """Know these sentences of each language from now on. Raises ConfigError."""
        for one in patterns:
            if one.language in self._known:
                self._known[one.language].learn(one)

    def transcribe(self, utterance: Utterance, token: CancelToken) -> Transcript:
        """Raises TranscriptionError, DeviceFailedError, Cancelled."""
        return self._dictation.transcript(
            utterance,
            lambda samples, said: self._pieces(samples, utterance, token, final=True, said=said),
        )

    def partial(self, utterance: Utterance, token: CancelToken) -> Partial:
        """Raises TranscriptionError, DeviceFailedError, Cancelled."""
        return self._dictation.partial(
            utterance, lambda samples, _: self._pieces(samples, utterance, token, final=False)
        )

    def _pieces(
        self,
        samples: Samples,
        utterance: Utterance,
        token: CancelToken,
        *,
        final: bool,
        said: bool = False,
    ) -> Iterator[Piece]:
        """One piece per window with sound. `final` adds word timestamps and, if needed, a second
        attempt; and it looks for a sentence of the skills, behind the wake phrase if it was
        `said`."""
        start, language = 0, self._wanted(utterance.language)
        self._drafts.follow(samples)
        while start < len(samples):
            cut = next_cut(samples, start, self.network.window)
            end = cut.end
            if not silent(samples, start, end):
                words: tuple[Word, ...] = ()
                known: KnownSentence | None = None
                with device_failures(self._name):
                    encoded, decoded, end = self._window(
                        samples, start, cut, language, token, final=final
                    )
                    sentences = self._known.get(decoded.language)
                    if final and sentences is not None and start == 0 and end == len(samples):
                        known = sentences.find(
                            encoded, decoded, token, said=said, answer=utterance.answer
                        )
                        decoded = known.decoded if known else decoded
                    if final and self._heads:
                        words = self._times(encoded, decoded, start, end)
                language = decoded.language
                yield Piece(
                    self._text(decoded.tokens),
                    len(decoded.tokens) + 1,
                    decoded.log_probability,
                    decoded.no_speech,
                    self._written_in(language),
                    words,
                    known.alternatives if known else (),
                    certain=known is not None and known.heard,
                )
            start = end

    def _wanted(self, last: str) -> str | LanguageChoice:
        """The language to decode, or how to detect it after one in `last`."""
        return self._language or LanguageChoice(self._languages, last)

    def _written_in(self, spoken: str) -> str:
        """The language of the text."""
        return "en" if self._translates else spoken

    def _window(
        self,
        samples: Samples,
        start: int,
        cut: Cut,
        language: str | LanguageChoice,
        token: CancelToken,
        *,
        final: bool,
    ) -> tuple[Encoded, Decoded, int]:
        """The next window's encoding, its tokens without timestamps, and its end.

        It ends in a pause, at `cut`. Without a pause it ends after the last complete segment by
        the model's own timestamps or, if those are unreliable, at its quietest point.
        """
        network, tokens = self.network, self.network.tokens
        draft = self._drafts.at(start)
        if not cut.safe and tokens.has_timestamps:
            end = start + network.window
            encoded = network.encode(samples[start:end], token, whole=True)
            decoded = network.decode(
                encoded, token, language=language, timestamps=True, draft=draft
            )
            if decoded.log_probability >= self._limits.min_log_probability:
                self._drafts.keep(start, decoded)
                kept, position = complete(decoded.tokens, tokens.first_timestamp)
                end = end if position is None else start + position * network.frame
                return encoded, _without(decoded, kept, tokens.first_timestamp), end
        part = samples[start : cut.end]
        encoded = network.encode(part, token)
        if encoded.counts is None:
            decoded = network.decode(encoded, token, language=language, draft=draft)
        else:
            most = _FIRST_TOKENS + _TOKENS_A_S * len(part) // RATE_HZ
            decoded = network.decode(encoded, token, language=language, most=most, draft=draft)
            if final and self._doubtful(decoded):
                encoded = network.encode(part, token, whole=True)
                decoded = network.decode(encoded, token, language=language, draft=decoded)
        self._drafts.keep(start, decoded)
        return encoded, _without(decoded, decoded.tokens, tokens.first_timestamp), cut.end

    def _doubtful(self, decoded: Decoded) -> bool:
        """Whether thinning the silence may have done harm: no end token, or a gate rejects it."""
        return not decoded.ended or bool(
            reject(
                self._text(decoded.tokens),
                self._limits,
                log_probability=decoded.log_probability,
                no_speech=decoded.no_speech,
            )
        )

    def _text(self, tokens: Sequence[int]) -> str:
        text: str = self._tokenizer.decode(list(tokens), skip_special_tokens=True)
        return text

    def _times(self, encoded: Encoded, decoded: Decoded, start: int, end: int) -> tuple[Word, ...]:
        prompt = self.network.tokens.prompt(decoded.language)
        weights = self.network.attention(encoded, [*prompt, *decoded.tokens], self._heads)
        heard = max(1, -(-(end - start) // self.network.frame))
        # The step that reads the last prompt token generates the first text token.
        starts = align(weights[:, len(prompt) - 1 :, :heard].numpy())
        words = split_words(decoded.tokens, self._text, self._written_in(decoded.language))
        return timed(words, starts, self.network.frame / RATE_HZ, start / RATE_HZ)


def _without(decoded: Decoded, kept: Sequence[int], first_timestamp: int) -> Decoded:
    """Keep these tokens, without timestamps."""
    return replace(decoded, tokens=tuple(token for token in kept if token < first_timestamp))


def _alignment_heads(model: Any) -> list[tuple[int, int]]:
    """The alignment heads; if the checkpoint does not name them, all heads in the upper half of
    the decoder's layers, as OpenAI does."""
    layers, heads = model.config.decoder_layers, model.config.decoder_attention_heads
    named = getattr(model.generation_config, "alignment_heads", None)
    # A distilled model may list those of its teacher, which has more layers.
    if named and all(layer < layers and head < heads for layer, head in named):
        return [(layer, head) for layer, head in named]
    return [(layer, head) for layer in range(layers // 2, layers) for head in range(heads)]
