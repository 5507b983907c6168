"""What of the built-in skills a language model can call."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Parameter:
    slots: tuple[str, ...]
    """It fills the first of them that can have its value."""
    kind: str
    """`string` or `integer`."""
    description: str
    required: bool = True
    example: str = ""


@dataclass(frozen=True, slots=True)
class TableEntry:
    """A group of sentences as a tool."""

    name: str
    skill: str
    key: str
    """Of the group, in all languages."""
    description: str
    parameters: Mapping[str, Parameter] = field(default_factory=dict)
    acts: bool = True
    """Whether it changes something."""
    fixed: Mapping[str, str] = field(default_factory=dict)
    """Slots that a sentence may need, by English value."""


def _count(slot: str, example: str = "") -> Parameter:
    return Parameter((slot,), "integer", "", required=False, example=example)


_TIMER = Parameter(("timer_name", "any_name"), "string", "its name, if it has one", required=False)
_LIST = Parameter(("list_name", "any_list"), "string", "such as shopping", example="shopping")
_ITEMS = Parameter(("free_items",), "string", "such as milk and eggs", example="milk")
_WHEN = Parameter(
    ("free_when",), "string", "as one says it: at 7:30 tomorrow", example="at 7:30 tomorrow"
)

TOOLS = (
    TableEntry(
        *("set_timer", "timers", "set", "Start a timer."),
        {
            "hours": _count("hours"),
            "minutes": _count("minutes", "10"),
            "seconds": _count("seconds"),
            "name": _TIMER,
        },
    ),
    TableEntry("cancel_timer", "timers", "cancel", "Cancel a timer.", {"name": _TIMER}),
    TableEntry("pause_timer", "timers", "pause", "Pause a timer.", {"name": _TIMER}),
    TableEntry("resume_timer", "timers", "resume", "Let a paused timer go on.", {"name": _TIMER}),
    TableEntry("list_timers", "timers", "list", "Tell which timers are running.", acts=False),
    TableEntry(
        *("time_left", "timers", "left", "Tell how much time is left on a timer."),
        {"name": _TIMER},
        acts=False,
    ),
    TableEntry("set_alarm", "alarms", "set", "Set an alarm.", {"when": _WHEN}),
    TableEntry(
        *("remind", "alarms", "remind", "Remind the user of something at a time."),
        {
            "what": Parameter(
                ("free_rest",),
                "string",
                "what and when, as one says it: to call mom at 5 pm",
                example="to call mom at 5 pm",
            )
        },
    ),
    TableEntry(
        *("cancel_alarm", "alarms", "cancel", "Cancel an alarm."),
        {
            "which": Parameter(
                ("free_which",), "string", "its time, such as 7 am", required=False, example="7 am"
            )
        },
        fixed={"alarm_noun": "alarm"},
    ),
    TableEntry(
        *("list_alarms", "alarms", "list", "Tell which alarms and reminders are set."),
        acts=False,
        fixed={"alarm_noun": "alarms"},
    ),
    TableEntry(
        *("add_to_list", "lists", "add", "Add items to one of the user's lists."),
        {"items": _ITEMS, "list": _LIST},
    ),
    TableEntry(
        *("remove_from_list", "lists", "remove", "Take items off one of the user's lists."),
        {"items": _ITEMS, "list": _LIST},
    ),
    TableEntry("read_list", "lists", "read", "Tell what is on a list.", {"list": _LIST}, False),
    TableEntry(
        *("remember", "notes", "remember", "Keep a note for the user."),
        {"note": Parameter(("free_note",), "string", "", example="the bins go out on tuesday")},
    ),
    TableEntry("current_time", "time", "time", "Tell the time.", acts=False),
    TableEntry("current_date", "date", "date", "Tell today's date.", acts=False),
    TableEntry(
        *("time_in", "world_clock", "time", "Tell the time in a city or country."),
        {"place": Parameter(("place",), "string", "in English: Tokyo", example="tokyo")},
        acts=False,
    ),
    TableEntry(
        *("set_volume", "volume", "set", "Set how loud Marvin speaks."),
        {"percent": Parameter(("percent",), "integer", "", example="50")},
    ),
)
