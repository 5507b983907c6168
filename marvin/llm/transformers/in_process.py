"""A small instruct model of transformers in this process."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from marvin.backends.pretrained.checkpoint import load_model, load_processor
from marvin.backends.pretrained.lock import transformers_lock
from marvin.cancellation import CancelToken
from marvin.errors import ModelLoadError
from marvin.hub.source import Source
from marvin.llm.transformers.generating import Writer
from marvin.llm.transformers.prompt import Prompt
from marvin.types import Message

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from marvin.backends.pretrained.place import Place
    from marvin.config.llm import TransformersConfig

_LOGGER = logging.getLogger(__name__)


class TransformersLanguageModel:
    """Any causal language model with a chat template.

    What it has read of a conversation it does not read again in the next turn.
    """

    def __init__(
        self, config: TransformersConfig, prompt: Prompt, writer: Writer, context: int | None
    ) -> None:
        """`context`: tokens that prompt and answer may have together."""
        self._config = config
        self._prompt = prompt
        self._writer = writer
        self._context = context

    @classmethod
    def load(cls, config: TransformersConfig, place: Place) -> TransformersLanguageModel:
        """Read the checkpoint onto its place.

        Raises:
            ModelLoadError: A file is missing or broken, or it is no causal language model.
            DeviceFailedError: The device has no memory for it, or is not there.
        """
        with transformers_lock:
            from transformers import AutoConfig, AutoModelForCausalLM, AutoTokenizer

        source = Source("llm.model", config.model, config.revision)
        # Of Whisper, too, transformers would make a causal model: its decoder.
        kind = load_processor(AutoConfig, source)
        if kind.is_encoder_decoder:
            raise ModelLoadError(f"{source}: {kind.model_type!r} is no causal language model")
        tokenizer = load_processor(AutoTokenizer, source)
        model = load_model(AutoModelForCausalLM, source, place)
        known = model.get_input_embeddings().num_embeddings
        if not 0 < len(tokenizer) <= known:
            raise ModelLoadError(
                f"{source}: its tokenizer has {len(tokenizer)} tokens, its model {known}"
            )
        name = str(source)
        context = getattr(model.config.get_text_config(), "max_position_embeddings", None)
        writer = Writer(model, tokenizer, config, name)
        return cls(config, Prompt(tokenizer, name), writer, context)

    def generate(self, messages: Sequence[Message], token: CancelToken) -> Iterator[str]:
        """Text as it is written.

        Raises:
            LanguageModelError: The model's numbers broke down.
            DeviceFailedError: The device has no memory left, or is gone.
            Cancelled: The token was cancelled.
        """
        return self._answer(messages, self._config.max_tokens, token)

    def warm(self) -> None:
        """Read the system prompt, which every conversation begins with, and write one token."""
        hello = [Message("system", self._config.system_prompt), Message("user", "Hello.")]
        for _ in self._answer(hello, 1, CancelToken()):
            pass

    def count_tokens(self, text: str) -> int:
        """Tokens of a text, without what the chat template puts around it."""
        return self._prompt.count(text)

    def _answer(
        self, messages: Sequence[Message], max_tokens: int, token: CancelToken
    ) -> Iterator[str]:
        token.check()
        room = None
        if self._context is not None:
            room = self._context - min(max_tokens, self._context // 2)
        ids = self._prompt.encode(messages, room)
        if self._context is not None:
            max_tokens = min(max_tokens, self._context - len(ids))
        _LOGGER.debug("prompt of %d tokens", len(ids))
        if ids:
            yield from self._writer.write(ids, max_tokens, token)
