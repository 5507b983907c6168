"""The two networks of Whisper: audio to its encoding, and the encoding to tokens, greedily.

The one place for the length of the encoder's input (`encode`) and for the decoding (`decode`). An
own loop instead of transformers' `generate`, whose result it gives: one that can be stopped in
every step, and that yields the probabilities which the gates ask for from the same pass.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from marvin.errors import ModelLoadError, TranscriptionError
from marvin.pretrained.failures import not_a_number
from marvin.pretrained.lock import transformers_lock
from marvin.pretrained.stopping import stoppable
from marvin.types import RATE_HZ

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor

    from marvin.cancellation import CancelToken
    from marvin.pretrained.place import Place
    from marvin.stt.whisper_tokens import WhisperTokens
    from marvin.types import Samples


@dataclass(frozen=True, slots=True)
class Decoded:
    """What was written for one window."""

    tokens: tuple[int, ...]
    """After the prompt, without the end."""
    log_probability: float
    """Mean over the tokens, the end included."""
    no_speech: float
    """Probability that the window is silent."""
    language: str


class WhisperNetwork:
    """A WhisperForConditionalGeneration at its place."""

    def __init__(self, model: Any, extractor: Any, tokens: WhisperTokens, place: Place) -> None:
        """Raises ModelLoadError: The feature extractor is that of another model."""
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
        self._dtype = torch.float32 if place.dtype == "int8" else getattr(torch, place.dtype)
        self._never = self._mask(tokens.never)
        self._not_first = self._mask((*tokens.never, *tokens.not_first))

    def encode(self, samples: Samples, token: CancelToken) -> Tensor:
        """The encoding of at most a window, shape (1, positions, width).

        Raises:
            Cancelled: The token was cancelled; checked before each layer.
        """
        import torch

        token.check()
        mel = self._extractor(samples, sampling_rate=RATE_HZ, return_tensors="pt").input_features
        encoder = self._model.model.encoder
        with torch.inference_mode(), stoppable(token, *encoder.layers):
            encoded: Tensor = encoder(mel.to(self._place.device, self._dtype)).last_hidden_state
        return encoded

    def decode(
        self,
        encoded: Tensor,
        token: CancelToken,
        *,
        language: str | None,
        timestamps: bool = False,
        most: int | None = None,
    ) -> Decoded:
        """The likeliest token after the other, at most so many.

        Args:
            encoded: Of `encode`.
            token: Checked before each step.
            language: What is spoken; None detects it.
            timestamps: Let the model write when each segment begins and ends.
            most: Most tokens to write.

        Raises:
            TranscriptionError: The model computes NaN.
            Cancelled: The token was cancelled.
        """
        import torch

        token.check()
        with torch.inference_mode():
            prompt = self.tokens.prompt(language, timestamps=timestamps)
            logits, cache = self._step(prompt, encoded, None)
            no_speech = float(logits[0].softmax(-1)[self.tokens.no_speech])
            if language is None:
                language = self._detected(logits[0])
                rest = self.tokens.prompt(language, timestamps=timestamps)[len(prompt) :]
                prompt += rest
                logits, cache = self._step(rest, encoded, cache)
            allowed = self._rules(prompt, timestamps=timestamps)
            room = min(self.tokens.max_length, self.tokens.positions - len(prompt))
            written: list[int] = []
            total = 0.0
            for _ in range(room if most is None else min(room, most)):
                token.check()
                scores = allowed(written, logits[-1])
                best = int(scores.argmax())
                total += self._checked(float(scores.log_softmax(-1)[best]))
                if best == self.tokens.end:
                    break
                written.append(best)
                logits, cache = self._step([best], encoded, cache)
        return Decoded(tuple(written), total / (len(written) + 1), no_speech, language)

    def attention(
        self, encoded: Tensor, tokens: Sequence[int], heads: Sequence[tuple[int, int]]
    ) -> Tensor:
        """Where the decoder looks while it reads the tokens, shape (heads, tokens, positions).

        `heads` are pairs of a layer and a head. Taken from the projections, since the fast
        attention functions do not give their weights.
        """
        import torch

        # Another thread, given up in a call that hangs, may use the same modules.
        thread = threading.get_ident()
        inputs: dict[tuple[int, str], Tensor] = {}
        layers = self._model.model.decoder.layers
        hooks = []
        for index in {layer for layer, _ in heads}:
            for name in ("q_proj", "k_proj"):

                def keep(
                    _: Any, __: Any, output: Tensor, at: tuple[int, str] = (index, name)
                ) -> None:
                    if threading.get_ident() == thread:
                        inputs[at] = output[0]

                hooks.append(getattr(layers[index].encoder_attn, name).register_forward_hook(keep))
        try:
            with torch.inference_mode():
                self._step(tokens, encoded, None)
        finally:
            for hook in hooks:
                hook.remove()
        weights = []
        for index, head in heads:
            attention = layers[index].encoder_attn
            part = slice(head * attention.head_dim, (head + 1) * attention.head_dim)
            queries = inputs[index, "q_proj"][:, part].float() * attention.scaling
            weights.append((queries @ inputs[index, "k_proj"][:, part].float().T).softmax(-1))
        return torch.stack(weights).cpu()

    def _step(self, tokens: Sequence[int], encoded: Tensor, cache: Any) -> tuple[Tensor, Any]:
        """Logits after each of the tokens, shape (tokens, vocabulary), and the cache for more."""
        import torch

        output = self._model.model.decoder(
            input_ids=torch.tensor([tokens], device=encoded.device),
            encoder_hidden_states=encoded,
            past_key_values=cache,
            use_cache=True,
        )
        logits: Tensor = self._model.proj_out(output.last_hidden_state[0])
        return logits.float(), output.past_key_values

    def _detected(self, logits: Tensor) -> str:
        """The likeliest language."""
        names = list(self.tokens.languages)
        scores = logits[[self.tokens.languages[name] for name in names]]
        self._checked(float(scores.max()))
        return names[int(scores.argmax())]

    def _rules(self, prompt: Sequence[int], *, timestamps: bool) -> Any:
        """A function of the tokens so far and the next one's logits: what may follow."""
        import torch

        def allowed(written: Sequence[int], logits: Tensor) -> Tensor:
            return logits + (self._never if written else self._not_first)

        if not timestamps:
            return allowed
        with transformers_lock:
            from transformers import GenerationConfig, WhisperTimeStampLogitsProcessor

        # Fine-tunes do not always have a generation configuration that names the tokens.
        settings = GenerationConfig(
            eos_token_id=self.tokens.end,
            no_timestamps_token_id=self.tokens.no_timestamps,
            max_initial_timestamp_index=getattr(
                self._model.generation_config, "max_initial_timestamp_index", None
            ),
        )
        rule = WhisperTimeStampLogitsProcessor(settings, begin_index=len(prompt))

        def paired(written: Sequence[int], logits: Tensor) -> Tensor:
            scores: Tensor = rule(
                torch.tensor([[*prompt, *written]], device=logits.device),
                allowed(written, logits)[None],
            )
            return scores[0]

        return paired

    def _mask(self, tokens: Sequence[int]) -> Tensor:
        """What makes the tokens impossible when it is added to the logits."""
        import torch

        mask = torch.zeros(self._model.config.vocab_size)
        # The defaults of transformers name tokens that a small vocabulary does not have.
        mask[[token for token in tokens if 0 <= token < len(mask)]] = -torch.inf
        return mask.to(self._place.device)

    def _checked(self, score: float) -> float:
        if score != score:
            raise TranscriptionError(not_a_number("stt.model", "stt", self._place))
        return score
