"""What a client sends of a conversation, as the memory that the mind answers from."""

from __future__ import annotations

import hashlib
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from copy import copy

from marvin.config.llm import conversation_rules
from marvin.config.tables import Config
from marvin.dialogue import Dialogue
from marvin.mind.memory import Memory
from marvin.types import Message

_KEPT, _KEPT_S = 64, 600.0
"""Conversations whose pending question is kept, and for how long."""
_NEVER_S = 86_400.0


class SentConversations:
    """Clients send the whole conversation each time. What they cannot send is the dialogue, such as
    the question that Marvin has asked: it is found again by what was said so far."""

    def __init__(
        self,
        config: Config,
        new_memory: Callable[[], Memory],
        clock: Callable[[], float] = time.monotonic,
        dialogues: OrderedDict[bytes, tuple[float, Dialogue]] | None = None,
    ) -> None:
        """`dialogues`: of conversations that began earlier."""
        self._config = config
        self._new_memory = new_memory
        self._clock = clock
        self._dialogues = OrderedDict() if dialogues is None else dialogues

    def memory(self, messages: Sequence[Message]) -> Memory:
        """The memory after these messages; instructions among them replace the configured ones."""
        memory = self._new_memory()
        rules = conversation_rules(self._config.llm).model_copy(update={"forget_s": _NEVER_S})
        if told := " ".join(one.text for one in messages if one.role == "system" and one.text):
            rules = rules.model_copy(update={"system_prompt": told})
        memory.configure(rules)
        _replay(memory, messages)
        if (kept := self._dialogues.get(_name(messages))) is not None:
            # A copy: the client may go on from here twice.
            memory.dialogue = copy(kept[1])
        elif any(one.role == "assistant" for one in messages):
            # Nobody knows any more whose words these were.
            memory.dialogue.outside = True
        return memory

    def keep(self, messages: Sequence[Message], memory: Memory) -> None:
        """Remember the dialogue after these messages, which end with Marvin's reply."""
        now = self._clock()
        name = _name(messages)
        self._dialogues[name] = now, copy(memory.dialogue)
        self._dialogues.move_to_end(name)
        while self._dialogues:
            oldest, (since, _) = next(iter(self._dialogues.items()))
            if len(self._dialogues) <= _KEPT and now - since <= _KEPT_S:
                break
            del self._dialogues[oldest]


def _replay(memory: Memory, messages: Sequence[Message]) -> None:
    question = ""
    for message in messages:
        if message.role == "user":
            question = f"{question} {message.text}".strip()
        elif message.role == "assistant":
            memory.answered(question, message.text)
            question = ""


def _name(messages: Sequence[Message]) -> bytes:
    digest = hashlib.sha256()
    for one in messages:
        # Lengths, so that no two conversations have the same bytes.
        text = one.text.strip().encode("utf-8", "surrogatepass")
        digest.update(f"{one.role} {len(text)} ".encode() + text)
    return digest.digest()
