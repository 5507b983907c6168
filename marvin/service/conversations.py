"""Conversations of the servers' clients, each with its own memory."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from contextlib import aclosing

from marvin.errors import MarvinError, first_error
from marvin.events import ToolUsed
from marvin.mind.memory import Memory
from marvin.mind.mind import Response
from marvin.service.room_first import behind_the_room
from marvin.service.served_engines import PRIORITY, ServedEngines
from marvin.types import Act, Ask, Forget, Identification, Notice, Say

MOST = 64
"""Conversations kept; the one that was silent for longest is forgotten."""
_NOBODY = Identification()
NO_VOLUME = Notice("I can only change the volume in the room where I speak.")


async def known_voices_only(served: ServedEngines, response: Response) -> str | None:
    """Why a skill is not for a client: it is for people whose voice is known, and what is typed has
    none."""
    await response.settled()
    speakers, intent = served.mind.speakers, response.intent
    if speakers is None or intent is None:
        return None
    return speakers.refusal(await response.identification() or _NOBODY, intent.skills)


class ClientConversation:
    """Answers one question after the other, with a memory of its own."""

    def __init__(self, served: ServedEngines, earlier: Memory | None = None) -> None:
        """`earlier`: of the same conversation, before models.toml was reloaded."""
        self._served = served
        self.memory = served.new_memory()
        if earlier is not None:
            earlier.carry_on(self.memory)
            self.memory = earlier
        if self.memory.dialogue.language not in served.config.languages:
            self.memory.dialogue.language = served.config.languages[0]
        self._turn = asyncio.Lock()

    async def answer(
        self, text: str, language: str, say: Callable[[Say | Ask | Notice], Awaitable[None]]
    ) -> None:
        """`say` what Marvin answers, sentence by sentence. Raises StageError, ServerError,
        and OSError from `say`."""
        said: list[str] = []
        memory = self.memory
        if language in self._served.config.languages:
            memory.dialogue.language = language
        try:
            async with self._turn, behind_the_room(self._served), asyncio.TaskGroup() as tasks:
                response = self._served.mind.respond(text, memory, tasks, priority=PRIORITY)
                try:
                    if refused := await known_voices_only(self._served, response):
                        await say(Notice(refused))
                        return
                    async with aclosing(response.items()) as items:
                        async for item in items:
                            if isinstance(item, Forget):
                                memory.forget()
                            elif isinstance(item, Act):
                                await say(NO_VOLUME)
                                break
                            elif not isinstance(item, ToolUsed):
                                said += [item.text] * (not isinstance(item, Notice))
                                await say(item)
                finally:
                    response.discard()
        except* (MarvinError, OSError) as errors:
            raise first_error(errors) from None
        memory.answered(text, " ".join(said))


class Conversations:
    """Of the Wyoming server, by what the clients call them."""

    def __init__(self, served: ServedEngines) -> None:
        self._served = served
        self._open: dict[Hashable, ClientConversation] = {}

    def get(self, key: Hashable) -> ClientConversation:
        memories = self._served.kept.memories
        conversation = self._open.get(key)
        if conversation is None:
            conversation = ClientConversation(self._served, memories.get(key))
            self._open[key] = conversation
        memories[key] = conversation.memory
        memories.move_to_end(key)
        if len(memories) > MOST:
            forgotten, _ = memories.popitem(last=False)
            self._open.pop(forgotten, None)
        return conversation
