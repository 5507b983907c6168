"""The two networks of Whisper: audio to its encoding, and the encoding to tokens, greedily.

The one place for the length of the encoder's input (`encode`) and for the decoding (`decode`).
Whisper was made for windows of 30 s, and takes as long for every one of them, though most of one is
the silence that a short utterance is padded with. Cut off, it is missed: a part of every attention
goes to it, and a model that was never given less writes other words. So it is thinned out: a second
of it stands for all, each of its positions weighing as much as those that it stands for
("proportional attention", Bolya et al. 2023, "Token Merging").
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from marvin.backends.pretrained.failures import not_a_number
from marvin.backends.pretrained.stopping import stoppable
from marvin.errors import ModelLoadError, TranscriptionError
from marvin.stt.greedy import TransformersReader, write
from marvin.stt.whisper.decoder import Encoded, WhisperDecoder
from marvin.stt.whisper.rules import WhisperRules
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
"""Silence after the speech that is kept as it is, at least."""
_STEP_S = 0.5
"""Speech and margin are a multiple of this long: a new shape costs what is made for it."""
_STAND_INS = 50
"""Positions that stand for the silence after those."""


@dataclass(frozen=True, slots=True)
class Decoded:
    """What was written for one window."""

    tokens: tuple[int, ...]
    """After the prompt, without the end."""
    log_probability: float
    """Mean over the tokens, the end included."""
    ended: bool
    """By itself: there was room for more."""
    no_speech: float
    """Probability that the window is silent."""
    language: str


@dataclass(frozen=True, slots=True)
class _Begun:
    """What stands before the first token is written."""

    prompt: Sequence[int]
    guess: Sequence[int]
    """Of the draft, what was read after the prompt."""
    logits: Tensor
    """After the prompt, and after each token of the guess."""
    no_speech: float
    language: str


class WhisperNetwork:
    """A WhisperForConditionalGeneration at its place."""

    def __init__(
        self,
        model: Any,
        extractor: Any,
        tokens: WhisperTokens,
        place: Place,
        *,
        own_decoder: bool = True,
    ) -> None:
        """Without its own decoder it writes by transformers', which takes no thinned silence.

        Raises:
            ModelLoadError: The feature extractor is that of another model.
        """
        import torch

        config = model.config
        if (extractor.feature_size, extractor.nb_max_frames) != (
            config.num_mel_bins,
            2 * config.max_source_positions,
        ):
            raise ModelLoadError(
                f"stt.model: the model hears {2 * config.max_source_positions} frames of "
                f"{config.num_mel_bins} mel bands, its feature extractor gives "
                f"{extractor.nb_max_frames} of {extractor.feature_size}"
            )
        self.tokens = tokens
        self.window = int(extractor.n_samples)
        """Samples that the encoder takes at once."""
        self.frame = self.window // config.max_source_positions
        """Samples for one vector of the encoding, and from one timestamp to the next."""
        self._model = model
        self._extractor = extractor
        self._place = place
        self._own_decoder = own_decoder
        self._dtype = torch.float32 if place.dtype == "int8" else getattr(torch, place.dtype)
        self._rules = WhisperRules(model, tokens, place.device)

    def encode(self, samples: Samples, token: CancelToken, *, whole: bool = False) -> Encoded:
        """The encoding of at most a window.

        `whole`: with all of its silence, which else is thinned out.

        Raises:
            Cancelled: The token was cancelled; checked before each layer.
        """
        import torch
        from torch.nn.functional import gelu

        token.check()
        positions = self.window // self.frame
        step = round(_STEP_S * RATE_HZ)
        near = -(-(len(samples) + round(_MARGIN_S * RATE_HZ)) // step) * step // self.frame
        if whole or near + _STAND_INS >= positions:
            near = positions
        # The first layers, which see five frames, need what follows the last position. That less
        # silence follows changes nothing else: the scale is that of the loudest.
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
            # Not by the encoder's own `forward`, which takes a whole window only.
            for layer in encoder.layers:
                hidden = layer(hidden, counts)
            return Encoded(encoder.layer_norm(hidden), counts)

    def _thinned(self, near: int, positions: int) -> tuple[Tensor, Tensor]:
        """Of the positions from `near` on those that stand for the others, and the `counts`."""
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
        language: str | None,
        timestamps: bool = False,
        most: int | None = None,
        draft: Decoded | None = None,
    ) -> Decoded:
        """The likeliest token after the other, at most so many.

        Args:
            encoded: Of `encode`.
            token: Checked before each step.
            language: What is spoken; None detects it.
            timestamps: Let the model write when each segment begins and ends.
            most: Most tokens to write.
            draft: What may come out; it is sooner done when that does.

        Raises:
            TranscriptionError: The model computes NaN.
            Cancelled: The token was cancelled.
        """
        import torch

        token.check()
        with torch.inference_mode():
            reader = self._reader(encoded)
            begun = self._begin(reader, language, draft, timestamps=timestamps, most=most)
            written = write(
                reader,
                begun.logits,
                begun.guess,
                token,
                ends=(self.tokens.end,),
                most=self._room(begun.prompt, most),
                allowed=self._rules.stamped(begun.prompt) if timestamps else self._rules.text,
            )
        return Decoded(
            written.tokens,
            self._checked(written.log_probability),
            written.ended,
            begun.no_speech,
            begun.language,
        )

    def _reader(self, encoded: Encoded) -> Reader:
        if self._own_decoder:
            return WhisperDecoder(self._model, encoded)
        assert encoded.counts is None
        return TransformersReader(self._model, encoded.states)

    def _begin(
        self,
        reader: Reader,
        language: str | None,
        draft: Decoded | None,
        *,
        timestamps: bool,
        most: int | None,
    ) -> _Begun:
        """Reads the prompt and the draft at once; again, if that one's language is not spoken."""
        guessed = draft.language if draft and language is None else language
        prompt = self.tokens.prompt(guessed, timestamps=timestamps)
        guess = draft.tokens[: self._room(prompt, most)] if draft else ()
        logits = reader.read([*prompt, *guess])
        no_speech = float(logits[0].softmax(-1)[self.tokens.no_speech])
        if language is None:
            language = self._detected(logits[0])
            if language != guessed:
                reader.forget(len(prompt) + len(guess) - 1)
                prompt, guess = self.tokens.prompt(language, timestamps=timestamps), ()
                logits = reader.read(prompt[1:])
        return _Begun(prompt, guess, logits[-1 - len(guess) :], no_speech, language)

    def attention(
        self, encoded: Encoded, tokens: Sequence[int], heads: Sequence[tuple[int, int]]
    ) -> Tensor:
        """Where the decoder looks while it reads the tokens, shape (heads, tokens, positions).

        `heads` are pairs of a layer and a head.
        """
        import torch

        with torch.inference_mode():
            return WhisperDecoder(self._model, encoded).attention(tokens, heads)

    def _room(self, prompt: Sequence[int], most: int | None) -> int:
        """Most tokens after the prompt."""
        room = min(self.tokens.max_length, self.tokens.positions - len(prompt))
        return room if most is None else min(room, most)

    def _detected(self, logits: Tensor) -> str:
        """The likeliest language."""
        names = list(self.tokens.languages)
        scores = logits[[self.tokens.languages[name] for name in names]]
        self._checked(float(scores.max()))
        return names[int(scores.argmax())]

    def _checked(self, score: float) -> float:
        if score != score:
            raise TranscriptionError(not_a_number("stt.model", "stt", self._place))
        return score
