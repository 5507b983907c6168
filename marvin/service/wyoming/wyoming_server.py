"""The Wyoming server: Home Assistant and others use Marvin's engines."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from importlib.util import find_spec

from marvin.backends.remote.wording import reason
from marvin.backends.wyoming.framing import MOST_LINE
from marvin.config.serve_table import ListenAddress, ServeConfig
from marvin.conversation.ear import Ear
from marvin.engines.engine_set import STOP_S
from marvin.engines.registry import load_detectors
from marvin.engines.workers.worker import Worker
from marvin.errors import ServerError
from marvin.events import Event, Serving
from marvin.service.conversations import Conversations
from marvin.service.served_engines import ServedEngines
from marvin.service.wyoming.announcing import announced
from marvin.service.wyoming.bounded_stream import BoundedStream
from marvin.service.wyoming.served_client import ServedClient

_LOGGER = logging.getLogger(__name__)

CLIENTS = 32
"""Clients at once; the next one is refused."""
EARS = 8
"""Clients that wait for the wake word at once: each has a detector of its own."""
ANYBODY = (
    "anybody on this network can use Marvin's voice and ears, and ask and tell it what you can:"
    " Wyoming knows no passwords"
)


class WyomingServer:
    """Listens, and serves each client on its own."""

    def __init__(
        self, served: ServedEngines, table: ServeConfig, report: Callable[[Event], None]
    ) -> None:
        self._served = served
        self._table = table
        self._address = ListenAddress.parse(table.wyoming, "tcp")
        self._report = report
        self._conversations = Conversations(served)
        self._clients: asyncio.TaskGroup | None = None
        self._connected = self._ears = 0

    async def run(self) -> None:
        """Serve until cancelled. Raises ServerError if it cannot listen."""
        if find_spec("wyoming") is None:
            raise ServerError(
                "serve.wyoming needs the package wyoming, which is missing:"
                ' `pip install "marvin-voice[servers]"`'
            )
        address = self._address
        async with asyncio.TaskGroup() as self._clients:
            try:
                server = await asyncio.start_server(
                    self._accept, address.host, address.port, limit=MOST_LINE
                )
            except OSError as error:
                raise ServerError(
                    f"serve.wyoming: cannot listen at {self._table.wyoming}"
                    f" ({reason(error)}); `ss -ltnp` shows what uses a port"
                ) from error
            try:
                at, port = server.sockets[0].getsockname()[:2]
                self._report(_serving(address, port))
                if self._table.zeroconf and not address.loopback:
                    async with announced(at, port):
                        await asyncio.get_running_loop().create_future()
                await asyncio.get_running_loop().create_future()
            finally:
                server.close()
                self._clients = None

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        stream = BoundedStream(reader, writer)
        if self._clients is None:
            stream.close()
            return
        task = self._clients.create_task(self._serve(stream))
        task.add_done_callback(lambda _: stream.close())

    async def _serve(self, stream: BoundedStream) -> None:
        from wyoming.error import Error

        self._connected += 1
        try:
            if self._connected > CLIENTS:
                await stream.write(Error(f"{CLIENTS} others are connected: try later", "full"))
                return
            await ServedClient(stream, self._served, self._conversations, self._new_ear).run()
        except OSError:
            # Gone, or silent for long (TimeoutError is an OSError).
            return
        except Exception:
            # A bug ends this client only; the log keeps the traceback.
            _LOGGER.exception("serving a client by Wyoming failed")
        finally:
            self._connected -= 1

    @asynccontextmanager
    async def _new_ear(self) -> AsyncIterator[Worker[Ear]]:
        """A wake word detector for one client. Raises ServerError."""
        if self._ears >= EARS:
            raise ServerError(f"{EARS} others wait for the wake word here: try later")
        self._ears += 1
        config, engines = self._served.config, self._served.engines
        ear = Worker("marvin-ear", lambda _: Ear(*load_detectors(config)), despair=engines.give_up)
        try:
            await ear.start()
            yield ear
        finally:
            self._ears -= 1
            await ear.stop(STOP_S)


def _serving(address: ListenAddress, port: int) -> Serving:
    host = f"[{address.host}]" if ":" in address.host else address.host
    return Serving("wyoming", f"tcp://{host}:{port}", "" if address.loopback else ANYBODY)
