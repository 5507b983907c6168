"""Runs an assistant, and everything that runs beside it."""

import asyncio
import logging
import signal
import time
from collections.abc import (
    Callable,
    Coroutine,
)

from marvin.config.tables import Config
from marvin.conversation.assistant import Assistant
from marvin.conversation.session import Session, open_session
from marvin.engines.engine_set import EngineSet
from marvin.errors import MarvinError, first_error
from marvin.events import Armed, Event
from marvin.mind.tools.toolbox import running
from marvin.protocols import AudioSink, AudioSource
from marvin.service.assembly import open_memory, served_engines, with_time_for_answers
from marvin.service.audible import audible
from marvin.service.carried_over import CarriedOver
from marvin.service.ducked import ducked
from marvin.service.home_follower import follow_names
from marvin.service.missing_models import check_models
from marvin.service.room_link import join_rooms
from marvin.service.server_set import serve
from marvin.service.timekeeper import Ring, ring_agenda
from marvin.service.tracing.traces import Traces
from marvin.skills.agenda import Agenda

_LOGGER = logging.getLogger(__name__)


async def run_assistant(
    config: Config,
    source: AudioSource,
    sink: AudioSink,
    report: Callable[[Event], None],
    carried: CarriedOver | None = None,
    *,
    on_ready: Callable[[Assistant], None] = lambda assistant: None,
    on_loaded: Callable[[list[str]], None] = lambda skill_problems: None,
    on_chunk: Callable[[], None] = lambda: None,
) -> None:
    """Run an assistant until the source ends. The ear is loaded first, the rest in the background.
    `on_ready` receives the assistant once it listens; `on_loaded`, once all is loaded, the problems
    of own skills; `on_chunk`: each is done.

    Raises MarvinError: It ended for any reason other than the end of the source.
    """
    began = time.perf_counter()
    check_models(config)
    traces = Traces(config)
    report = traces.following(report)
    config, carried = with_time_for_answers(config), carried or CarriedOver()
    engines = EngineSet(config, report, carried.agenda)
    served = served_engines(engines, config, carried, report, traced=traces.following)
    memory = open_memory(config, carried.agenda, carried.memory)
    room, joined = join_rooms(config, served, report)
    session = open_session(engines, served.mind, config, source, sink, memory, report, room=room)
    tools = running(served.mind.toolbox)
    sending = traces.sending(live=source.live)
    async with sending, engines.running([session.ear]), ducked(config, session), tools:
        report(Armed(config.wake.label, time.perf_counter() - began))
        engines.load_behind()
        on_ready(assistant := Assistant(session, config, report, on_chunk))
        try:
            # One group, so that a failure of the timers or a hung engine ends the assistant too.
            async with asyncio.TaskGroup() as group:
                rest = group.create_task(_load_rest(config, engines, on_loaded, source))
                ring = assistant.announcements.ring
                ringing = _ring(carried.agenda, ring, config, session)
                joining = joined(ring)
                others = (ringing, joining, engines.despaired(), serve(served, report))
                beside = [rest, *map(group.create_task, others)]
                if not source.live:
                    await rest  # A recording can wait: loading errors are reported first.
                await assistant.run()
                for task in beside:
                    task.cancel()
        except* (MarvinError, BrokenPipeError) as errors:
            # BrokenPipeError: the reader of the events has exited.
            raise first_error(errors) from None


async def _ring(agenda: Agenda, ring: Ring, config: Config, session: Session) -> None:
    dialogue = session.memory.dialogue
    heard = audible(ring, session.sink, session.memory)
    await ring_agenda(agenda, heard, config.skills, lambda: dialogue.language)


async def _load_rest(
    config: Config, engines: EngineSet, on_loaded: Callable[[list[str]], None], source: AudioSource
) -> None:
    await engines.loaded()
    engines.language_model.warm()
    own = engines.skillset.own
    on_loaded(own.problems + own.warnings)
    await follow_names(config, engines, once=not source.live)


def run_until_signalled(main: Coroutine[None, None, None]) -> None:
    """Run `main` to completion, or cancel it on SIGINT, SIGTERM or SIGHUP."""

    async def guarded() -> None:
        task = asyncio.current_task()
        assert task is not None
        loop = asyncio.get_running_loop()
        stopped = False

        def stop() -> None:
            nonlocal stopped
            stopped = True
            task.cancel()

        # SIGHUP means that the terminal is gone. To reload models.toml, use `marvin reload`.
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            # Under `nohup`, SIGHUP is ignored and has to stay so.
            if signal.getsignal(number) is not signal.SIG_IGN:
                loop.add_signal_handler(number, stop)
        try:
            await main
        except asyncio.CancelledError:
            if not stopped:
                raise
            _LOGGER.info("stopped by a signal")

    asyncio.run(guarded())
