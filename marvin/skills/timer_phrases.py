"""What can be said about timers."""

from marvin.skills import durations
from marvin.skills.patterns import Names, Numbers, Words

_USUAL_NAMES = (
    "pasta,egg,tea,coffee,pizza,rice,oven,laundry,bread,cake,chicken,dinner,washing,break,nap,"
    "workout,meeting"
)
_MORE_NAMES = (
    "eggs,potatoes,potato,soup,fish,meat,steak,turkey,roast,cookies,biscuits,noodles,vegetables,"
    "sauce,lunch,breakfast,kitchen,cooking,baking,grill,dough,washing machine,dishwasher,dryer,"
    "sleep,exercise,yoga,meditation,homework,study,reading,game,work,shower,bath,toothbrush,"
    "plants,parking,phone"
)
NAMES = tuple(_USUAL_NAMES.split(","))
"""What timers are usually for; `skills.lists.timer_name` adds to it."""
NAMES_WRITTEN = tuple(_MORE_NAMES.split(","))

ALL_OF_THEM = ("all of them", "both of them", "both", "everything", "all", "every one")
ORDERS = ("first", "second", "third", "last", "next", "newest")

LISTS: dict[str, Words] = durations.LISTS | {
    "all": ALL_OF_THEM,
    "every": Names(("all",), ("all of", "every", "both", "both of")),
    "plural": Names(("the timers", "my timers"), ("timers",)),
    "also": ("and a", "and an", "and another", "and one", "and another one", "and the other one"),
    "order": ORDERS,
    "hour": range(1, 13),
    "minute": Numbers(range(15, 60, 15), 59),
}

RULES = durations.RULES | {
    "set": "(set|set me|set up|start|create|make|add|begin|give me|put on|i need|i want)",
    "a": "[(a|an|another|one|the|my) ][new ]",
    "for": "(for|of)",
    "length": "<duration>",
    "called": "(called|named|for)[ (the|my)]",
    "timer": (
        "([(the|my|that|this) ](timer|{order} timer|{timer_name} timer|<duration> timer"
        "|<duration> {timer_name} timer|timer <called> {timer_name}|timer <for> <duration>)"
        "|{plural}|{every} [(the|my|of my) ](timer|timers))"
    ),
    "cancel": "(cancel|stop|delete|remove|clear|end|turn off|kill|dismiss|reset)",
    "pause": "(pause|hold|freeze|halt)",
    "resume": "(resume|unpause|un pause|continue|restart)",
    "how_long": "how (long|much time|much longer)",
    "left": "(left|remaining|to go)",
    "running": "(running|set|active|going|on|left|open)",
    "time_of_day": "{hour} ({minute}|o'clock|a m|p m|am|pm)",
}

SPOKEN_RULES = durations.SPOKEN_RULES | {
    "time_of_day": "{hour} ({minute}|o'clock|a m|p m)",
    "a": "[(a|an|another) ]",
    "length": "((one|half|{hours}) hour|(one|{minutes}) minute|{seconds} second)",
    "timer": "((the|my) [{timer_name} |<length> ]timer|{plural}|{every} [(the|my) ]timers)",
}

SET = (
    "(set|start) (a|another) [{timer_name} ]timer for <duration>",
    "(set|start) (a|another) <length> [{timer_name} ]timer",
    "remind me in <duration>",
)
SET_WRITTEN = (
    "<set> <a>[{timer_name} ]timer <for> <duration>",
    "<set> <a><duration> [{timer_name} ]timer",
    "<set> <a>timer <for> <duration> <called> {timer_name}",
    "(remind|wake) me [up ]in <duration>",
    "<set> <a><duration> timer <called> {timer_name}",
    "<set> <a>timer <called> {timer_name} <for> <duration>",
    "[a |new ][{timer_name} ]timer [<for> ]<duration>",
    "[a |new ]<duration> [{timer_name} ]timer",
    "(alert|call|tell|ping) me in <duration>",
    "<set> <a>(alarm|countdown) (for|of|in) <duration>",
    "(put|turn) <a>timer on for <duration>",
    "<set> <a>{any_name} timer <for> <duration>",
    "<set> <a><duration> {any_name} timer",
    "<set> <a>timer <for> <duration> <called> {any_name}",
    "<set> <a><duration> timer <called> {any_name}",
    "<set> <a>timer <called> {any_name} <for> <duration>",
)
SET_TWO_WRITTEN = (
    "<set> <a>[{timer_name} ]timer <for> <duration> {also}[ {timer_name}][ timer] <for> <duration>",
)
TIME_OF_DAY = (
    "(set|start) (a timer|an alarm) for <time_of_day>",
    "wake me up at <time_of_day>",
)
SET_NO_LENGTH = ("(set|start) (a|another) [{timer_name} ]timer",)
SET_NO_LENGTH_WRITTEN = ("<set> <a>[{timer_name} ]timer", "<set> <a>timer <called> {timer_name}")
LENGTH = ("[for |make it ]<duration>",)
NO = ("(no|nope|nothing|none|none of them|neither|forget it)",)
CANCEL = ("(cancel|stop|delete) <timer>",)
CANCEL_WRITTEN = ("<cancel> <timer>", "<cancel> [the |my ]{any_name} timer")
PAUSE = ("pause <timer>",)
PAUSE_WRITTEN = ("<pause> <timer>",)
RESUME = ("(resume|continue) <timer>",)
RESUME_WRITTEN = ("<resume> <timer>",)
EXTEND = ("add <duration> to <timer>",)
EXTEND_WRITTEN = (
    "(add|put) [another ]<duration>[ more] (on|to) <timer>",
    "(add|give me) [another ]<duration>[ more]",
    "extend <timer> by <duration>",
)
LIST = (
    "what timers (are running|do i have)",
    "(list|read) [(the|my) ]timers",
    "how many timers do i have",
)
LIST_WRITTEN = (
    "(what|which) timers (are|do i have|have i|did i)[ <running>]",
    "(what|which) timers are there",
    "(list|show|show me|read|tell me|check) [all ][the |my ]timers",
    "[(do|have) i (have|got) ][any ]timers[ <running>]",
    "are there any timers[ <running>]",
    "is there a timer[ <running>]",
    "how many timers (do i have|are there|are|have i)[ <running>]",
    "<what_is> the status of [the |my ]timers",
)
LEFT = (
    "how (long|much time) is left[ on <timer>]",
    "how (long|much longer) until <timer> (ends|rings)",
)
LEFT_WRITTEN = (
    "<how_long> [(is|is there|do i have|have i got|does it have) ]<left>"
    "[ (on|for|in|until) <timer>]",
    "<how_long> (is|does|has|do) <timer> [(have|got|still have) ]<left>",
    "<how_long> (on|for|until|till) <timer>[ (is|are) (done|over|up|finished)]",
    "<how_long> (does|has|will|do) <timer> (have|got|take|need|run)",
    "<how_long> until <timer> (ends|goes off|rings|finishes)",
    "(when|what time) (does|will|is) <timer> (end|finish|go off|ring|done|over|up|finished)",
    "[<what_is> the ](time <left>|remaining time)[ (on|for|in|of) <timer>]",
    "(check|<what_is> the status of) <timer>",
    "how much longer",
    "how many (hours|minutes|seconds) (are|do i have) <left>[ (on|for|in|until) <timer>]",
    "<what_is> <left> (on|for|of) <timer>",
    "<what_is> <timer> at",
    "is <timer> (done|over|finished|up|ready|still running|still going|running)[ yet]",
)
WHICH = (
    "[(the|my) ]{timer_name}[ (timer|one)]",
    "[(the|my) ]<length>[ (timer|one)]",
    "[(the|my) ]{order}[ (timer|one)]",
    "{all}",
)
WHICH_WRITTEN = (
    "[(the|my) ]<duration> {timer_name}[ (timer|one)]",
    "[(the|my) ]{any_name} (timer|one)",
    "[(the|my) ]{any_name}",
)

EXAMPLES = (
    "set a timer for ten minutes",
    "set a pasta timer for eight minutes",
    "how long is left",
    "cancel the pasta timer",
)
