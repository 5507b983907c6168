"""Speech to text by Moonshine (Jeffries et al. 2024), through transformers.

It processes raw samples without padding, so its cost is proportional to the utterance's length.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import ceil
from typing import TYPE_CHECKING, Any

import numpy as np

from marvin.backends.pretrained.checkpoint import load_model, load_processor
from marvin.backends.pretrained.failures import device_failures, not_a_number
from marvin.backends.pretrained.lock import transformers_lock
from marvin.backends.pretrained.stopping import stoppable
from marvin.cancellation import CancelToken
from marvin.errors import TranscriptionError
from marvin.hub.source import Source
from marvin.stt.address import WAKE_PHRASES
from marvin.stt.dictation import Dictation, Piece
from marvin.stt.drafts import Drafts
from marvin.stt.gates import GateLimits
from marvin.stt.greedy import TransformersReader, Written, write
from marvin.stt.windows import next_cut, silent
from marvin.types import RATE_HZ

if TYPE_CHECKING:
    from torch import Tensor

    from marvin.backends.pretrained.place import Place
    from marvin.config.stt import MoonshineConfig
    from marvin.types import Partial, Samples, Transcript, Utterance

_WINDOW = 30 * RATE_HZ
"""Maximum length in the training data."""
_SHORTEST = RATE_HZ // 10
"""Minimum input of the convolution layers."""
_TOKENS_A_S = 6.5
"""More tokens per second mean a loop (model card of UsefulSensors/moonshine-tiny)."""


class MoonshineTranscriber:
    def __init__(
        self,
        model: Any,
        extractor: Any,
        tokenizer: Any,
        config: MoonshineConfig,
        *,
        place: Place,
        wake_phrases: Sequence[str],
    ) -> None:
        self._model = model
        self._start, self._ends = _marks(model)
        self._extractor = extractor
        self._tokenizer = tokenizer
        self._place = place
        # With short numbers, tokens read together are rounded differently, which changes words.
        self._drafts = Drafts[tuple[int, ...]](wanted=config.drafts and place.dtype == "float32")
        limits = GateLimits(
            min_log_probability=config.min_log_probability,
            max_compression_ratio=config.max_compression_ratio,
            max_repeats=config.max_repeats,
            min_speech_s=config.min_speech_s,
        )
        self._dictation = Dictation(limits, wake_phrases)
        self._name = f"stt.model = {config.model!r}"

    @classmethod
    def load(
        cls, config: MoonshineConfig, place: Place, wake_phrases: Sequence[str] = WAKE_PHRASES
    ) -> MoonshineTranscriber:
        """Load the checkpoint; `wake_phrases` are removed from transcripts.

        Raises:
            ModelLoadError: The checkpoint is missing or broken.
            DeviceFailedError: The device is out of memory.
        """
        with transformers_lock:
            from transformers import (
                MoonshineForConditionalGeneration,
                PreTrainedTokenizerFast,
                Wav2Vec2FeatureExtractor,
            )

        source = Source("stt.model", config.model, config.revision)
        return cls(
            load_model(MoonshineForConditionalGeneration, source, place),
            load_processor(Wav2Vec2FeatureExtractor, source),
            load_processor(PreTrainedTokenizerFast, source),
            config,
            place=place,
            wake_phrases=wake_phrases,
        )

    def warm(self) -> None:
        """Run once, so that the first turn is not slower."""
        for _ in self._pieces(np.zeros(RATE_HZ, np.float32), CancelToken()):
            pass

    def transcribe(self, utterance: Utterance, token: CancelToken) -> Transcript:
        """Raises TranscriptionError, DeviceFailedError, Cancelled."""
        return self._dictation.transcript(
            utterance, lambda samples, _: self._pieces(samples, token)
        )

    def partial(self, utterance: Utterance, token: CancelToken) -> Partial:
        """Raises TranscriptionError, DeviceFailedError, Cancelled."""
        return self._dictation.partial(utterance, lambda samples, _: self._pieces(samples, token))

    def _pieces(self, samples: Samples, token: CancelToken) -> Iterator[Piece]:
        """One piece per window with sound. A window without a pause is cut at its quietest point,
        where the model may repeat or lose a word."""
        start = 0
        self._drafts.follow(samples)
        while start < len(samples):
            end = next_cut(samples, start, _WINDOW).end
            if not silent(samples, start, end):
                with device_failures(self._name):
                    piece = self._piece(samples, start, end, token)
                yield piece
            start = end

    def _piece(self, samples: Samples, start: int, end: int, token: CancelToken) -> Piece:
        most = ceil((end - start) / RATE_HZ * _TOKENS_A_S)
        encoded = self._encode(samples[start:end], token)
        written = self._decode(encoded, most, token, self._drafts.at(start) or ())
        self._drafts.keep(start, written.tokens)
        text: str = self._tokenizer.decode(list(written.tokens), skip_special_tokens=True)
        return Piece(text, len(written.tokens) + 1, written.log_probability)

    def _encode(self, samples: Samples, token: CancelToken) -> Tensor:
        """Shape (1, positions, width); a position is 24 ms of audio."""
        import torch

        heard = np.pad(samples, (0, max(0, _SHORTEST - len(samples))))
        inputs = self._extractor(heard, sampling_rate=RATE_HZ, return_tensors="pt").input_values
        dtype = torch.float32 if self._place.dtype == "int8" else getattr(torch, self._place.dtype)
        encoder = self._model.model.encoder
        with torch.inference_mode(), stoppable(token, *encoder.layers):
            encoded: Tensor = encoder(inputs.to(self._place.device, dtype)).last_hidden_state
        return encoded

    def _decode(
        self, encoded: Tensor, most: int, token: CancelToken, draft: Sequence[int] = ()
    ) -> Written:
        import torch

        draft = draft[:most]
        with torch.inference_mode():
            reader = TransformersReader(self._model, encoded)
            logits = reader.read([self._start, *draft])
            written = write(reader, logits, draft, token, ends=self._ends, most=most)
        if written.log_probability != written.log_probability:
            raise TranscriptionError(not_a_number(self._name, "stt", self._place))
        return written


def _marks(model: Any) -> tuple[int, tuple[int, ...]]:
    """The start token, and the end tokens."""
    settings, config = model.generation_config, model.config
    start = settings.decoder_start_token_id
    end = settings.eos_token_id
    # Some fine-tunes have no generation config.
    start = config.decoder_start_token_id if start is None else start
    end = config.eos_token_id if end is None else end
    return start, tuple(end) if isinstance(end, list) else (end,)
