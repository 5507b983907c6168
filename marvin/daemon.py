"""Marvin as a daemon: an assistant, what watches it, and what other programs tell it."""

import asyncio
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from socket import socket

from marvin.app import load_conversation, rules_of_conversation
from marvin.assistant import Assistant
from marvin.audio.capture import Microphone
from marvin.audio.devices import Direction
from marvin.audio.playback import Speaker
from marvin.audio.soundsystem import SOUND
from marvin.config import Loaded
from marvin.config.tables import AudioConfig
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
        loaded: Loaded,
        load: Callable[[], Loaded],
        source: AudioSource,
        sink: AudioSink,
        report: Callable[[Event], None],
        told: Supervision,
    ) -> None:
        """`load` reads models.toml again; `told` is what systemd is told."""
        self._loaded = loaded
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
        self._before: Loaded | None = None
        """What was in force before a reload, until the new one is ready."""
        self._problems: list[str] = []
        """Why the last reload was taken back."""
        self._conversation = load_conversation(loaded.config)

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
                    if not self._goes_on(self._running):
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
            "profile": self._loaded.profile,
            "devices": {"input": _device(self._source), "output": _device(self._sink)},
            **process_figures(),
        }

    def listen(self) -> None:
        """As if the wake word had been said."""
        if self._muted:
            raise ControlError("muted: `marvin unmute` first")
        self._ready_one().listen()

    def stop(self) -> None:
        """End what is being said or worked out."""
        self._ready_one().stop()

    def mute(self, muted: bool) -> None:
        """Do not listen, or listen again."""
        self._muted = muted
        # While models are loaded nothing is heard; it is muted as soon as they are.
        if self._assistant is not None:
            self._assistant.mute(muted)
        self._supervision.muted(muted)

    async def say(self, text: str) -> None:
        """Say it as soon as nobody else has the word. Raises what went wrong."""
        said = asyncio.ensure_future(self._ready_one().announce(None, text))
        assert self._running is not None
        try:
            await asyncio.wait([said, self._running], return_when=asyncio.FIRST_COMPLETED)
        finally:
            given_up = said.cancel()
        if given_up:
            raise ControlError("not said: models.toml is read again, or Marvin ends")
        if (error := said.result()) is not None:
            raise error

    async def reload(self) -> list[str]:
        """Read models.toml again: timers and the conversation go on. Problems, or none: done."""
        try:
            loaded = self._load()
            check_models(loaded.config)
            await self._check_devices(loaded.config.audio)
        except MarvinError as error:
            return str(error).splitlines()
        if self._running is None:
            raise ControlError("it is not running")
        self._supervision.reloading()
        self._before, self._problems = self._loaded, []
        self._take(loaded)
        self._ready.clear()
        self._assistant = None
        self._running.cancel()
        await self._ready.wait()
        return self._problems

    async def _check_devices(self, audio: AudioConfig) -> None:
        """Whether there are those that are new; the old ones may be away, and are looked for."""
        for end, wanted, before, direction in (
            (self._source, audio.input, self._loaded.config.audio.input, Direction.INPUT),
            (self._sink, audio.output, self._loaded.config.audio.output, Direction.OUTPUT),
        ):
            if isinstance(end, Microphone | Speaker) and wanted != before:
                await SOUND.check(wanted, direction)

    def _take(self, loaded: Loaded) -> None:
        """Let it be in force when the assistant begins anew."""
        self._loaded = loaded
        self._conversation.configure(rules_of_conversation(loaded.config))
        for end in (self._source, self._sink):
            if isinstance(end, Microphone | Speaker):
                end.aim(loaded.config.audio)

    def _goes_on(self, ended: "asyncio.Task[None]") -> bool:
        """After a reload: with the new configuration, or with the old one if it does not start."""
        if ended.cancelled():
            return not _cancelling()
        error = ended.exception()
        if self._before is None or not isinstance(error, MarvinError):
            return False
        _LOGGER.error("models.toml is wrong, and the old one stays in force: %s", error)
        self._problems = str(error).splitlines()
        self._take(self._before)
        self._before = None
        return True

    async def _run_assistant(self) -> None:
        await run_assistant(
            self._loaded.config,
            self._source,
            self._sink,
            self.tell,
            conversation=self._conversation,
            on_ready=self._armed,
            on_loaded=self._all_loaded,
            heard=self._supervision.heard,
        )

    def _armed(self, assistant: Assistant) -> None:
        self._assistant = assistant
        assistant.mute(self._muted)

    def _all_loaded(self) -> None:
        # Not earlier: what cannot be loaded is the new file's fault.
        self._before = None
        self._ready.set()

    def tell(self, event: Event) -> None:
        """An event of the assistant or of a device. In the event loop's thread."""
        self._metrics.note(event)
        self._supervision.report(event)
        if self._server is not None:
            self._server.publish(event)
        try:
            self._report(event)
        except BrokenPipeError:
            raise
        except OSError as error:
            # The disk that the output goes to is full, say: what is heard matters more.
            _LOGGER.warning("an event could not be printed: %s", error.strerror)

    def _ready_one(self) -> Assistant:
        if self._assistant is None or not self._assistant.running:
            raise ControlError("models are being loaded: try again in a moment")
        return self._assistant

    @contextmanager
    def _serving(self, listening: socket | None) -> Iterator[asyncio.Task[None] | None]:
        if listening is None:
            yield None
            return
        self._server = Server(listening, self)
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
