"""Asks Home Assistant what no skill does, before the language model or a refusal answers."""

import asyncio
import logging
import time
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass, field

from marvin.backends.home_assistant.home_conversation import HomeAnswer, HomeOutcome, converse
from marvin.backends.home_assistant.home_server import HomeAssistantServer
from marvin.config.home_assistant import HomeAssistantConfig
from marvin.dialogue import Dialogue
from marvin.errors import HomeAssistantError
from marvin.languages.translation import speaking_in, tr, translatable, worded
from marvin.mind.spoken_text import spoken_sentences
from marvin.mind.written_answer import ONE_MOMENT
from marvin.protocols import Intent
from marvin.skills.home_sentences import CONFIRM, NAME
from marvin.types import Notice, ReplyItem, Say, Transcript

_LOGGER = logging.getLogger(__name__)

HOME = frozenset({NAME})
"""The skill that may be for known people only."""
REFUSING = frozenset({"limits"})
"""The skill that only says what Marvin cannot do."""
_REST_S = 60.0
"""After a failure, only commands for the home are tried for this long."""
_FAILED = translatable("Sorry, that did not work.")
_ANSWER = "home assistant"
"""The question that Home Assistant has asked, for `Dialogue.ask`."""


class Home:
    """The user's Home Assistant. Shared by all sessions."""

    def __init__(
        self,
        server: HomeAssistantServer,
        config: HomeAssistantConfig,
        notify: Callable[[str], None] = _LOGGER.warning,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`notify` gets a console line when somebody else has to answer; `clock` is in seconds."""
        self._server = server
        self.config = config
        self.notify = notify
        self._clock = clock
        self._rests_until_s = 0.0

    @property
    def resting(self) -> bool:
        """Whether it has just failed."""
        return self._clock() < self._rests_until_s

    def request(
        self, intent: Intent | None, transcript: Transcript, dialogue: Dialogue
    ) -> "HomeRequest":
        """What to ask first. Without an intent of a skill, the language model would answer."""
        mind = self.config.mind
        unsure = transcript.confidence < self.config.confidence
        if dialogue.question == _ANSWER and not _instead(intent):
            text = (intent and intent.request) or transcript.text
            return HomeRequest(self, dialogue, text, command=True, unsure=unsure)
        if intent is not None:
            unsure = unsure and not intent.confirmed
            return HomeRequest(self, dialogue, intent.request, command=True, unsure=unsure)
        text = "" if (unsure or self.resting) and not mind else transcript.text
        return HomeRequest(self, dialogue, text, command=mind, unsure=unsure)

    async def ask(self, text: str, dialogue: Dialogue) -> HomeAnswer:
        """Raises HomeAssistantError."""
        try:
            answer = await converse(
                self._server,
                text,
                language=dialogue.language,
                conversation_id=dialogue.home_conversation,
                agent=self.config.agent,
            )
        except HomeAssistantError:
            self._rests_until_s = self._clock() + _REST_S
            raise
        self._rests_until_s = 0.0
        dialogue.home_conversation = answer.conversation_id
        return answer


@dataclass(slots=True)
class HomeRequest:
    """One text for Home Assistant."""

    home: Home
    dialogue: Dialogue
    text: str
    """Empty: it is not asked."""
    command: bool
    """It is certainly meant for the home, so that its words count where it has failed."""
    unsure: bool = False
    """It may have been misheard: it is read back first."""
    sent: bool = field(default=False, init=False)
    """It has been asked, which cannot be undone."""
    answered: bool = field(default=False, init=False)
    """Nobody else has to answer; known when `items` has ended."""

    async def items(self, patience_s: float | None) -> AsyncGenerator[ReplyItem]:
        """Carry it out. Nothing if Home Assistant has not understood. Raises HomeAssistantError:
        It failed, and nobody else can answer."""
        dialogue = self.dialogue
        if not self.text:
            return
        if self.unsure:
            self.answered = True
            for item in self._read_back():
                yield item
            return
        dialogue.move_on()
        self.sent = True
        asking = asyncio.create_task(self.home.ask(self.text, dialogue))
        try:
            done, _ = await asyncio.wait([asking], timeout=patience_s)
            if not done:
                yield self._one_moment()
            answer = await asking
        except HomeAssistantError as error:
            if self.command:
                raise
            # Nothing more until it has rested.
            self.home.notify(str(error))
            return
        finally:
            asking.cancel()
        self.answered = self._counts(answer)
        if self.answered:
            with speaking_in(dialogue.language):
                items = _spoken(answer, dialogue)
            for item in items:
                yield item

    def _read_back(self) -> list[ReplyItem]:
        text = self.text.rstrip(".?! ")
        with speaking_in(self.dialogue.language):
            return self.dialogue.ask(CONFIRM, tr("Did you say: {text}?", text=text), self.text)

    def _one_moment(self) -> Notice:
        with speaking_in(self.dialogue.language):
            return Notice(worded(ONE_MOMENT))

    def _counts(self, answer: HomeAnswer) -> bool:
        if answer.understood is HomeOutcome.ANSWERED or self.home.config.mind:
            return True
        return self.command and answer.understood is HomeOutcome.NO_TARGET and bool(answer.speech)


def _instead(intent: Intent | None) -> bool:
    """Whether a skill answers rather than Home Assistant that has asked something: "stop", an
    emergency, which has no request, and what is certainly meant for it."""
    if intent is None or intent.request:
        return False
    return intent.certain or intent.skills == REFUSING


def _spoken(answer: HomeAnswer, dialogue: Dialogue) -> list[ReplyItem]:
    sentences = [one for one in spoken_sentences(answer.speech) if any(map(str.isalnum, one))]
    if answer.failed:
        names = ", ".join(answer.failed)
        sentences += spoken_sentences(tr("It did not work for: {names}.", names=names))
    if not sentences:
        sentences = [tr("Okay.") if answer.success else worded(_FAILED)]
    items: list[ReplyItem] = [Say(sentence) for sentence in sentences]
    if answer.asks:
        items[-1:] = dialogue.ask(_ANSWER, sentences[-1])
    return items
