"""Marvin as a daemon: an assistant, what watches it, and what other programs tell it."""

import asyncio
import logging
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import replace
from socket import socket
from typing import TypeVar

from marvin.audio.capture import Microphone
from marvin.audio.devices import Direction
from marvin.audio.playback import Speaker
from marvin.audio.soundsystem import SOUND
from marvin.boundary.hanging import ended, start
from marvin.config import Loaded
from marvin.config.tables import AudioConfig
from marvin.conversation.assistant import Assistant
from marvin.errors import ControlError, MarvinError
from marvin.events import Event, Muted, NearMiss, StateChanged, WakeWordHeard
from marvin.mind.memory import Memory, rules_of_conversation
from marvin.protocols import AudioSink, AudioSource
from marvin.service.control.control_server import ControlServer
from marvin.service.jobs import check_models, run_assistant
from marvin.service.metrics import Metrics, process_figures
from marvin.service.systemd.supervision import Supervision
from marvin.skills.skillset import timers_path
from marvin.skills.timers.timer_set import Timers

_LOGGER = logging.getLogger(__name__)

ValueT = TypeVar("ValueT")
_READ_S = 30.0
"""Reading models.toml takes milliseconds, and seconds from a slow disk."""


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
        *,
        keeps_timers: bool = False,
    ) -> None:
        """`load` reads models.toml again; `told` is what systemd is told. `keeps_timers`: on disk,
        for the next run."""
        self._loaded = loaded
        self._load = load
        self._source = source
        self._sink = sink
        self._report = report
        self._supervision = told
        self._metrics = Metrics()
        self._server: ControlServer | None = None
        self._assistant: Assistant | None = None
        self._running: asyncio.Task[None] | None = None
        self._muted = False
        self._ready = asyncio.Event()
        self._first_armed_s = 0.0
        self._earlier_s = 0.0
        """Listening before the last reload, in seconds: the times of events go on from there."""
        self._before: Loaded | None = None
        """What was in force before a reload, until the new one is ready."""
        self._problems: list[str] = []
        """Why the last reload was taken back."""
        self._memory = Memory(rules_of_conversation(loaded.config))
        self._keeps_timers = keeps_timers
        self._timers: Timers | None = None

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
                if self._timers is not None:
                    self._timers.close()

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
        changed, self._muted = muted != self._muted, muted
        # While models are loaded nothing is heard; it is muted as soon as they are.
        if self._assistant is not None:
            self._assistant.mute(muted)
        self._supervision.muted(muted)
        if changed:
            self.tell(Muted(muted))

    async def say(self, text: str) -> None:
        """Say it as soon as nobody else speaks. Raises what went wrong."""
        error = await self._while_it_runs("said", self._ready_one().announcements.say(text))
        if error is not None:
            raise error

    async def ask(self, text: str) -> str:
        """The answer to what was typed; it is not spoken."""
        assistant = self._ready_one()
        answer = await self._while_it_runs("answered", assistant.type(text))
        if not answer:
            # "Stop", as a user says it.
            assistant.stop()
        return answer

    async def _while_it_runs(self, done: str, work: Coroutine[None, None, ValueT]) -> ValueT:
        """What comes of work of the assistant's; `done` says what is not if it ends before."""
        task = asyncio.ensure_future(work)
        assert self._running is not None
        try:
            await asyncio.wait([task, self._running], return_when=asyncio.FIRST_COMPLETED)
        finally:
            given_up = task.cancel()
        if given_up:
            raise ControlError(f"not {done}: models.toml is read again, or Marvin ends")
        if task.cancelled():
            raise ControlError(f"not {done}: Marvin was told to stop")
        return task.result()

    async def reload(self) -> list[str]:
        """Read models.toml again: timers and the conversation go on. Problems, or none: done."""
        # Not on the loop: the file may be on a network drive that does not answer.
        reading = start("marvin-models.toml", self._read)
        if not await ended(reading, _READ_S):
            return [f"models.toml, or the models' folder, cannot be read within {_READ_S:g} s"]
        try:
            loaded = reading.result()
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

    def _read(self) -> Loaded:
        loaded = self._load()
        check_models(loaded.config)
        return loaded

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
        self._memory.configure(rules_of_conversation(loaded.config))
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

    def _timers_in_force(self) -> Timers:
        """Those before a reload, unless they are kept in another place by now."""
        path = timers_path(self._loaded.config.skills) if self._keeps_timers else None
        if self._timers is None or self._timers.path != path:
            if self._timers is not None:
                self._timers.close()
            self._timers = Timers.load(path) if path else Timers()
        return self._timers

    async def _run_assistant(self) -> None:
        await run_assistant(
            self._loaded.config,
            self._source,
            self._sink,
            self.tell,
            memory=self._memory,
            timers=self._timers_in_force(),
            on_ready=self._armed,
            on_loaded=self._all_loaded,
            heard=self._supervision.heard,
        )

    def _armed(self, assistant: Assistant) -> None:
        now_s = asyncio.get_running_loop().time()
        self._first_armed_s = self._first_armed_s or now_s
        self._earlier_s = now_s - self._first_armed_s
        self._assistant = assistant
        assistant.mute(self._muted)

    def _all_loaded(self) -> None:
        # Not earlier: what cannot be loaded is the new file's fault.
        self._before = None
        self._ready.set()

    def tell(self, event: Event) -> None:
        """An event of the assistant or of a device. In the event loop's thread."""
        if self._earlier_s and isinstance(event, StateChanged | WakeWordHeard | NearMiss):
            event = replace(event, at_s=event.at_s + self._earlier_s)
        self._metrics.note(event)
        self._supervision.report(event)
        if self._server is not None:
            self._server.publish(event)
        self._report(event)

    def _ready_one(self) -> Assistant:
        if self._assistant is None or not self._assistant.running:
            raise ControlError("models are being loaded: try again in a moment")
        return self._assistant

    @contextmanager
    def _serving(self, listening: socket | None) -> Iterator[asyncio.Task[None] | None]:
        if listening is None:
            yield None
            return
        self._server = ControlServer(listening, self)
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
