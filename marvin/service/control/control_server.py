"""The control server: answers every client, and no client can block it."""

import asyncio
import logging
import os
import socket
from collections.abc import Callable, Mapping

from marvin import __version__
from marvin.errors import ControlError, MarvinError
from marvin.events import Event
from marvin.service.control.agenda_requests import AGENDA_REQUESTS
from marvin.service.control.connection import Connection
from marvin.service.control.controlled import Controlled
from marvin.service.control.following import Followers
from marvin.service.control.peer import Peered, is_ours
from marvin.service.control.requests import MESSAGE_BYTES, ControlRequest, parse, refusal

_LOGGER = logging.getLogger(__name__)

CLIENTS = 32
"""Clients at once; the next one is refused."""
_RESERVED = 8
"""Extra connections for one short request each, so that `stop` always gets through."""
_QUICK = frozenset({"status", "listen", "stop", "mute", "unmute"})
PATIENCE_S = 60.0
"""A client that neither asks nor reads for this long is disconnected."""
_BRIEF_S = 2.0
"""The same for a reserved connection."""
_LOOK_S = 0.25
"""How often to check whether a waiting client is still connected."""


class ControlServer:
    """Serves clients on a listening socket from `claimed`."""

    def __init__(
        self,
        listening: socket.socket,
        controlled: Controlled,
        *,
        patience_s: float = PATIENCE_S,
        is_ours: Callable[[Peered], bool] = is_ours,
    ) -> None:
        self._controlled = controlled
        self._listening = listening
        self._patience_s = patience_s
        self._is_ours = is_ours
        self._followers = Followers()
        self._clients: asyncio.TaskGroup | None = None
        self._talking = 0
        self._reserved = 0
        self._full = False
        self._reloading = asyncio.Lock()

    def publish(self, event: Event) -> None:
        """Send to the followers without waiting. Call it on the event loop."""
        self._followers.publish(event)

    async def run(self) -> None:
        async with asyncio.TaskGroup() as self._clients:
            server = await asyncio.start_unix_server(
                self._accept, sock=self._listening, limit=MESSAGE_BYTES
            )
            try:
                await asyncio.get_running_loop().create_future()
            finally:
                server.close()
                self._clients = None

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = Connection(reader, writer, self._patience_s)
        if self._clients is None:
            connection.close()
            return
        task = self._clients.create_task(self._serve(connection))
        task.add_done_callback(lambda _: connection.close())

    async def _serve(self, connection: Connection) -> None:
        try:
            if not self._is_ours(connection.peer):
                _LOGGER.warning("refused another user at the control socket")
                await connection.send(refusal("this Marvin belongs to another user"))
            elif self._talking < CLIENTS:
                await self._talk(connection)
            else:
                self._note_full(True)
                await connection.send(await self._brief(connection))
        except OSError:
            # Gone, or silent for a minute (TimeoutError is an OSError).
            return

    async def _brief(self, connection: Connection) -> Mapping[str, object]:
        """Answer one request beyond the client limit."""
        full = refusal(f"{CLIENTS} others are connected: try again")
        if self._reserved >= _RESERVED:
            return full
        self._reserved += 1
        try:
            async with asyncio.timeout(_BRIEF_S):
                request = parse(await connection.receive() or b"")
        except (ControlError, TimeoutError):
            return full
        finally:
            self._reserved -= 1
        return await self._answer(request, connection) if request.command in _QUICK else full

    async def _talk(self, connection: Connection) -> None:
        self._talking += 1
        try:
            await self._converse(connection)
        finally:
            self._talking -= 1
            self._note_full(False)

    def _note_full(self, full: bool) -> None:
        if full and not self._full:
            _LOGGER.warning("more than %d clients at the control socket", CLIENTS)
        self._full = full

    async def _converse(self, connection: Connection) -> None:
        """Answer line by line; an overlong line ends the connection."""
        while True:
            try:
                line = await connection.receive()
            except ControlError as error:
                await connection.send(refusal(str(error)))
                return
            if line is None:
                return
            try:
                request = parse(line)
            except ControlError as error:
                await connection.send(refusal(str(error)))
            else:
                if request.command == "events":
                    await self._followers.follow(connection)
                    return
                await connection.send(await self._waited_for(request, connection))
            # Yield, so that a client with a thousand lines does not starve the others.
            await asyncio.sleep(0)

    async def _waited_for(
        self, request: ControlRequest, connection: Connection
    ) -> Mapping[str, object]:
        """The answer, while the client waits for it.

        Raises:
            ConnectionError: The client has gone; its request was cancelled.
        """
        if request.command in _QUICK:
            return await self._answer(request, connection)
        assert self._clients is not None
        answering = self._clients.create_task(self._answer(request, connection))
        try:
            while not (await asyncio.wait([answering], timeout=_LOOK_S))[0]:
                if connection.has_gone():
                    raise ConnectionResetError
        finally:
            if request.command != "reload":
                # A reload that has begun is not cancelled.
                answering.cancel()
        return answering.result()

    async def _answer(
        self, request: ControlRequest, connection: Connection
    ) -> Mapping[str, object]:
        try:
            return await self._done(request, connection)
        except MarvinError as error:
            return refusal(str(error))
        except Exception:  # A bug in one command must not stop the listening.
            _LOGGER.exception("the command %s failed", request.command)
            return refusal("internal error: see the traceback in Marvin's log")

    async def _done(self, request: ControlRequest, connection: Connection) -> Mapping[str, object]:
        done: dict[str, object] = {"ok": True}
        controlled = self._controlled
        match request.command:
            case "status":
                return done | controlled.status() | {"version": __version__, "pid": os.getpid()}
            case "listen":
                controlled.listen()
            case "stop":
                controlled.stop()
            case "mute" | "unmute":
                controlled.mute(request.command == "mute")
            case "say":
                await controlled.say(request.text)
            case "announce":
                await controlled.agenda().rooms.say(request.room, request.text)
            case "ask":
                done["text"] = await controlled.ask(request.text)
            case "reload":
                return await self._reloaded(connection)
            case command if command in AGENDA_REQUESTS:
                done |= AGENDA_REQUESTS[command](controlled.agenda(), request.text)
        return done

    async def _reloaded(self, connection: Connection) -> Mapping[str, object]:
        async with self._reloading:
            if connection.has_gone():
                return refusal("the client has gone")
            problems = await self._controlled.reload()
        if problems:
            return refusal("models.toml is wrong; nothing was changed", problems=problems)
        skills = self._controlled.skill_problems
        return {"ok": True} | ({"skills": skills} if skills else {})
