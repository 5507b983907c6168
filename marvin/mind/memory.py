"""What was said so far, and how much of it the language model is shown."""

import bisect
import time
from collections.abc import Callable
from dataclasses import dataclass

from marvin.config.llm import ConversationTable, conversation_rules
from marvin.config.tables import Config
from marvin.dialogue import Dialogue
from marvin.skills.skillset import abilities
from marvin.types import Message

CUT_OFF = "…"
"""Ends an answer that the user interrupted. Not a word: small models would repeat it aloud."""

_MESSAGE_TOKENS = 6
"""What a chat template puts around a message: its role, begin and end marks, newlines."""


def estimate_tokens(text: str) -> int:
    """Tokens of a text, rather too many than too few, where no tokenizer is at hand.

    English has about 4 characters a token. Vocabularies that were made for it cut other scripts
    into pieces of a character or less: 2 bytes of UTF-8 a token.
    """
    ascii_bytes = sum(character.isascii() for character in text)
    other_bytes = len(text.encode()) - ascii_bytes
    return -(-(ascii_bytes + 2 * other_bytes) // 4)


def rules_of_conversation(config: Config) -> ConversationTable:
    """How one is held; the system prompt ends with what Marvin can do and cannot."""
    rules = conversation_rules(config.llm)
    if not rules.system_prompt:
        return rules
    prompt = f"{rules.system_prompt} {abilities(config.skills)}"
    return rules.model_copy(update={"system_prompt": prompt})


@dataclass(frozen=True, slots=True)
class _Turn:
    question: str
    answer: str
    tokens: int


class Memory:
    """What was said in one conversation: turns, within a token budget and until the user has been
    silent for long, and what its skills refer to."""

    def __init__(
        self,
        config: ConversationTable,
        clock: Callable[[], float] = time.monotonic,
        count: Callable[[str], int] = estimate_tokens,
    ) -> None:
        """`clock` in seconds; `count` gives the tokens of a text."""
        self._config = config
        self._clock = clock
        self._count = count
        self._turns: list[_Turn] = []
        self._last = clock()
        self.dialogue = Dialogue()
        self.misunderstood = 0
        """Utterances in a row of which nothing was understood."""

    def configure(self, config: ConversationTable) -> None:
        """Go on with what was said so far by other rules."""
        self._config = config

    def ask(self, text: str) -> list[Message]:
        """The messages for the language model, `text` as the last of them.

        A question that is over the budget alone loses its beginning. It is not remembered before
        `answered`.
        """
        self._forget()
        question = self._cut(text)
        self._trim(self._config.history_tokens - self._cost(question))
        prompt = self._config.system_prompt
        messages = [Message("system", prompt)] if prompt else []
        for turn in self._turns:
            messages += [Message("user", turn.question), Message("assistant", turn.answer)]
        return [*messages, Message("user", question)]

    def answered(self, question: str, heard: str, *, interrupted: bool = False) -> None:
        """What the user heard of an answer; when it is nothing, nothing is remembered."""
        self._forget()
        if heard:
            self._remember(self._cut(question), f"{heard} {CUT_OFF}" if interrupted else heard)

    def _remember(self, question: str, answer: str) -> None:
        self._turns.append(_Turn(question, answer, self._cost(question, answer)))
        self._last = self._clock()

    def _forget(self) -> None:
        now = self._clock()
        if now - self._last >= self._config.forget_s:
            self._turns.clear()
        self._last = now

    def _trim(self, room: int) -> None:
        """Drop the oldest turns when all together do not fit.

        Half of the room is made free at once: as long as nothing is dropped, a model that keeps
        its cache has read all but the last turn already.
        """
        tokens = sum(turn.tokens for turn in self._turns)
        if tokens <= room:
            return
        while self._turns and tokens > room // 2:
            tokens -= self._turns.pop(0).tokens

    def _cut(self, question: str) -> str:
        """Its end, which is where most questions are asked, as far as it fits."""
        budget = self._config.history_tokens
        if self._cost(question) <= budget:
            return question
        begin = bisect.bisect_left(
            range(len(question)), True, key=lambda at: self._cost(question[at:]) <= budget
        )
        kept = question[begin:]
        if not question[begin - 1].isspace():
            # Not half a word, in a script that has spaces.
            kept = kept.partition(" ")[2] or kept
        return kept.strip()

    def _cost(self, *texts: str) -> int:
        return sum(self._count(text) + _MESSAGE_TOKENS for text in texts)
