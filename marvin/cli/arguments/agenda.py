"""Arguments of alarms and lists."""

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
