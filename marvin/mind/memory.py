"""Conversation history, and how much of it the language model sees."""

import bisect
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from marvin.config.llm import ConversationTable
from marvin.dialogue import Dialogue
from marvin.mind.instructions import instructions
from marvin.mind.told_notes import note_messages
from marvin.types import RATE_HZ, Message, Samples

CUT_OFF = "…"
"""Marks an interrupted answer. Not a word, because small models would repeat it aloud."""

_MESSAGE_TOKENS = 6
"""Tokens a chat template adds per message: role, start and end markers, newlines."""


def estimate_tokens(text: str) -> int:
    """Estimate the token count without a tokenizer, erring on the high side.

    English averages about 4 characters per token. Vocabularies built for English split other
    scripts into pieces of a character or less: about 2 bytes of UTF-8 per token.
    """
    ascii_bytes = sum(character.isascii() for character in text)
    other_bytes = len(text.encode()) - ascii_bytes
    return -(-(ascii_bytes + 2 * other_bytes) // 4)


@dataclass(frozen=True, slots=True)
class _Turn:
    question: str
    answer: str
    tokens: int
    audio: tuple[Samples, ...] = ()
    """The question, if nobody has written it down."""


_NOTES_SHARE = 4
"""Notes take at most this part of the history's tokens."""
_AUDIO_TOKENS_A_S = 25
"""Of a second that a model hears: as many as any of them reads."""
_ECHO_S = 10.0
"""What an utterance may begin with was spoken this recently, in seconds."""


class Memory:
    """History and dialogue of one conversation. The history is limited by a token budget and is
    forgotten after a long silence."""

    def __init__(
        self,
        config: ConversationTable,
        clock: Callable[[], float] = time.monotonic,
        count: Callable[[str], int] = estimate_tokens,
    ) -> None:
        """`clock` returns seconds; `count` returns the number of tokens in a text."""
        self._config = config
        self._clock = clock
        self._count = count
        self._turns: list[_Turn] = []
        self._last = clock()
        self._spoken: tuple[str, ...] = ()
        self._spoken_at = 0.0
        self._asked: tuple[Samples, ...] = ()
        """The last question, as it was said."""
        self.notes: Callable[[], Sequence[str]] = tuple
        """What the user has asked to remember, the oldest first."""
        self.dialogue = Dialogue(clock=clock)
        self.misunderstood = 0
        """Number of utterances in a row that were not understood."""

    def configure(self, config: ConversationTable) -> None:
        """Change the rules and keep the history."""
        self._config = config

    def carry_on(self, new: "Memory") -> None:
        """Keep the history, under the rules and with the notes of a new memory."""
        self._config, self.notes = new._config, new.notes

    @property
    def max_sentences(self) -> int:
        """After how many sentences an answer ends; 0: no limit."""
        return self._config.max_sentences

    def ask(
        self, text: str, language: str = "en", audio: tuple[Samples, ...] = ()
    ) -> list[Message]:
        """Return the messages for the language model, which ends with `text` and should be answered
        in that `language`.

        A question that exceeds the budget by itself loses its beginning. It enters the history
        only with `answered`. `audio`: as it was said, for models that hear.
        """
        self.forget_after_silence()
        self._asked = audio
        budget = self._config.history_tokens
        told = note_messages(self.notes(), budget // _NOTES_SHARE, self._cost)
        budget -= self._cost(*(message.text for message in told))
        question = self._cut(text, budget)
        self._trim(budget - self._cost(question))
        prompt = instructions(self._config, language)
        messages = [Message("system", prompt), *told] if prompt else told
        for turn in self._turns:
            asked = Message("user", turn.question, audio=turn.audio)
            messages += [asked, Message("assistant", turn.answer)]
        return [*messages, Message("user", question, audio=audio, spoken=bool(audio))]

    def answered(self, question: str, heard: str, *, interrupted: bool = False) -> None:
        """Record a question and the part of its answer that was heard, unless that is empty."""
        if heard:
            self.forget_after_silence()
            self._remember(
                self._cut(question, self._config.history_tokens),
                f"{heard} {CUT_OFF}" if interrupted else heard,
                () if question else self._asked,
            )

    def forget(self) -> None:
        """Clear the history, and what the dialogue refers to."""
        self._clear()
        self.dialogue.move_on()
        self.dialogue.last_reply = ""

    def spoke(self, sentences: Iterable[str]) -> None:
        """Record what the loudspeaker played, notices included."""
        self._spoken, self._spoken_at = tuple(sentences), self._clock()

    def just_spoken(self) -> Sequence[str]:
        """Sentences that the microphone may have heard together with the user."""
        return self._spoken if self._clock() - self._spoken_at < _ECHO_S else ()

    def _remember(self, question: str, answer: str, audio: tuple[Samples, ...]) -> None:
        seconds = sum(map(len, audio)) / RATE_HZ
        cost = self._cost(question, answer) + round(_AUDIO_TOKENS_A_S * seconds)
        self._turns.append(_Turn(question, answer, cost, audio))
        self._last = self._clock()

    def forget_after_silence(self) -> None:
        """Clear the history if nobody has said anything for long."""
        now = self._clock()
        if now - self._last >= self._config.forget_s:
            self._clear()
        self._last = now

    def _clear(self) -> None:
        self._turns.clear()
        self._asked = ()
        self.dialogue.outside = False

    def _trim(self, room: int) -> None:
        """Drop the oldest turns if the history exceeds `room` tokens.

        Frees half of the room at once, because every drop invalidates the model's prompt cache.
        """
        tokens = sum(turn.tokens for turn in self._turns)
        if tokens <= room:
            return
        while self._turns and tokens > room // 2:
            tokens -= self._turns.pop(0).tokens

    def _cut(self, question: str, budget: int) -> str:
        """Keep as much of the end as fits: that is where most questions are asked."""
        if self._cost(question) <= budget:
            return question
        begin = bisect.bisect_left(
            range(len(question)), True, key=lambda at: self._cost(question[at:]) <= budget
        )
        kept = question[begin:]
        if not question[begin - 1].isspace():
            # Drop a partial first word, in scripts that use spaces.
            kept = kept.partition(" ")[2] or kept
        return kept.strip()

    def _cost(self, *texts: str) -> int:
        return sum(self._count(text) + _MESSAGE_TOKENS for text in texts)
