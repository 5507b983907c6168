"""One page: a conversation through its microphone, its loudspeaker and its keyboard."""

import asyncio
import logging
from collections.abc import Coroutine
from typing import Any

from marvin import __version__
from marvin.audio.network_microphone import NetworkMicrophone
from marvin.audio.network_speaker import NetworkSpeaker
from marvin.boundary.redaction import redact
from marvin.boundary.terminal import plain
from marvin.conversation.assistant import Assistant
from marvin.conversation.called_rooms import check_name
from marvin.conversation.ear import Ear
from marvin.conversation.session import open_session
from marvin.conversation.session_room import SessionRoom
from marvin.errors import ControlError, MarvinError, SkillError
from marvin.events import Event, Muted, TurnFinished, as_json
from marvin.service.page.agenda_view import (
    AGENDA_CHANGES,
    agenda_view,
    change_agenda,
    without_time_left,
)
from marvin.service.page.outbox import Outbox
from marvin.service.page.page_commands import PageCommand, parse_audio, parse_command
from marvin.service.page.page_connection import REFUSED, PageConnection
from marvin.service.served_engines import PRIORITY, ServedEngines
from marvin.types import RATE_HZ, Detection

_LOGGER = logging.getLogger(__name__)

PROTOCOL = 1
"""Changes when an older page would no longer work."""
PLAYED_HZ = 24_000
"""Sample rate of what the page plays."""
_BACKLOG_S = 40.0
"""Audio of the page that may wait, in seconds: a recording comes at once, and again if nothing in
it wakes."""
_STOP_S = 2.0
"""Time for the ear to stop."""
_SCORE_CHUNKS = 2
"""Chunks between two scores that the page is told: as often as the model looks, or nearly."""
_SCORE_S = 1.0
_COMMANDS, _PER_S = 200.0, 50.0
"""Commands that may come at once, and each second after that."""


class PageSession:
    """Owns an Assistant of its own. `run` serves a connection until that ends."""

    def __init__(self, served: ServedEngines) -> None:
        self._loop = asyncio.get_running_loop()
        self._outbox = Outbox()
        self._microphone = NetworkMicrophone(_BACKLOG_S)
        self._speaker = NetworkSpeaker(self._outbox, PLAYED_HZ)
        self._agenda = served.agenda
        self._rooms, self._own_name = served.rooms, served.config.serve.room
        report = served.traced(self._report)
        self._session = open_session(
            served.engines,
            served.mind,
            served.config,
            self._microphone,
            self._speaker,
            served.new_memory(),
            report,
            priority=PRIORITY,
            room=SessionRoom("", served.rooms, self._report),
        )
        self._assistant = Assistant(self._session, served.config, report, self._chunk_processed)
        self._wake = served.config.wake
        self._asking: asyncio.Task[None] | None = None
        self._scoring: asyncio.Task[None] | None = None
        self._shows_scores = False
        self._chunks = 0
        self._verified: Detection | None = None
        self._shown_agenda: dict[str, object] = {}
        self._muted = False
        self._left, self._left_at = _COMMANDS, self._loop.time()
        self._tasks: asyncio.TaskGroup
        self._running: set[asyncio.Task[None]] = set()
        """What ends with the page."""

    async def run(self, connection: PageConnection) -> None:
        """Serve the page until it goes.

        Raises:
            ControlError: The page sends what no page sends, or does not read.
            MarvinError: The ear could not be loaded, or failed repeatedly.
        """
        self._session.ear.begin()
        parts = (self._agenda.timers, self._agenda.alarms)
        for part in parts:
            part.on_change(self._agenda_changed)
        try:
            async with asyncio.TaskGroup() as self._tasks:
                self._greet()
                self._start(self._outbox.send(connection))
                self._start(self._assistant.run())
                self._start(self._session.ear.loaded())
                # The assistant must run before it is told anything.
                await asyncio.sleep(0)
                try:
                    await self._receive(connection)
                except ControlError as error:
                    # At once: a flood goes on as long as the connection.
                    await connection.close(REFUSED, str(error))
                    raise
                for task in self._running:
                    task.cancel()
        except* MarvinError as errors:
            raise _first(errors) from None
        finally:
            for part in parts:
                part.forget(self._agenda_changed)
            self._session.room.close()
            await self._session.ear.stop(_STOP_S)

    def _start(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = self._tasks.create_task(work)
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        return task

    def _greet(self) -> None:
        self._outbox.tell(
            "ready",
            protocol=PROTOCOL,
            version=__version__,
            microphone_hz=RATE_HZ,
            speaker_hz=PLAYED_HZ,
            wake_word=self._wake.label,
            threshold=getattr(self._wake, "threshold", None),
            candidate=getattr(self._wake, "candidate", None),
            volume=self._speaker.volume,
        )
        self._show_agenda()

    async def _receive(self, connection: PageConnection) -> None:
        while (message := await connection.receive()) is not None:
            if isinstance(message, bytes):
                if not self._microphone.offer(parse_audio(message)):
                    raise ControlError("far more audio than a microphone hears")
            else:
                self._count_command()
                self._obey(parse_command(message))
            # A flood must not keep the loop from others.
            await asyncio.sleep(0)

    def _count_command(self) -> None:
        now = self._loop.time()
        self._left = min(_COMMANDS, self._left + (now - self._left_at) * _PER_S) - 1.0
        self._left_at = now
        if self._left < 0.0:
            raise ControlError(f"more than {_PER_S:g} commands a second")

    def _obey(self, command: PageCommand) -> None:
        match command:
            case PageCommand("played", int(position)):
                self._speaker.played(position)
            case PageCommand("listen"):
                if not self._muted:
                    self._assistant.listen()
            case PageCommand("finish"):
                # What was said before it must be heard first, and meanwhile it may be stopped.
                self._start(self._finish())
            case PageCommand("stop"):
                self._cancel_question()
                self._assistant.stop()
            case PageCommand("mute", bool(muted)):
                self._muted = muted
                self._assistant.mute(muted)
                self._report(Muted(muted))
            case PageCommand("volume", float(volume)):
                self._session.memory.dialogue.reset_volume(volume)
                self._speaker.set_volume(volume)
            case PageCommand("room", str(name)):
                self._name(name)
            case PageCommand("ask" | "ask_aloud", str(text)):
                self._cancel_question()
                self._assistant.stop()
                aloud = command.name == "ask_aloud"
                self._asking = self._start(self._ask(text, aloud=aloud))
            case PageCommand("scores", bool(shown)):
                self._shows_scores = shown
            case PageCommand("agenda"):
                self._show_agenda(again=True)
            case PageCommand(name) if name in AGENDA_CHANGES:
                try:
                    change_agenda(self._agenda, command)
                except SkillError as error:
                    self._tell_problem(error)
                self._show_agenda()

    def _name(self, name: str) -> None:
        """Announcements for a room of that name are spoken by the page."""
        try:
            check_name(name, self._own_name)
        except ControlError as error:
            self._tell_problem(error)
            return
        self._rooms.closed(self._session.room)
        self._session.room.name = name
        self._rooms.opened(self._session.room)

    async def _finish(self) -> None:
        await self._microphone.processed()
        self._assistant.finish()
        self._outbox.tell("finished")

    async def _ask(self, text: str, *, aloud: bool) -> None:
        try:
            answer = await self._answer(text)
            if not answer:
                # An empty answer is the reply to "stop".
                self._assistant.stop()
            if not answer or not aloud:
                self._outbox.tell("answered", text=answer)
            elif (error := await self._assistant.announcements.say(answer)) is not None:
                self._tell_problem(error)
        except MarvinError as error:
            self._tell_problem(error)
        self._show_agenda()

    async def _answer(self, text: str) -> str:
        """Raises StageError, but for what a skill cannot do, which is worded as an answer."""
        try:
            return await self._assistant.type(text)
        except SkillError as error:
            return plain(str(error))

    def _cancel_question(self) -> None:
        if self._asking is not None:
            self._asking.cancel()
            self._asking = None

    def _tell_problem(self, error: MarvinError) -> None:
        self._outbox.tell("problem", message=redact(str(error)))

    # What the page is told

    def _report(self, event: Event) -> None:
        self._outbox.put(as_json(event))
        if isinstance(event, TurnFinished):
            self._show_agenda()

    def _agenda_changed(self) -> None:
        """Called on the thread that made the change."""
        self._loop.call_soon_threadsafe(self._show_agenda)

    def _show_agenda(self, *, again: bool = False) -> None:
        try:
            view = agenda_view(self._agenda)
        except SkillError as error:
            view = {"problem": str(error)}
        timeless = without_time_left(view)
        if again or timeless != self._shown_agenda:
            self._shown_agenda = timeless
            self._outbox.tell("agenda", **view)

    def _chunk_processed(self) -> None:
        self._chunks += 1
        idle = self._scoring is None or self._scoring.done()
        if self._shows_scores and idle and self._chunks % _SCORE_CHUNKS == 0:
            self._scoring = self._start(self._tell_score())

    async def _tell_score(self) -> None:
        # Other detectors than `ast` have no scores to show.
        score, verified = await self._session.ear.call(lambda ear, _: _scores(ear), _SCORE_S)
        if score is None:
            return
        new = None if verified is None or verified is self._verified else round(verified.score, 3)
        self._verified = verified
        self._outbox.tell("wake_score", score=round(score, 3), verified=new)


def _scores(ear: Ear) -> tuple[float | None, Detection | None]:
    return getattr(ear.wake, "last_score", None), getattr(ear.wake, "second_look", None)


def _first(error: BaseException) -> BaseException:
    """Unwrap the first error from nested exception groups."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error
