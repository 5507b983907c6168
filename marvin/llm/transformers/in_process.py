"""An in-process instruct model, by transformers."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from marvin.backends.pretrained.checkpoint import check_vocabulary, load_model, load_processor
from marvin.backends.pretrained.lock import transformers_lock
from marvin.cancellation import CancelToken
from marvin.errors import ModelLoadError
from marvin.hub.source import Source
from marvin.llm.tool_prompt import written_calls
from marvin.llm.transformers.generating import Writer
from marvin.llm.transformers.prompt import Prompt
from marvin.types import Message, Tool

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from marvin.backends.pretrained.place import Place
    from marvin.config.llm import TransformersConfig

_LOGGER = logging.getLogger(__name__)


class TransformersLanguageModel:
    """Any causal language model with a chat template. Reuses the KV cache across turns."""

    def __init__(
        self, config: TransformersConfig, prompt: Prompt, writer: Writer, context: int | None
    ) -> None:
        """`context`: maximum tokens of prompt and answer together."""
        self._config = config
        self._prompt = prompt
        self._writer = writer
        self._context = context

    @classmethod
    def load(cls, config: TransformersConfig, place: Place) -> TransformersLanguageModel:
        """Load the checkpoint onto its device.

        Raises:
            ModelLoadError: A file is missing or broken, or it is not a causal language model.
            DeviceFailedError: The device is out of memory or unavailable.
        """
        with transformers_lock:
            from transformers import AutoConfig, AutoModelForCausalLM, AutoTokenizer

        source = Source("llm.model", config.model, config.revision)
        # transformers would load Whisper's decoder as a causal model, too.
        kind = load_processor(AutoConfig, source)
        if kind.is_encoder_decoder:
            raise ModelLoadError(f"{source}: {kind.model_type!r} is not a causal language model")
        tokenizer = load_processor(AutoTokenizer, source)
        model = load_model(AutoModelForCausalLM, source, place)
        check_vocabulary(model, tokenizer, source)
        name = str(source)
        context = getattr(model.config.get_text_config(), "max_position_embeddings", None)
        writer = Writer(model, tokenizer, config, name)
        return cls(config, Prompt(tokenizer, name), writer, context)

    def generate(self, messages: Sequence[Message], token: CancelToken) -> Iterator[str]:
        """Deltas as they are generated.

        Raises:
            LanguageModelError: The model produced NaN.
            DeviceFailedError: The device is out of memory or gone.
            Cancelled: The token was cancelled.
        """
        return self._answer(messages, self._config.max_tokens, token)

    def generate_with_tools(
        self, messages: Sequence[Message], tools: Sequence[Tool], token: CancelToken
    ) -> Iterator[str]:
        """The same, and then the tools that the model calls. Raises as `generate`."""
        written: list[str] = []
        for delta in self._answer(messages, self._config.max_tokens, token, tools):
            written.append(delta)
            # A call in it is not spoken: the mind hides what is no text.
            yield delta
        yield from written_calls("".join(written), tools)

    def warm(self) -> None:
        """Prefill the system prompt, which starts every conversation, and generate one token."""
        hello = [Message("system", self._config.instructions), Message("user", "Hello.")]
        for _ in self._answer(hello, 1, CancelToken()):
            pass

    def count_tokens(self, text: str) -> int:
        """Number of tokens, without the chat template."""
        return self._prompt.count(text)

    def _answer(
        self,
        messages: Sequence[Message],
        max_tokens: int,
        token: CancelToken,
        tools: Sequence[Tool] = (),
    ) -> Iterator[str]:
        token.check()
        room = None
        if self._context is not None:
            room = self._context - min(max_tokens, self._context // 2)
        ids = self._prompt.encode(messages, room, tools)
        if self._context is not None:
            max_tokens = min(max_tokens, self._context - len(ids))
        _LOGGER.debug("prompt of %d tokens", len(ids))
        if ids:
            yield from self._writer.write(ids, max_tokens, token)
