"""Shows and changes alarms, lists and notes, for the control socket and without a daemon."""

from collections.abc import Callable, Mapping
from difflib import get_close_matches

from marvin.errors import SkillError
from marvin.skills.agenda import Agenda
from marvin.skills.alarms.alarm import repetition
from marvin.skills.alarms.icalendar import calendar_of


def _alarms(agenda: Agenda, text: str) -> dict[str, object]:
    clock = agenda.alarms.clock
    shown = [
        {
            "number": one.id,
            "kind": one.kind,
            "rings": clock.local(one.rings(clock)).isoformat(timespec="seconds"),
            "time": one.due.time().isoformat(timespec="minutes"),
            "repeats": repetition(one.weekdays) if one.weekdays else None,
            "purpose": one.purpose,
        }
        for one in agenda.alarms.all()
    ]
    return {"alarms": shown}


def _ical(agenda: Agenda, text: str) -> dict[str, object]:
    return {"ical": calendar_of(agenda.alarms.all(), agenda.alarms.clock.now())}


def _lists(agenda: Agenda, text: str) -> dict[str, object]:
    return {"lists": {name: agenda.lists.entries(name) for name in agenda.lists.names()}}


def _cancel_alarm(agenda: Agenda, text: str) -> dict[str, object]:
    found = [one for one in agenda.alarms.all() if str(one.id) == text]
    if not found:
        raise SkillError(f"there is no alarm {text}: `marvin alarms` shows their numbers")
    agenda.alarms.cancel(found)
    return _alarms(agenda, "")


def _clear_list(agenda: Agenda, text: str) -> dict[str, object]:
    names = agenda.lists.names()
    if text not in names:
        raise SkillError(no_such_list(text, names))
    agenda.lists.clear(text)
    return _lists(agenda, "")


def _notes(agenda: Agenda, text: str) -> dict[str, object]:
    shown = [
        {"number": note.id, "noted": note.noted.isoformat(), "text": note.text}
        for note in agenda.notes.all()
    ]
    return {"notes": shown}


def _forget_note(agenda: Agenda, text: str) -> dict[str, object]:
    found = [note for note in agenda.notes.all() if text in (str(note.id), ALL_NOTES)]
    if not found and text != ALL_NOTES:
        raise SkillError(f"there is no note {text}: `marvin memory list` shows their numbers")
    agenda.notes.cancel(found)
    return _notes(agenda, "")


def no_such_list(name: str, names: list[str]) -> str:
    close = get_close_matches(name, names, 1)
    hint = (
        f"did you mean '{close[0]}'?"
        if close
        else f"your lists: {', '.join(names)}"
        if names
        else "you have no lists"
    )
    return f"there is no list '{name}' ({hint})"


ALL_NOTES = "all"

AGENDA_REQUESTS: Mapping[str, Callable[[Agenda, str], dict[str, object]]] = {
    "alarms": _alarms,
    "ical": _ical,
    "cancel_alarm": _cancel_alarm,
    "lists": _lists,
    "clear_list": _clear_list,
    "notes": _notes,
    "forget_note": _forget_note,
}
"""By command; the text is the number of the alarm or note, `all` notes, or the name of the list."""
