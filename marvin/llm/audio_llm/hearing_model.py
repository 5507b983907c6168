"""An in-process audio language model: it hears recordings, and answers in text."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from marvin.backends.pretrained.adapter import with_adapter
from marvin.backends.pretrained.audio_checkpoint import (
    FAMILIES,
    context_length,
    load_audio_checkpoint,
)
from marvin.backends.pretrained.audio_prompt import AudioPrompt
from marvin.cancellation import CancelToken
from marvin.errors import LanguageModelError
from marvin.hub.source import Source
from marvin.llm.transformers.generating import Writer
from marvin.llm.turns import without_oldest_turn
from marvin.types import RATE_HZ, Message, Transcript

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from marvin.backends.pretrained.audio_checkpoint import AudioCheckpoint
    from marvin.backends.pretrained.audio_prompt import EncodedConversation
    from marvin.backends.pretrained.place import Place
    from marvin.config.hearing import AudioLanguageModelConfig
    from marvin.types import Utterance

_LOGGER = logging.getLogger(__name__)

_TOKENS_A_SECOND = 8
"""Of a transcript: more than anybody speaks."""
_LEAST_TOKENS = 32


class HearingLanguageModel:
    """Voxtral or Audio Flamingo 3."""

    def __init__(self, config: AudioLanguageModelConfig, checkpoint: AudioCheckpoint) -> None:
        self._config = config
        self._name = checkpoint.name
        self._prompt = AudioPrompt(checkpoint.processor, checkpoint.family)
        model = checkpoint.model
        self._writer = Writer(model, self._prompt.tokenizer, config, checkpoint.name)
        self._context = context_length(model)

    @classmethod
    def load(cls, config: AudioLanguageModelConfig, place: Place) -> HearingLanguageModel:
        """Load the checkpoint onto its device.

        Raises:
            ModelLoadError: A file or a package is missing, or it is another model.
            DeviceFailedError: The device is out of memory or unavailable.
        """
        source = Source("llm.model", config.model, config.revision)
        checkpoint = load_audio_checkpoint(source, place, [FAMILIES[config.engine]])
        if config.adapter is not None:
            checkpoint = with_adapter(checkpoint, Path(config.adapter), config.model)
        return cls(config, checkpoint)

    def generate(self, messages: Sequence[Message], token: CancelToken) -> Iterator[str]:
        """Deltas as they are generated.

        Raises:
            LanguageModelError: The model produced NaN, or what it is to hear is too long.
            DeviceFailedError: The device is out of memory or gone.
            Cancelled: The token was cancelled.
        """
        return self._answer(messages, self._config.max_tokens, token)

    def transcribe(self, utterance: Utterance, token: CancelToken) -> Transcript:
        """What was said, in the words of the model. Raises as `generate`."""
        seconds = len(utterance.samples) / RATE_HZ
        encoded = self._prompt.transcription(utterance.samples, utterance.language)
        most = _LEAST_TOKENS + round(_TOKENS_A_SECOND * seconds)
        text = "".join(self._written(encoded, most, token))
        return Transcript(self._prompt.words(text), language=utterance.language)

    def warm(self) -> None:
        """Compute everything once: a silence, and one token."""
        silence = np.zeros(RATE_HZ // 10, np.float32)
        hello = [
            Message("system", self._config.instructions),
            Message("user", "", audio=(silence,)),
        ]
        for _ in self._answer(hello, 1, CancelToken()):
            pass

    def count_tokens(self, text: str) -> int:
        """Number of tokens, without the chat template."""
        return self._prompt.count(text)

    def _answer(self, messages: Sequence[Message], most: int, token: CancelToken) -> Iterator[str]:
        token.check()
        most = min(most, self._context // 2)
        kept: Sequence[Message] = messages
        encoded = self._prompt.encode(kept)
        while len(encoded.ids) + most > self._context:
            fewer = without_oldest_turn(kept)
            if fewer is None:
                raise LanguageModelError(
                    f"{self._name}: the question has {len(encoded.ids)} tokens, and only "
                    f"{self._context - most} fit"
                )
            kept = fewer
            encoded = self._prompt.encode(kept)
        yield from self._written(encoded, most, token)

    def _written(
        self, encoded: EncodedConversation, most: int, token: CancelToken
    ) -> Iterator[str]:
        _LOGGER.debug("prompt of %d tokens", len(encoded.ids))
        yield from self._writer.write(encoded.ids, most, token, encoded.features)
