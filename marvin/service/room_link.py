"""Makes a satellite one of the rooms of its Marvin, by Wyoming (service/wyoming/room_events.py)."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from functools import partial
from typing import TYPE_CHECKING, Any

from marvin import __version__
from marvin.audio import chime
from marvin.backends.wyoming.wyoming_connection import (
    WyomingConnection,
    WyomingFaultError,
    WyomingWording,
    connected,
)
from marvin.boundary.terminal import one_line, plain
from marvin.config.llm import WyomingAgentConfig
from marvin.conversation.called_rooms import LONGEST_TEXT, CalledRoom, check_name
from marvin.conversation.session_room import SessionRoom
from marvin.errors import ConfigError, ControlError, MarvinError, first_error
from marvin.events import Event, ServerBack, ServerLost
from marvin.languages.translation import speaking_in, tr

if TYPE_CHECKING:
    from marvin.config.tables import Config
    from marvin.service.served_engines import ServedEngines
    from marvin.service.timekeeper import Ring

_LOGGER = logging.getLogger(__name__)

_STAGE = "satellite"
_QUIET_S = 20.0
"""Time without an event after which the other Marvin is asked whether it is still there."""
_AGAIN_S = (1.0, 2.0, 5.0, 10.0)
"""Waits before looking for it again; the last one for ever."""
_MISSES = 2
"""In a row, until it counts as away: a Marvin that reloads is back at once."""
_JOIN_S = 10.0
_STALE_S = 3.0
"""An answer to a wake word that comes later is too late to undo anything."""


class _Elsewhere:
    """A room of which only the name is known."""

    def __init__(self, name: str) -> None:
        self.name = name

    def leave(self, other: CalledRoom) -> bool:
        return False

    async def say(self, text: str) -> None:
        raise NotImplementedError


class _LinkWording(WyomingWording):
    """The other Marvin, for whose address `--satellite` needs no models.toml."""

    def unreachable(self, error: Exception) -> str:
        return f"nothing answers at {self.url}: start `marvin serve --wyoming` there"

    def broken(self) -> str:
        return f"the Marvin at {self.url} closed the connection: has it ended?"

    def slow(self, timeout_s: float) -> str:
        return f"the Marvin at {self.url} has not answered for {timeout_s:g} s: has it hung?"

    def nonsense(self, found: str) -> str:
        return f"{self.url} sent {found}: is it the port of `marvin serve --wyoming`?"

    def failed(self, said: str) -> str:
        # Nothing that was said can be in it: only the room's name was sent.
        return f"the Marvin at {self.url} refuses this room: {said}"


class RoomLink:
    """Tells the other Marvin of each wake word. It never waits for the answer: without one, or
    without a connection, this room answers. Reports when the other Marvin is away."""

    def __init__(
        self, table: WyomingAgentConfig, wake_word: str, report: Callable[[Event], None]
    ) -> None:
        self._table = table
        self._wake_word = wake_word
        self._report = report
        self._wording = _LinkWording("llm", table.url, "an event")
        self._connection: WyomingConnection | None = None
        self._called_s = 0.0
        self._tasks: asyncio.TaskGroup | None = None

    def called(self, room: CalledRoom, clearness_db: float) -> CalledRoom:
        from wyoming.wake import Detection

        if self._connection is not None and self._tasks is not None:
            self._called_s = asyncio.get_running_loop().time()
            context = {"clearness_db": round(clearness_db, 1)}
            heard = Detection(self._wake_word, context=context)
            self._tasks.create_task(_sent(self._connection, heard))
        return room

    def closed(self, room: CalledRoom) -> None:
        """The connection ends with `run`."""

    async def run(self, room: SessionRoom, away: Callable[[], Awaitable[None]]) -> None:
        """Stay connected, for ever. `away` tells the room that the other Marvin is away from the
        start: later, the first question does."""
        url, clock = self._table.url, asyncio.get_running_loop().time
        found, misses, missed_s, why = False, 0, 0.0, ""
        while True:
            try:
                async with connected(self._wording) as connection:
                    await self._join(connection, room.name)
                    if misses >= _MISSES:
                        self._report(ServerBack(_STAGE, url, clock() - missed_s))
                    found, misses = True, 0
                    await self._follow(connection, room)
            except* WyomingFaultError as errors:
                why = str(first_error(errors))
            misses += 1
            if misses == 1:
                missed_s = clock()
            if misses == _MISSES:
                self._report(ServerLost(_STAGE, url, why))
                if not found:
                    await away()
            await asyncio.sleep(_AGAIN_S[min(misses, len(_AGAIN_S)) - 1])

    async def _join(self, connection: WyomingConnection, name: str) -> None:
        """Raises WyomingFaultError."""
        from wyoming.ping import Ping

        try:
            async with asyncio.timeout(_JOIN_S):
                # It refuses, or answers the ping.
                await connection.send(_info(name), Ping())
                await connection.receive_one("pong")
        except TimeoutError:
            raise WyomingFaultError(self._wording.slow(_JOIN_S)) from None

    async def _follow(self, connection: WyomingConnection, room: SessionRoom) -> None:
        """Raises WyomingFaultError, also in a group."""
        from wyoming.ping import Ping, Pong

        asked = False
        try:
            async with asyncio.TaskGroup() as self._tasks:
                self._connection = connection
                while True:
                    try:
                        async with asyncio.timeout(_QUIET_S):
                            event = await connection.receive()
                    except TimeoutError:
                        if asked:
                            raise WyomingFaultError(self._wording.slow(_QUIET_S)) from None
                        asked = True
                        await connection.send(Ping())
                        continue
                    asked = False
                    match event.type:
                        case "ping":
                            await connection.send(Pong())
                        case "not-detected":
                            self._leave(room, event.data.get("context"))
                        case "synthesize":
                            text = plain(str(event.data.get("text"))[:LONGEST_TEXT])
                            self._tasks.create_task(_announce(connection, room, text))
        finally:
            self._connection = self._tasks = None

    def _leave(self, room: SessionRoom, context: object) -> None:
        if asyncio.get_running_loop().time() - self._called_s <= _STALE_S:
            name = context.get("room") if isinstance(context, dict) else None
            room.leave(_Elsewhere(one_line(name) if isinstance(name, str) else ""))


def join_rooms(
    config: Config, served: ServedEngines, report: Callable[[Event], None]
) -> tuple[SessionRoom, Callable[[Ring], Coroutine[Any, Any, None]]]:
    """The room of this machine's microphone, and what keeps it among the others.

    Raises:
        ConfigError: No room can have its name.
    """
    if isinstance(config.llm, WyomingAgentConfig) and config.llm.room:
        _check_own("--name or llm.room", config.llm.room)
        link = RoomLink(config.llm, config.wake.label, report)
        room = SessionRoom(config.llm.room, link, report)
        return room, lambda ring: link.run(room, partial(_tell_away, served, ring))
    if config.serve.room:
        _check_own("serve.room", config.serve.room)
    room = SessionRoom(config.serve.room, served.rooms, report)
    served.rooms.opened(room)
    served.agenda.rooms = served.rooms
    return room, lambda ring: asyncio.sleep(0.0)


async def _tell_away(served: ServedEngines, ring: Ring) -> None:
    await served.engines.loaded()
    with speaking_in(served.config.languages[0]):
        text = tr("The other Marvin does not answer.")
    # The voice may be there, too; the tone is not.
    await ring(chime.error(), text, 0.0)


def _check_own(key: str, name: str) -> None:
    """Raises ConfigError."""
    try:
        check_name(name)
    except ControlError as error:
        raise ConfigError(f"{key}: {error}") from None


def _info(name: str) -> Any:
    from wyoming.info import Attribution, Info, Satellite

    by = Attribution("Marvin", "https://pypi.org/project/marvin-voice")
    satellite = Satellite(
        name=name, attribution=by, installed=True, description="Marvin", version=__version__
    )
    return Info(satellite=satellite)


async def _announce(connection: WyomingConnection, room: SessionRoom, text: str) -> None:
    from wyoming.error import Error
    from wyoming.snd import Played

    try:
        await room.say(text)
    except MarvinError as error:
        await connection.send(Error(one_line(str(error)), "failed"))
    else:
        await connection.send(Played())


async def _sent(connection: WyomingConnection, event: Any) -> None:
    # A connection that is broken is noticed by whoever reads.
    try:
        await connection.send(event)
    except WyomingFaultError as error:
        _LOGGER.info("the wake word was not told: %s", error)
