"""Whisper's encoder and decoder, with control over the encoder's input length and the decoding.

Whisper processes fixed windows of 30 s, although most of a short utterance's window is silent
padding. Without that silence, which takes part in every attention, the model outputs different
words. So the silence is thinned out: one second represents all of it, and each position is
weighted by the number of positions that it represents ("proportional attention", Bolya et al.
2023, "Token Merging").
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from marvin.backends.pretrained.failures import not_a_number
from marvin.backends.pretrained.stopping import stoppable
from marvin.errors import ModelLoadError, TranscriptionError
from marvin.stt.greedy import TransformersReader, write
from marvin.stt.whisper.branching_decoder import BranchingDecoder
from marvin.stt.whisper.detected_language import LanguageChoice
from marvin.stt.whisper.rules import WhisperRules
from marvin.stt.whisper.text_decoder import Encoded, WhisperDecoder
from marvin.types import RATE_HZ

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor

    from marvin.backends.pretrained.place import Place
    from marvin.cancellation import CancelToken
    from marvin.stt.greedy import Reader
    from marvin.stt.whisper.tokens import WhisperTokens
    from marvin.types import Samples

_MARGIN_S = 0.5
"""Minimum silence kept at full resolution after the speech."""
_STEP_S = 0.5
"""Speech plus margin are rounded up to a multiple: each new input shape has a cost."""
_STAND_INS = 50
"""Positions that represent the remaining silence."""


@dataclass(frozen=True, slots=True)
class Decoded:
    """The decoding result of one window."""

    tokens: tuple[int, ...]
    """Without the prompt and the end token."""
    log_probability: float
    """Mean over the tokens, including the end token."""
    ended: bool
    """With an end token, rather than at the length limit."""
    no_speech: float
    """Probability that the window is silent."""
    language: str
    language_probability: float = 1.0
    """How probable the language is by the audio, among all that the model knows."""


@dataclass(frozen=True, slots=True)
class _Prefilled:
    """Decoder state before the first token."""

    prompt: Sequence[int]
    draft_tokens: Sequence[int]
    """Draft tokens read after the prompt."""
    logits: Tensor
    """After the prompt, and after each draft token."""
    no_speech: float
    language: str
    language_probability: float


class WhisperNetwork:
    """WhisperForConditionalGeneration on its device."""

    def __init__(
        self,
        model: Any,
        extractor: Any,
        tokens: WhisperTokens,
        place: Place,
        *,
        own_decoder: bool = True,
        thin_silence: bool = True,
    ) -> None:
        """If not `own_decoder`, uses transformers' decoder, which cannot handle thinned silence:
        then no silence is thinned.

        Raises:
            ModelLoadError: The feature extractor belongs to another model.
        """
        import torch

        config = model.config
        if (extractor.feature_size, extractor.nb_max_frames) != (
            config.num_mel_bins,
            2 * config.max_source_positions,
        ):
            raise ModelLoadError(
                f"stt.model: the model takes {2 * config.max_source_positions} frames of "
                f"{config.num_mel_bins} mel bands, its feature extractor gives "
                f"{extractor.nb_max_frames} of {extractor.feature_size}"
            )
        self.tokens = tokens
        self.window = int(extractor.n_samples)
        """Encoder input length in samples."""
        self.frame = self.window // config.max_source_positions
        """Samples per encoder position, and per timestamp step."""
        self._model = model
        self._extractor = extractor
        self._place = place
        self._own_decoder = own_decoder
        self._thin_silence = thin_silence and own_decoder
        self._dtype = torch.float32 if place.dtype == "int8" else getattr(torch, place.dtype)
        self._rules = WhisperRules(model, tokens, place.device)

    @property
    def exact_drafts(self) -> bool:
        """Whether a draft cannot change the text: in 16 bits, tokens that are read together are
        rounded differently, which changes words; so they are in int8 by transformers' decoder."""
        return self._place.dtype == "float32" or (self._place.dtype == "int8" and self._own_decoder)

    def encode(self, samples: Samples, token: CancelToken, *, whole: bool = False) -> Encoded:
        """Encode at most one window; `whole` keeps all of the silence instead of thinning it.

        Raises:
            Cancelled: The token was cancelled; checked before each layer.
        """
        import torch
        from torch.nn.functional import gelu

        token.check()
        positions = self.window // self.frame
        step = round(_STEP_S * RATE_HZ)
        near = -(-(len(samples) + round(_MARGIN_S * RATE_HZ)) // step) * step // self.frame
        if whole or not self._thin_silence or near + _STAND_INS >= positions:
            near = positions
        # The convolutions span five frames, so they need input beyond the last position. Cutting
        # off further silence changes nothing: features are scaled by the loudest frame.
        mel = self._extractor(
            samples,
            sampling_rate=RATE_HZ,
            max_length=min(near + 2, positions) * self.frame,
            return_tensors="pt",
        ).input_features
        encoder = self._model.model.encoder
        with torch.inference_mode(), stoppable(token, *encoder.layers):
            heard = gelu(encoder.conv1(mel.to(self._place.device, self._dtype)))
            heard = gelu(encoder.conv2(heard)).transpose(1, 2)
            where = encoder.embed_positions.weight
            hidden, counts = heard[:, :near] + where[:near], None
            if near < positions:
                stands_in, counts = self._thinned(near, positions)
                hidden = torch.cat([hidden, heard[:, near : near + 1] + where[stands_in]], 1)
            # The encoder's own `forward` only accepts a whole window.
            for layer in encoder.layers:
                hidden = layer(hidden, counts)
            return Encoded(encoder.layer_norm(hidden), counts)

    def _thinned(self, near: int, positions: int) -> tuple[Tensor, Tensor]:
        """Representatives of the positions from `near` on, and the `counts` of all positions."""
        import torch

        edges = torch.linspace(near, positions, _STAND_INS + 1).round().long()
        counts = torch.cat([torch.ones(near), edges.diff()]).log()
        return (
            ((edges[1:] + edges[:-1]) // 2).to(self._place.device),
            counts.to(self._place.device, self._dtype)[None, None, None],
        )

    def decode(
        self,
        encoded: Encoded,
        token: CancelToken,
        *,
        language: str | LanguageChoice,
        timestamps: bool = False,
        most: int | None = None,
        draft: Decoded | None = None,
    ) -> Decoded:
        """Decode greedily.

        Args:
            encoded: From `encode`.
            token: Checked before each step.
            language: Its code, or how to detect it.
            timestamps: Generate segment timestamps.
            most: Maximum number of tokens.
            draft: Only affects speed: decoding is faster if the result matches it.

        Raises:
            TranscriptionError: The model produced NaN.
            Cancelled: The token was cancelled.
        """
        import torch

        token.check()
        with torch.inference_mode():
            reader = self._reader(encoded)
            start = self._prefill(reader, language, draft, timestamps=timestamps, most=most)
            written = write(
                reader,
                start.logits,
                start.draft_tokens,
                token,
                ends=(self.tokens.end,),
                most=self._token_limit(start.prompt, most),
                allowed=self._rules.stamped(start.prompt) if timestamps else self._rules.text,
            )
        return Decoded(
            written.tokens,
            self._check_nan(written.log_probability),
            written.ended,
            start.no_speech,
            start.language,
            start.language_probability,
        )

    def language_probabilities(self, encoded: Encoded) -> dict[str, float]:
        """Of all languages that the model knows; empty if it is one."""
        import torch

        with torch.inference_mode():
            logits = self._reader(encoded).read([self.tokens.start])
            return self._language_probabilities(logits[0])

    def _reader(self, encoded: Encoded) -> Reader:
        if self._own_decoder:
            return WhisperDecoder(self._model, encoded)
        return TransformersReader(self._model, encoded.states)

    def _prefill(
        self,
        reader: Reader,
        language: str | LanguageChoice,
        draft: Decoded | None,
        *,
        timestamps: bool,
        most: int | None,
    ) -> _Prefilled:
        """Read prompt and draft in one step; read the prompt again if the language differs."""
        guessed: str | None = draft.language if draft else None
        if isinstance(language, str):
            guessed = language
        prompt = self.tokens.prompt(guessed, timestamps=timestamps)
        draft_tokens = draft.tokens[: self._token_limit(prompt, most)] if draft else ()
        logits = reader.read([*prompt, *draft_tokens])
        no_speech = float(logits[0].softmax(-1)[self.tokens.no_speech])
        languages = self._language_probabilities(logits[0])
        if not isinstance(language, str):
            language = language.of(languages)
            if language != guessed:
                reader.forget(len(prompt) + len(draft_tokens) - 1)
                prompt, draft_tokens = self.tokens.prompt(language, timestamps=timestamps), ()
                logits = reader.read(prompt[1:])
        return _Prefilled(
            prompt,
            draft_tokens,
            logits[-1 - len(draft_tokens) :],
            no_speech,
            language,
            languages.get(language, 1.0),
        )

    def attention(
        self, encoded: Encoded, tokens: Sequence[int], heads: Sequence[tuple[int, int]]
    ) -> Tensor:
        """Cross-attention weights while reading the tokens, shape (heads, tokens, positions).

        `heads` are pairs of layer and head.
        """
        import torch

        with torch.inference_mode():
            return WhisperDecoder(self._model, encoded).attention(tokens, heads)

    def branching(self, encoded: Encoded, language: str) -> BranchingDecoder:
        """A decoder of several texts in the language."""
        return BranchingDecoder(
            self._model, encoded, self.tokens.prompt(language), self._rules, self.tokens.end
        )

    def _token_limit(self, prompt: Sequence[int], most: int | None) -> int:
        """Maximum number of tokens after the prompt."""
        room = min(self.tokens.max_length, self.tokens.positions - len(prompt))
        return room if most is None else min(room, most)

    def _language_probabilities(self, logits: Tensor) -> dict[str, float]:
        """By the logits after the first prompt token; empty if the model has one language."""
        scores = logits[list(self.tokens.languages.values())].softmax(-1).tolist()
        return dict(zip(self.tokens.languages, map(self._check_nan, scores), strict=True))

    def _check_nan(self, score: float) -> float:
        if score != score:
            raise TranscriptionError(not_a_number("stt.model", "stt", self._place))
        return score
