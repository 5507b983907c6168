"""Encodes a conversation with the model's chat template."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from jinja2 import TemplateError

from marvin.errors import ModelLoadError
from marvin.llm.turns import without_oldest_turn
from marvin.types import Message

if TYPE_CHECKING:
    from collections.abc import Sequence

_LOGGER = logging.getLogger(__name__)

_PROBE = "Answer briefly."


class Prompt:
    def __init__(self, tokenizer: Any, name: str) -> None:
        """`name` is the model's name for messages.

        Raises:
            ModelLoadError: The chat template is broken.
        """
        self._tokenizer = tokenizer
        self._templated = tokenizer.chat_template is not None
        if self._templated:
            self._system_role = _has_system_role(tokenizer, name)
        else:
            _LOGGER.warning(
                "%s has no chat template, so it is not an instruct model. It continues what the "
                "user says, and sees neither the system prompt nor earlier turns",
                name,
            )

    def encode(self, messages: Sequence[Message], room: int | None) -> list[int]:
        """At most `room` token ids: drops the oldest turns first, then the start of the prompt."""
        kept: Sequence[Message] = messages
        ids = self._ids(kept)
        if room is None:
            return ids
        while len(ids) > room and (fewer := without_oldest_turn(kept)) is not None:
            kept = fewer
            ids = self._ids(kept)
        return ids[-room:]

    def count(self, text: str) -> int:
        """Number of tokens, without the chat template."""
        return len(self._tokenizer(text, add_special_tokens=False).input_ids)

    def _ids(self, messages: Sequence[Message]) -> list[int]:
        if not self._templated:
            ids: list[int] = self._tokenizer(messages[-1].text).input_ids
        else:
            shown = messages if self._system_role else _merged(messages)
            ids = _rendered(self._tokenizer, shown, tokenize=True)
        return ids


def _rendered(tokenizer: Any, messages: Sequence[Message], *, tokenize: bool) -> Any:
    return tokenizer.apply_chat_template(
        [{"role": message.role, "content": message.text} for message in messages],
        add_generation_prompt=True,
        tokenize=tokenize,
        return_dict=False,
        # Reasoning is not spoken, and takes too long for a listener. A Qwen3 option; other
        # templates ignore it.
        enable_thinking=False,
    )


def _has_system_role(tokenizer: Any, name: str) -> bool:
    """Whether the template renders a system prompt: Gemma's raises, others drop it."""
    question = Message("user", "Hello.")
    try:
        if _PROBE in _rendered(tokenizer, [Message("system", _PROBE), question], tokenize=False):
            return True
    except TemplateError as error:
        _LOGGER.debug("%s: no system role: %s", name, error)
    try:
        _rendered(tokenizer, [question], tokenize=False)
    except TemplateError as error:
        raise ModelLoadError(f"{name}: its chat template is broken: {error}") from error
    return False


def _merged(messages: Sequence[Message]) -> list[Message]:
    """Prepend the system prompt to the first question."""
    system = [message.text for message in messages if message.role == "system"]
    first, *rest = (message for message in messages if message.role != "system")
    return [Message(first.role, "\n\n".join([*system, first.text])), *rest]
