"""Other players are quieter during a conversation."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

from marvin.audio.ducking import Ducking
from marvin.config.tables import Config
from marvin.conversation.session import Session
from marvin.skills.skillset import state_dir
from marvin.state import State


@contextlib.asynccontextmanager
async def ducked(config: Config, session: Session) -> AsyncIterator[None]:
    """Lower other players during a conversation, and restore what a crash has left lowered."""
    file = state_dir(config.skills) / "ducked.json"
    if not session.source.live or not (config.audio.duck or file.exists()):
        yield
        return
    ducking = Ducking(config.audio.duck, file)
    session.on_state = lambda state: ducking.attend(state is not State.IDLE)
    try:
        yield
    finally:
        await asyncio.to_thread(ducking.close)
