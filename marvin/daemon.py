"""Marvin as a daemon: an assistant, what watches it, and what other programs tell it."""

import asyncio
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from socket import socket

from marvin.app import load_conversation
from marvin.assistant import Assistant
from marvin.config.llm import conversation_rules
from marvin.config.tables import Config
from marvin.control.server import Server
from marvin.errors import ControlError, MarvinError
from marvin.events import Event
from marvin.jobs import check_models, run_assistant
from marvin.metrics import Metrics, process_figures
from marvin.protocols import AudioSink, AudioSource
from marvin.systemd.supervision import Supervision

_LOGGER = logging.getLogger(__name__)


class Daemon:
    """Runs an assistant until its source ends. What the socket asks of it, it does."""

    def __init__(
        self,
        config: Config,
        load: Callable[[], Config],
        source: AudioSource,
        sink: AudioSink,
        report: Callable[[Event], None],
        told: Supervision,
    ) -> None:
        """`load` reads models.toml again; `told` is what systemd is told."""
        self._config = config
        self._load = load
        self._source = source
        self._sink = sink
        self._report = report
        self._supervision = told
        self._metrics = Metrics()
        self._server: Server | None = None
        self._assistant: Assistant | None = None
        self._running: asyncio.Task[None] | None = None
        self._muted = False
        self._ready = asyncio.Event()
        self._conversation = load_conversation(config)

    async def run(self, listening: socket | None) -> None:
        """Until the source ends; `listening`: the control socket.

        Raises:
            MarvinError: What ended it, unless it was the end of the source.
        """
        loop = asyncio.get_running_loop()
        with self._supervision.running(loop), self._serving(listening) as served:
            try:
                while True:
                    self._running = loop.create_task(self._run_assistant())
                    await asyncio.wait([self._running])
                    if not self._running.cancelled() or _cancelling():
                        break
                await self._running
            finally:
                if self._running is not None:
                    self._running.cancel()
                    await asyncio.wait([self._running])
                if served is not None:
                    served.cancel()

    def status(self) -> dict[str, object]:
        """State and figures, fit for JSON. Nothing that was said."""
        return {
            **self._metrics.snapshot(),
            "muted": self._muted,
            "profile": self._config.profile,
            "devices": {"input": _device(self._source), "output": _device(self._sink)},
            **process_figures(),
        }

    def listen(self) -> None:
        """As if the wake word had been said."""
        if self._muted:
            raise ControlError("muted: `marvin unmute` first")
        self._loaded().listen()

    def stop(self) -> None:
        """End what is being said or worked out."""
        self._loaded().stop()

    def mute(self, muted: bool) -> None:
        """Do not listen, or listen again."""
        self._muted = muted
        self._loaded().mute(muted)
        self._supervision.muted(muted)

    async def say(self, text: str) -> None:
        """Say it as soon as nobody else has the word. Raises what went wrong."""
        error = await self._loaded().announce(None, text)
        if error is not None:
            raise error

    async def reload(self) -> list[str]:
        """Read models.toml again: timers and the conversation go on. Problems, or none: done."""
        try:
            config = self._load()
            check_models(config)
        except MarvinError as error:
            return str(error).splitlines()
        if self._running is None:
            raise ControlError("it is not running")
        with self._supervision.reloading():
            self._config = config
            self._conversation.configure(conversation_rules(config.llm))
            self._ready.clear()
            self._assistant = None
            self._running.cancel()
            await self._ready.wait()
        return []

    async def _run_assistant(self) -> None:
        await run_assistant(
            self._config,
            self._source,
            self._sink,
            self.tell,
            conversation=self._conversation,
            on_ready=self._armed,
            heard=self._supervision.heard,
        )

    def _armed(self, assistant: Assistant) -> None:
        self._assistant = assistant
        assistant.mute(self._muted)
        self._ready.set()

    def tell(self, event: Event) -> None:
        """An event of the assistant or of a device. In the event loop's thread."""
        self._metrics.note(event)
        self._supervision.report(event)
        if self._server is not None:
            self._server.publish(event)
        self._report(event)

    def _loaded(self) -> Assistant:
        if self._assistant is None:
            raise ControlError("models are being loaded: try again in a moment")
        return self._assistant

    @contextmanager
    def _serving(self, listening: socket | None) -> Iterator[asyncio.Task[None] | None]:
        if listening is None:
            yield None
            return
        self._server = Server(listening)
        self._server.controlled = self
        task = asyncio.get_running_loop().create_task(self._server.run())
        task.add_done_callback(_log_failure)
        yield task


def _device(end: AudioSource | AudioSink) -> dict[str, object]:
    """What is known of a microphone or a speaker; a file has none of it."""
    keys = ("device", "rate_hz", "away", "silent", "outages", "overruns", "underruns")
    return {key: getattr(end, key) for key in keys if hasattr(end, key)}


def _cancelling() -> bool:
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


def _log_failure(task: "asyncio.Task[None]") -> None:
    # Without its socket Marvin still hears and answers.
    if not task.cancelled() and task.exception() is not None:
        _LOGGER.error("the control socket failed", exc_info=task.exception())
