"""A Wyoming server of the official classes, on loopback, that follows a script."""

# ruff: noqa: TID253

import asyncio
import contextlib
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from functools import partial
from typing import Any

from wyoming.asr import Transcript
from wyoming.event import Event, Eventable
from wyoming.info import (
    AsrModel,
    AsrProgram,
    Attribution,
    Info,
    TtsProgram,
    TtsVoice,
    TtsVoiceSpeaker,
    WakeModel,
    WakeProgram,
)
from wyoming.server import AsyncEventHandler, AsyncTcpServer

from tests.faulty_server import WAIT_S

CLOSE = "close"
"""In a script: hang up."""
Script = Mapping[str, Sequence[Eventable | bytes | str]]
"""What to send when an event of a type arrives; bytes are sent as they are."""

_MORE: dict[str, Any] = {
    "attribution": Attribution("nobody", "http://localhost"),
    "installed": True,
    "description": None,
    "version": "1",
}

HEARING = Info(
    asr=[
        AsrProgram("whisperer", **_MORE, models=[AsrModel("base", **_MORE, languages=["en", "de"])])
    ]
)
SPEAKING = Info(
    tts=[
        TtsProgram(
            "piper",
            **_MORE,
            voices=[
                TtsVoice("en_US-joe", **_MORE, languages=["en_US"]),
                TtsVoice(
                    "de_DE-mls",
                    **_MORE,
                    languages=["de_DE"],
                    speakers=[TtsVoiceSpeaker("anna"), TtsVoiceSpeaker("otto")],
                ),
            ],
        )
    ]
)
WAKING = Info(
    wake=[
        WakeProgram(
            "waker",
            **_MORE,
            models=[
                WakeModel("hey_jarvis_v0.1", **_MORE, languages=[], phrase=None),
                WakeModel("m7", **_MORE, languages=[], phrase="okay marvin"),
            ],
        )
    ]
)


def heard(text: str) -> Script:
    return {"audio-stop": (Transcript(text),)}


class WyomingService(AbstractContextManager["WyomingService"]):
    """`events` has what arrived; `stop` and `start` interrupt it, on the same port."""

    def __init__(self, info: Info, script: Script) -> None:
        self.script: Script = {"describe": (info,), **script}
        self.events: list[Event] = []
        self.connections = 0
        self.closed = threading.Event()
        """A client has hung up."""
        self._changed = threading.Condition()
        self._handlers: set[AsyncEventHandler] = set()
        self._writers: list[asyncio.StreamWriter] = []
        """Of all connections since the start."""
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._port = 0

    def __enter__(self) -> "WyomingService":
        self._thread.start()
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    @property
    def url(self) -> str:
        return f"tcp://127.0.0.1:{self._port}"

    def start(self) -> None:
        self._call(self._start())

    def stop(self) -> None:
        self._call(self._stop())

    def send(self, *events: Eventable) -> None:
        """To every client."""

        async def send() -> None:
            for handler in tuple(self._handlers):
                for event in events:
                    await handler.write_event(event.event())

        self._call(send())

    def of(self, *types: str) -> list[Event]:
        return [event for event in self.events if event.type in types]

    def wait(self, condition: Callable[[], object]) -> None:
        """Until a condition of what arrived holds."""
        with self._changed:
            assert self._changed.wait_for(condition, WAIT_S)

    def _call(self, work: Any) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(WAIT_S)

    async def _start(self) -> None:
        self._server = AsyncTcpServer("127.0.0.1", self._port)
        await self._server.start(partial(_Scripted, self))
        listening: Any = self._server._server
        self._port = listening.sockets[0].getsockname()[1]

    async def _stop(self) -> None:
        await self._server.stop()
        for writer in self._writers:
            writer.transport.abort()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        await asyncio.gather(*others, return_exceptions=True)
        # A connection that had just been accepted has a writer only now.
        for writer in self._writers:
            writer.transport.abort()
            with contextlib.suppress(OSError):
                await writer.wait_closed()
        self._writers.clear()

    async def answer(self, handler: AsyncEventHandler, event: Event) -> bool:
        with self._changed:
            self.events.append(event)
            self._changed.notify_all()
        for step in self.script.get(event.type, ()):
            if step == CLOSE:
                return False
            if isinstance(step, bytes):
                handler.writer.write(step)
            else:
                assert isinstance(step, Eventable)
                await handler.write_event(step.event())
        return True

    def opened(self, handler: AsyncEventHandler) -> None:
        with self._changed:
            self.connections += 1
            self._handlers.add(handler)
            self._writers.append(handler.writer)
            self._changed.notify_all()

    def ended(self, handler: AsyncEventHandler) -> None:
        with self._changed:
            self._handlers.discard(handler)
            self.closed.set()
            self._changed.notify_all()


class _Scripted(AsyncEventHandler):
    def __init__(self, service: WyomingService, *ends: Any) -> None:
        super().__init__(*ends)
        self._service = service
        service.opened(self)

    async def handle_event(self, event: Event) -> bool:
        return await self._service.answer(self, event)

    async def disconnect(self) -> None:
        self._service.ended(self)
