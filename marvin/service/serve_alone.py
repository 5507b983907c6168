"""`marvin serve`: the servers without microphone and speaker."""

import asyncio
from collections.abc import Callable

from marvin.config.tables import Config
from marvin.engines.engine_set import EngineSet
from marvin.errors import MarvinError, first_error
from marvin.events import Event
from marvin.mind.tools.toolbox import running
from marvin.service.assembly import served_engines, with_time_for_answers
from marvin.service.carried_over import CarriedOver
from marvin.service.home_follower import follow_names
from marvin.service.metrics import Metrics
from marvin.service.missing_models import check_models
from marvin.service.server_set import serve
from marvin.service.tracing.traces import Traces
from marvin.skills.agenda import Agenda
from marvin.skills.skillset import state_dir
from marvin.skills.store.store import NO_LOUDSPEAKER


async def serve_alone(config: Config, report: Callable[[Event], None]) -> None:
    """Serve until cancelled. Clients wait for engines that are still being loaded.

    Raises:
        MarvinError: An engine cannot be loaded or hangs, or a server cannot listen.
    """
    check_models(config)
    config = with_time_for_answers(config)
    agenda = Agenda.unattended(state_dir(config.skills), NO_LOUDSPEAKER)
    metrics, traces = Metrics(), Traces(config)

    def tell(event: Event) -> None:
        metrics.note(event)
        report(event)

    engines = EngineSet(config, tell, agenda)
    served = served_engines(
        engines,
        config,
        CarriedOver(agenda=agenda, metrics=metrics),
        tell,
        traced=traces.following,
    )
    agenda.rooms = served.rooms
    try:
        async with (
            traces.sending(),
            engines.running([]),
            running(served.mind.toolbox),
            asyncio.TaskGroup() as group,
        ):
            engines.load_behind()
            for work in (engines.loaded(), engines.despaired(), follow_names(config, engines)):
                group.create_task(work)
            await serve(served, tell)
    except* MarvinError as errors:
        raise first_error(errors) from None
    finally:
        agenda.close()
