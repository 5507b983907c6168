"""Sentence templates of the alarm skill."""

from marvin.skills import days, times_of_day
from marvin.skills.sentence_patterns import Names, Numbers, Words

LISTS: dict[str, Words] = (
    days.LISTS
    | times_of_day.LISTS
    | {
        "alarm_hour": Numbers(range(1, 13), 24),
        "alarm_minute": Numbers(range(5, 60, 5), 59),
        "alarm_it": Names(("it",), ("that", "that one", "this one", "the last one", "them")),
        "alarm_all": ("all", "all of", "all the", "all my", "all of my", "all of the", "every"),
        "alarm_noun": ("alarm", "alarms", "reminder", "reminders"),
        "alarm_choice": ("all", "all of them", "both", "both of them"),
        "snoozed": Numbers(range(5, 31, 5), 1_000),
    }
)
"""The days and times are for other languages."""
RULES = {
    "alarm_cancel": (
        "(cancel|delete|remove|clear|turn off|switch off|disable|get rid of|scrap|stop|end|silence"
        "|dismiss|forget)"
    ),
    "alarm_move": "(move|change|reschedule|shift|postpone|push|push back|adjust|update|switch)",
    "alarm_set": (
        "(set|start|create|make|add|put on|give me|i need|i want|i'd like|i would like|schedule"
        "|set up|set me|have|get me)"
    ),
    "alarm_a": "[(a|an|another|my|the) ][new ]",
    "no_make_it": (
        "(no|actually|i meant|i mean|i said|no i meant|no i mean|no i said|make it|no make it"
        "|make that|change it to|move it to|change that to)"
    ),
    "alarm_time": (
        "({alarm_hour} (o'clock|am|pm)|{alarm_hour} {alarm_minute}|half past {alarm_hour}"
        "|quarter (past|to) {alarm_hour})"
    ),
}

SET = (
    "set an alarm for <alarm_time>[ tomorrow| on weekdays]",
    "wake me up at <alarm_time>[ tomorrow| on weekdays]",
)
SET_WRITTEN = (
    "<alarm_set> <alarm_a>(alarm|wake up call)[ {free_when}]",
    "<alarm_set> <alarm_a>{free_kind} alarm[ {free_when}]",
    "(wake|get) (me|us)[ up][ {free_when}]",
    "{free_before} (wake|get) (me|us)[ up][ {free_when}]",
)
SET_BARE_WRITTEN = ("[(a|an|my|the) ]alarm {free_when}",)
REMIND_WRITTEN = (
    "(remind|alert|notify) (me|us) {free_rest}",
    "{free_before} (remind|alert|notify) (me|us) {free_rest}",
    "<alarm_set> <alarm_a>[{free_kind} ]reminder {free_rest}",
    "(don't|do not) let me forget {free_rest}",
)
LIST = ("what alarms do i have", "what reminders do i have")
LIST_WRITTEN = (
    "(what|which|how many) {alarm_noun} (do i have|have i|are there|did i)[ (set|got|on|active)]",
    "(list|show|show me|read|read me|tell me|check) [all ][of ][(the|my) ]{alarm_noun}",
    "(do i have|have i got|are there|is there) [(a|an|any) ]{alarm_noun}[ (set|on|active)]",
    "(is|are) (my|the|an|any) {alarm_noun} (on|set|active)",
    "(what are|what is) my {alarm_noun}",
)
NEXT = ("when is my next alarm",)
NEXT_WRITTEN = (
    "(when|what time) is (my|the) [next ]{alarm_noun}[ set[ for]]",
    "(when|what time) (will|does|do) (my|the) [next ]{alarm_noun} (ring|go off|wake me[ up])",
    "what is my next {alarm_noun}",
    "(when|what time) (will|do) you wake me[ up]",
)
CANCEL = ("cancel (my|the) alarm", "cancel all alarms")
CANCEL_WRITTEN = (
    "<alarm_cancel> [{alarm_all} ][(my|the) ][{free_which} ]{alarm_noun}[ {free_which}]",
    "(turn|switch) (my|the) [{free_which} ]{alarm_noun} off",
    "<alarm_cancel> {alarm_it}",
    "(don't|do not) wake me[ up][ {free_which}]",
)
MOVE_WRITTEN = (
    "<alarm_move> (my|the) [{free_which} ]{alarm_noun}[ {free_which}] (to|for) {free_time}",
)
CORRECT_WRITTEN = ("<no_make_it> {free_time}",)
SNOOZE = ("snooze the alarm", "snooze for {snoozed} minutes")
SNOOZE_WRITTEN = (
    "snooze[ (it|that|the alarm|my alarm|again)][ [for ]{free_length}]",
    "(wake|remind|call) me again in {free_length}",
    "[(give me|just|i need|let me sleep[ for]) ][another ]{snoozed} more (minute|minutes)",
    "(let me sleep|give me|just) another {snoozed} minutes",
)
ANSWER_WRITTEN = ("{free_answer}",)
NO = ("(no|nope|nothing|none|neither|forget it|never mind)",)
EXAMPLES = ("wake me at seven on weekdays", "remind me at five to call mom", "snooze")
