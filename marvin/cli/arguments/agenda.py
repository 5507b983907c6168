"""Arguments of alarms, lists and notes."""

from pathlib import Path

from marvin.cli.arguments.adding import Adder
from marvin.cli.arguments.numeric import at_least


def add_agenda(add: Adder) -> None:
    alarms = add.command(
        "alarms",
        "alarms_and_lists:alarms",
        "Show, cancel or export alarms and reminders.",
        "marvin alarms --cancel 2",
    )
    does = alarms.add_mutually_exclusive_group()
    does.add_argument("--json", action="store_true", help="print JSON")
    does.add_argument(
        "--cancel", type=at_least(1), metavar="NUMBER", help="cancel the alarm with this number"
    )
    does.add_argument("--ical", type=Path, metavar="FILE", help="write an iCalendar file (.ics)")

    lists = add.command(
        "lists", "alarms_and_lists:lists", "Show or clear your lists.", "marvin lists shopping"
    )
    lists.add_argument("name", nargs="*", metavar="NAME", help="only this list")
    does = lists.add_mutually_exclusive_group()
    does.add_argument("--json", action="store_true", help="print JSON")
    does.add_argument("--clear", action="store_true", help="remove all entries of the list")

    memory = add.group("memory", "Show or forget what you asked Marvin to remember.")
    show = memory.command(
        "list", "alarms_and_lists:notes", "Show your notes.", "marvin memory list --json"
    )
    show.add_argument("--json", action="store_true", help="print JSON")
    forget = memory.command(
        "forget",
        "alarms_and_lists:forget_note",
        "Forget one of your notes, or all.",
        "marvin memory forget 2",
    )
    which = forget.add_mutually_exclusive_group(required=True)
    which.add_argument("number", nargs="?", type=at_least(1), metavar="NUMBER", help="as listed")
    which.add_argument("--all", action="store_true", help="forget all notes")
