"""`marvin alarms`, `marvin lists` and `marvin memory`, with and without a running daemon."""

import argparse
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

from marvin.boundary.terminal import to_json
from marvin.cli.commands.common_options import load
from marvin.cli.commands.output import print
from marvin.errors import MarvinError, NoDaemonError
from marvin.service.control.agenda_requests import AGENDA_REQUESTS, ALL_NOTES, no_such_list
from marvin.service.control.client import ask
from marvin.skills.agenda import Agenda
from marvin.skills.alarms.alarm import ClockStyle, spoken_day, spoken_time
from marvin.skills.notes.note_skill import SWITCH_ON
from marvin.skills.skillset import state_dir


def alarms(arguments: argparse.Namespace) -> int:
    if arguments.cancel is not None:
        found = _asked(arguments, "cancel_alarm", str(arguments.cancel))
    elif arguments.ical is not None:
        _write(arguments.ical, str(_asked(arguments, "ical")["ical"]))
        return 0
    else:
        found = _asked(arguments, "alarms")
    if arguments.json:
        print(to_json(found["alarms"]))
        return 0
    shown: list[dict[str, Any]] = found["alarms"]
    style = load(arguments).config.skills.clock
    for one in shown:
        print(f"{one['number']:3}  {_described(one, style, date.today())}")
    if not shown:
        print("No alarms or reminders.")
    return 0


def lists(arguments: argparse.Namespace) -> int:
    name = " ".join(arguments.name)
    if arguments.clear:
        if not name:
            raise MarvinError("which list? `marvin lists --clear shopping`")
        found = _asked(arguments, "clear_list", name)["lists"]
        print(f"{name}: cleared")
        return 0
    found = _asked(arguments, "lists")["lists"]
    if name and name not in found:
        raise MarvinError(no_such_list(name, list(found)))
    if arguments.json:
        print(to_json({name: found[name]} if name else found))
        return 0
    for one in [name] if name else found:
        if not name:
            print(f"{one}:")
        for entry in found[one]:
            print(entry if name else f"  {entry}")
    if not found:
        print("No lists.")
    return 0


def notes(arguments: argparse.Namespace) -> int:
    found = _asked(arguments, "notes")["notes"]
    if arguments.json:
        print(to_json(found))
        return 0
    for note in found:
        print(f"{note['number']:3}  {note['noted']}  {note['text']}")
    if not found:
        print("No notes.")
    if not load(arguments).config.skills.notes:
        used = "are not used" if found else "are not kept"
        print(f"Notes {used}. {SWITCH_ON}")
    return 0


def forget_note(arguments: argparse.Namespace) -> int:
    which = ALL_NOTES if arguments.all else str(arguments.number)
    left = len(_asked(arguments, "forget_note", which)["notes"])
    print(f"forgotten, {left} left")
    return 0


def _described(one: dict[str, Any], style: ClockStyle, today: date) -> str:
    at = datetime.fromisoformat(one["rings"])
    if one["repeats"]:  # It may be snoozed.
        at = datetime.combine(at.date(), time.fromisoformat(one["time"]))
    when = one["repeats"] or spoken_day(at.date(), today)
    what = one["purpose"] or ("" if one["kind"] == "alarm" else "reminder")
    return f"{spoken_time(at, style)} {when}  {what}".rstrip()


def _asked(arguments: argparse.Namespace, command: str, text: str = "") -> dict[str, Any]:
    """From the running Marvin, whose alarms they are, unless another configuration is named."""
    if arguments.config is None and arguments.profile is None:
        try:
            return ask(command, text=text) if text else ask(command)
        except NoDaemonError:
            pass
    agenda = Agenda.unattended(state_dir(load(arguments).config.skills))
    return AGENDA_REQUESTS[command](agenda, text)


def _write(path: Path, text: str) -> None:
    if str(path) == "-":
        print(text, end="")
        return
    try:
        path.write_text(text, encoding="utf-8", newline="")
    except OSError as error:
        raise MarvinError(f"{path} cannot be written: {error.strerror}") from error
    print(f"{path}: written")
