"""Marvin as a daemon: an assistant with its supervision, metrics and control socket."""

import asyncio
import logging
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from socket import socket
from typing import TypeVar

from marvin.audio.capture import Microphone
from marvin.audio.devices import Direction
from marvin.audio.playback import Speaker
from marvin.audio.soundsystem import SOUND
from marvin.boundary.hanging import ended, start
from marvin.config import Loaded
from marvin.config.llm import conversation_rules
from marvin.config.tables import AudioConfig
from marvin.conversation.assistant import Assistant
from marvin.errors import ControlError, MarvinError
from marvin.events import Event, Muted, NearMiss, StateChanged, WakeWordHeard
from marvin.mind.memory import Memory
from marvin.protocols import AudioSink, AudioSource
from marvin.service.carried_over import CarriedOver
from marvin.service.control.control_server import ControlServer
from marvin.service.kept_conversations import KeptConversations
from marvin.service.metrics import Metrics, process_figures
from marvin.service.missing_models import check_models
from marvin.service.run import run_assistant
from marvin.service.systemd.supervision import Supervision
from marvin.skills.agenda import Agenda
from marvin.skills.skillset import state_dir

_LOGGER = logging.getLogger(__name__)

ValueT = TypeVar("ValueT")
_READ_S = 30.0
"""Limit for reading models.toml, which takes milliseconds, or seconds from a slow disk."""


class Daemon:
    """Runs an assistant until its source ends and serves the control socket."""

    def __init__(
        self,
        loaded: Loaded,
        load: Callable[[], Loaded],
        source: AudioSource,
        sink: AudioSink,
        report: Callable[[Event], None],
        supervision: Supervision,
        *,
        keeps_agenda: bool = False,
    ) -> None:
        """`load` rereads models.toml; `keeps_agenda` saves its agenda for the next run."""
        self._loaded = loaded
        self._load = load
        self._source = source
        self._sink = sink
        self._report = report
        self._supervision = supervision
        self._metrics, self._kept = Metrics(), KeptConversations()
        self._server: ControlServer | None = None
        self._assistant: Assistant | None = None
        self._running: asyncio.Task[None] | None = None
        self._muted = False
        self._ready = asyncio.Event()
        self._first_armed_s = self._earlier_s = 0.0
        """Seconds of listening before the last reload, added to the times of events."""
        self._before: Loaded | None = None
        """The previous configuration, until the reloaded one is ready."""
        self._problems: list[str] = []
        """Why the last reload was rolled back."""
        self._memory = Memory(conversation_rules(loaded.config.llm))
        self.skill_problems: list[str] = []
        self._keeps_agenda = keeps_agenda
        self._agenda: Agenda | None = None
        self._agenda_folder: Path | None = None

    async def run(self, listening: socket | None) -> None:
        """Run until the source ends. `listening` is the control socket.

        Raises:
            MarvinError: The assistant ended for any reason other than the end of the source.
        """
        loop = asyncio.get_running_loop()
        with self._supervision.running(loop), self._serving(listening) as served:
            try:
                while True:
                    self._running = loop.create_task(self._run_assistant())
                    await asyncio.wait([self._running])
                    if not self._restarts_after(self._running):
                        break
                await self._running
            finally:
                if self._running is not None:
                    self._running.cancel()
                    await asyncio.wait([self._running])
                if served is not None:
                    served.cancel()
                if self._agenda is not None:
                    self._agenda.close()

    def status(self) -> dict[str, object]:
        """State and figures as JSON values. Contains nothing that was said."""
        return {
            **self._metrics.snapshot(),
            "muted": self._muted,
            "ringing": self.agenda().ringing(),
            "rooms": self.agenda().rooms.known(),
            "profile": self._loaded.profile,
            "devices": {"input": _device(self._source), "output": _device(self._sink)},
            **process_figures(),
        }

    def listen(self) -> None:
        """Act as if the wake word had been spoken."""
        if self._muted:
            raise ControlError("muted: `marvin unmute` first")
        self._ready_assistant().listen()

    def stop(self) -> None:
        """Abort the current turn and drop all queued announcements."""
        self._ready_assistant().stop()

    def mute(self, muted: bool) -> None:
        changed, self._muted = muted != self._muted, muted
        # An assistant that is still loading hears nothing and is muted once it is ready.
        if self._assistant is not None:
            self._assistant.mute(muted)
        self._supervision.muted(muted)
        if changed:
            self.tell(Muted(muted))

    async def say(self, text: str) -> None:
        """Speak `text` once the assistant is idle. Raises StageError or ControlError."""
        error = await self._while_it_runs("said", self._ready_assistant().announcements.say(text))
        if error is not None:
            raise error

    async def ask(self, text: str) -> str:
        """Return the answer to typed text without speaking it."""
        assistant = self._ready_assistant()
        answer = await self._while_it_runs("answered", assistant.type(text))
        if not answer:
            # An empty answer is the reply to "stop".
            assistant.stop()
        return answer

    async def _while_it_runs(self, done: str, work: Coroutine[None, None, ValueT]) -> ValueT:
        """Await `work`; `done` names it in the ControlError raised if the assistant stops first."""
        task = asyncio.ensure_future(work)
        assert self._running is not None
        try:
            await asyncio.wait([task, self._running], return_when=asyncio.FIRST_COMPLETED)
        finally:
            given_up = task.cancel()
        if given_up:
            raise ControlError(f"not {done}: Marvin is reloading models.toml or shutting down")
        if task.cancelled():
            raise ControlError(f"not {done}: Marvin was told to stop")
        return task.result()

    async def reload(self) -> list[str]:
        """Reload models.toml, keeping timers and conversation. Returns the problems, if any."""
        # Off the loop, because the file may be on a network drive that has stopped responding.
        reading = start("marvin-models.toml", self._read)
        if not await ended(reading, _READ_S):
            return [f"models.toml, or the models' folder, cannot be read within {_READ_S:g} s"]
        try:
            loaded = reading.result()
            await self._check_devices(loaded.config.audio)
        except MarvinError as error:
            return str(error).splitlines()
        if self._running is None:
            raise ControlError("Marvin is not running")
        self._supervision.reloading()
        self._metrics.reloading()
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
        """Check that newly configured devices exist. Unchanged ones may be unplugged for now."""
        for end, wanted, before, direction in (
            (self._source, audio.input, self._loaded.config.audio.input, Direction.INPUT),
            (self._sink, audio.output, self._loaded.config.audio.output, Direction.OUTPUT),
        ):
            if isinstance(end, Microphone | Speaker) and wanted != before:
                await SOUND.check(wanted, direction)

    def _take(self, loaded: Loaded) -> None:
        """Use this configuration for the next start of the assistant."""
        self._loaded = loaded
        self._memory.configure(conversation_rules(loaded.config.llm))
        for end in (self._source, self._sink):
            if isinstance(end, Microphone | Speaker):
                end.aim(loaded.config.audio)

    def _restarts_after(self, ended: "asyncio.Task[None]") -> bool:
        """Whether to start again: after a reload, or with the old configuration if that failed."""
        if ended.cancelled():
            return not _cancelling()
        error = ended.exception()
        if self._before is None or not isinstance(error, MarvinError):
            return False
        _LOGGER.error("invalid models.toml, keeping the previous configuration: %s", error)
        self._problems = str(error).splitlines()
        self._take(self._before)
        self._before = None
        return True

    def agenda(self) -> Agenda:
        """Keep the current timers, alarms and lists across a reload unless their file has moved."""
        folder = state_dir(self._loaded.config.skills) if self._keeps_agenda else None
        if self._agenda is None or self._agenda_folder != folder:
            if self._agenda is not None:
                self._agenda.close()
            self._agenda = Agenda.load(folder) if folder else Agenda()
            self._agenda_folder = folder
        return self._agenda

    async def _run_assistant(self) -> None:
        await run_assistant(
            self._loaded.config,
            self._source,
            self._sink,
            self.tell,
            CarriedOver(self._memory, self.agenda(), self._metrics, self._kept),
            on_ready=self._armed,
            on_loaded=self._all_loaded,
            on_chunk=self._supervision.heard,
        )

    def _armed(self, assistant: Assistant) -> None:
        now_s = asyncio.get_running_loop().time()
        self._first_armed_s = self._first_armed_s or now_s
        self._earlier_s = now_s - self._first_armed_s
        self._assistant = assistant
        assistant.mute(self._muted)

    def _all_loaded(self, skill_problems: list[str]) -> None:
        if self._assistant is None:  # Of the run that a reload has just ended.
            return
        self.skill_problems = skill_problems
        # Only now: until here a loading error means that the new file is at fault.
        self._before = None
        self._ready.set()

    def tell(self, event: Event) -> None:
        """Publish an event from the assistant or a device. Call on the event loop's thread."""
        if self._earlier_s and isinstance(event, StateChanged | WakeWordHeard | NearMiss):
            event = replace(event, at_s=event.at_s + self._earlier_s)
        self._metrics.note(event)
        self._supervision.report(event)
        if self._server is not None:
            self._server.publish(event)
        self._report(event)

    def _ready_assistant(self) -> Assistant:
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
    """Status of a microphone or speaker; empty for a file."""
    keys = ("device", "rate_hz", "away", "silent", "outages", "overruns", "underruns")
    return {key: getattr(end, key) for key in keys if hasattr(end, key)}


def _cancelling() -> bool:
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


def _log_failure(task: "asyncio.Task[None]") -> None:
    # Not fatal: Marvin still listens and answers without its socket.
    if not task.cancelled() and task.exception() is not None:
        _LOGGER.error("the control socket failed", exc_info=task.exception())
