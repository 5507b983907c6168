"""What the page shows of timers, alarms and lists, and what it changes."""

from collections.abc import Mapping

from marvin.errors import SkillError
from marvin.service.control.agenda_requests import AGENDA_REQUESTS
from marvin.service.page.page_commands import PageCommand
from marvin.skills.agenda import Agenda
from marvin.skills.durations import label


def agenda_view(agenda: Agenda) -> dict[str, object]:
    """JSON values. Raises SkillError if they cannot be read."""
    now = agenda.timers.clock()
    timers = [
        {
            "number": one.id,
            "name": one.name or one.purpose or label(one.duration_s),
            "left_s": round(one.left_s(now), 1),
            "running": one.running,
        }
        for one in agenda.timers.all()
    ]
    view: dict[str, object] = {"timers": timers}
    for part in ("alarms", "lists"):
        view |= AGENDA_REQUESTS[part](agenda, "")
    return view


def change_agenda(agenda: Agenda, command: PageCommand) -> None:
    """Raises SkillError."""
    if command.name == "cancel_timer":
        found = [one for one in agenda.timers.all() if one.id == command.value]
        if not found:
            raise SkillError("this timer is over already")
        agenda.timers.cancel(found)
    else:
        AGENDA_REQUESTS[command.name](agenda, str(command.value))


AGENDA_CHANGES = frozenset({"cancel_timer", "cancel_alarm", "clear_list"})
"""Commands of `change_agenda`."""


def without_time_left(view: Mapping[str, object]) -> dict[str, object]:
    """For comparisons: what is left of a timer changes all the time."""
    timers = view.get("timers", [])
    assert isinstance(timers, list)
    return {**view, "timers": [{**one, "left_s": 0} for one in timers]}
