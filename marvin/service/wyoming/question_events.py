"""Answers the questions of a client: Wyoming calls a question `transcript`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from marvin.boundary.redaction import redact
from marvin.boundary.terminal import one_line
from marvin.errors import ServerError, StageError
from marvin.service.conversations import ClientConversation, Conversations
from marvin.service.served_engines import ServedEngines
from marvin.service.wyoming.bounded_stream import BoundedStream
from marvin.service.wyoming.event_fields import conversation_of, language_of, text_of
from marvin.types import Ask, Notice, Say

if TYPE_CHECKING:
    from wyoming.event import Event as WyomingEvent

LONGEST_QUESTION = 4_000
"""In characters."""


class QuestionEvents:
    """A question may name its conversation, as Home Assistant does, which connects for each one
    anew; the others belong to the conversation of their connection."""

    def __init__(
        self, stream: BoundedStream, served: ServedEngines, conversations: Conversations
    ) -> None:
        self._stream = stream
        self._conversations = conversations
        self._own = ClientConversation(served)
        self.served = {"transcript": self._answer}

    async def _answer(self, event: WyomingEvent) -> None:
        from wyoming.handle import Handled, HandledStop, NotHandled

        text = one_line(text_of(event, LONGEST_QUESTION))
        name = conversation_of(event)
        # Not by its name alone: another machine may have guessed that.
        key = self._stream.host, name
        conversation = self._conversations.get(key) if name else self._own
        reply = _Reply(self._stream, {"conversation_id": name} if name else None)
        try:
            await conversation.answer(text, language_of(event), reply.say)
            failed = False
        except (ServerError, StageError) as error:
            reply.said = [redact(one_line(str(error)))]
            failed = True
        whole = " ".join(reply.said)
        # Only notices: "Sorry, I did not get that." Nothing at all is the answer to "stop".
        handled = not failed and (reply.streams or not reply.said)
        kind = Handled if handled else NotHandled
        await self._stream.write(kind(whole, reply.context))
        if reply.streams:
            await self._stream.write(HandledStop())


class _Reply:
    """Sends the answer as it is written."""

    def __init__(self, stream: BoundedStream, context: dict[str, str] | None) -> None:
        self._stream = stream
        self.context = context
        self.said: list[str] = []
        self.streams = False

    async def say(self, item: Say | Ask | Notice) -> None:
        from wyoming.handle import HandledChunk, HandledStart

        self.said.append(item.text)
        if isinstance(item, Notice):
            return
        if not self.streams:
            await self._stream.write(HandledStart(self.context))
        await self._stream.write(HandledChunk(f"{' ' * self.streams}{item.text}"))
        self.streams = True
