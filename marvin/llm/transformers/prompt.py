"""Encodes a conversation with the model's chat template."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from jinja2 import TemplateError

from marvin.errors import ModelLoadError
from marvin.llm.tool_prompt import in_words, object_of
from marvin.llm.tool_rules import described, with_tool_rules, written
from marvin.llm.turns import without_oldest_turn
from marvin.types import Message, Tool, ToolCall

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
            self._tool_role = _has_tool_role(tokenizer)
        else:
            _LOGGER.warning(
                "%s has no chat template, so it is not an instruct model. It continues what the "
                "user says, and sees neither the system prompt nor earlier turns",
                name,
            )

    def encode(
        self, messages: Sequence[Message], room: int | None, tools: Sequence[Tool] = ()
    ) -> list[int]:
        """At most `room` token ids: drops the oldest turns first, then the start of the prompt."""
        kept: Sequence[Message] = with_tool_rules(messages, tools)
        ids = self._ids(kept, tools)
        if room is None:
            return ids
        while len(ids) > room and (fewer := without_oldest_turn(kept)) is not None:
            kept = fewer
            ids = self._ids(kept, tools)
        return ids[-room:]

    def count(self, text: str) -> int:
        """Number of tokens, without the chat template."""
        return len(self._tokenizer(text, add_special_tokens=False).input_ids)

    def _ids(self, messages: Sequence[Message], tools: Sequence[Tool]) -> list[int]:
        if not self._templated:
            ids: list[int] = self._tokenizer(messages[-1].text).input_ids
            return ids
        shown = [self._harmless(one) if one.role == "tool" else one for one in messages]
        if not self._tool_role:
            shown, tools = in_words(shown, tools), ()
        if not self._system_role:
            shown = _merged(shown)
        ids = _rendered(self._tokenizer, shown, tokenize=True, tools=tools)
        return ids

    def _harmless(self, result: Message) -> Message:
        """A tool's result without what the tokenizer would take for the end of the message."""
        text = result.text
        for token in {*self._tokenizer.all_special_tokens, *self._tokenizer.get_added_vocab()}:
            if len(token) > 1:
                text = text.replace(token, f"{token[0]} {token[1:]}")
        return replace(result, text=text)


def _rendered(
    tokenizer: Any, messages: Sequence[Message], *, tokenize: bool, tools: Sequence[Tool] = ()
) -> Any:
    return tokenizer.apply_chat_template(
        [written(message, object_of) for message in messages],
        tools=described(tools) or None,
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


def _has_tool_role(tokenizer: Any) -> bool:
    """Whether the template renders tools, calls and results: others drop them, or raise."""
    call, tool = ToolCall("tell", "{}", "0"), Tool("tell", _PROBE, {"type": "object"})
    asked = [Message("user", "Hello."), Message("assistant", "", (call,))]
    told = [*asked, Message("tool", f"{_PROBE} Really.", call_id="0")]
    try:
        text = _rendered(tokenizer, told, tokenize=False, tools=[tool])
    except (TemplateError, TypeError, KeyError, ValueError) as error:
        _LOGGER.debug("no tool role: %s", error)
        return False
    return text.count(_PROBE) >= 2 and "tell" in text.replace(_PROBE, "")


def _merged(messages: Sequence[Message]) -> list[Message]:
    """Prepend the system prompt to the first question."""
    system = [message.text for message in messages if message.role == "system"]
    first, *rest = (message for message in messages if message.role != "system")
    return [replace(first, text="\n\n".join([*system, first.text])), *rest]
