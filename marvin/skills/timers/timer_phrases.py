"""Sentence templates of the timer skill."""

from marvin.skills import durations
from marvin.skills.sentence_patterns import Names, Numbers, Words

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
"""Common names of timers; `skills.lists.timer_name` adds to them."""
NAMES_WRITTEN = tuple(_MORE_NAMES.split(","))

_ORDERS = ("first", "second", "third", "last", "next", "newest")
_MORE_ORDERS = (
    *("fourth", "fifth", "latest", "oldest", "previous", "most recent"),
    *("shortest", "shorter", "longest", "longer"),
)
THEM = ("them", "both of them", "all of them")
_IT = ("that", "this", "that one", "this one", "the one i just set", "the timer i just set", *THEM)

LISTS: dict[str, Words] = durations.LISTS | {
    "all": ("all of them", "both of them", "both", "everything", "all", "every one"),
    "every": Names(("all",), ("all of", "every", "both", "both of")),
    "plural": Names(("the timers", "my timers"), ("timers", "reminders", "the reminders")),
    "also": ("and a", "and an", "and another", "and one", "and another one", "and the other one"),
    "order": Names(_ORDERS, _MORE_ORDERS),
    "nth": ("first", "second", "third", "fourth", "fifth", "next", "last"),
    "it": Names(("it",), _IT),
    "reminder": ("reminder", "reminders"),
    "meant": (
        *("i meant", "i mean", "i said", "actually"),
        *("no", "no i meant", "no i mean", "no i said", "no actually", "no make it"),
    ),
    "left_of": ("left", "remaining", "to go"),
    "why": ("to", "about", "that", "for", "because", "so that i can", "so i can", "so i"),
    # They separate a sentence's duration from its timer.
    "onto": Names(("to",), ("on", "onto", "in")),
    "off": Names(("from",), ("off", "off of", "of")),
    "by": ("by", "another", "an extra", "an additional"),
    "up_to": ("to",),
    "bare": Numbers(range(1), 1_000_000),
    "hour": Numbers(range(1, 13), 24),
    "minute": Numbers(range(15, 60, 15), 59),
    "day_half": Names(("o'clock",), ("a m", "p m", "am", "pm")),
    "unit_name": ("seconds", "minutes", "hours"),
}

RULES = durations.RULES | {
    "set": (
        "(set|start|create|make|add|begin|run|launch|give me|get me|put on|i need|i want|i'd like"
        "|i would like|can i have|can i get|could i have|could i get|may i have|let us have"
        "|set me|set up|set me up|make me|start me|create me|have|get)"
    ),
    "a": (
        "[(a|an|another|one|the|my|one more) ]"
        "[(new|quick|short|little|separate|different|extra|additional|simple|{nth}) ]"
    ),
    "a_new": "(a|another|<a>|a {nth})",
    "for": "(for|of|lasting|that lasts|that runs|running for|to run for|with)",
    "length": "<duration>[ long]",
    "so_much": "<duration>",
    "called": (
        "([that is |which is |and ](called|named|labelled|labeled|titled|call it|name it)|for)"
        "[ (the|my)]"
    ),
    "name": "({timer_name}|{any_name})",
    "one": "(timer|countdown|one)",
    "timer": (
        "([(the|my|that|this) ](timer|countdown|{order} <one>|{timer_name} <one>|<duration> <one>"
        "|<duration> {timer_name} <one>|timer <called> {timer_name}|timer <for> <duration>"
        "|<one> with <duration> {left_of}|[{timer_name} |{order} |<duration> ]{reminder}"
        "|{reminder} <purpose>)"
        "|{it}|{plural}|{every} [(the|my|of my) ](timer|timers|reminders))"
    ),
    "cancel": (
        "(cancel|stop|delete|remove|clear|end|turn off|switch off|kill|dismiss|get rid of|scrap"
        "|erase|discard|abort|call off)"
    ),
    "reset": "(reset|restart|re start|rerun)",
    "pause": "(pause|hold|freeze|halt|suspend)",
    "resume": "(resume|unpause|un pause|continue|unfreeze|carry on with|go on with)",
    "how_long": "how (long|much time|much longer)",
    "left": "(left|remaining|to go)",
    "running": "(running|set|active|going|on|left|open)",
    "over": "(done|over|up|finished|ready|ending|going off|due|ringing)",
    "ends": "(end|ends|finish|finishes|go off|goes off|ring|rings|run out|runs out|be <over>)",
    "purpose": "{why} {free_purpose}",
    "remind": "(remind|alert|notify|tell|ping|call|nudge|warn|buzz|wake|shout at) me[ (up|again)]",
    "remind_me": "(<remind>|let me know|give me a (reminder|shout|call|nudge|heads up|ping))",
    "in": "(in|after|within)",
    "in_a_while": "(<in> <duration>[ (time|from now)]|<duration> from now)",
    "another": "[(another|an extra|an additional) ]",
    "less": "(subtract|take|remove|deduct|knock|cut|shave|drop)",
    "plain_timer": "({it}|[(the|my) ][{timer_name} |{order} ]<one>)",
    "more": "({minutes} more (minute|minutes)|{hours} more (hour|hours)|{seconds} more seconds)",
    "time_of_day": "{hour} ({minute}[ {day_half}]|{day_half})",
}

SPOKEN_RULES = durations.SPOKEN_RULES | {
    "a_new": "(a|another)",
    "so_much": "(<hours>|<minutes>|{seconds} seconds|half an hour)",
    "time_of_day": "{hour} ({minute}|o'clock)",
    "length": "((one|half|{hours}) hour|(one|{minutes}) minute|{seconds} second)",
    "timer": (
        "((the|my) [{timer_name} |<length> |{order} ]timer|{plural}|{every} [(the|my) ]timers)"
    ),
}

SET = (
    "(set|start) <a_new> [{timer_name} ]timer for <duration>",
    "(set|start) <a_new> <length> [{timer_name} ]timer",
    "remind me in <duration>",
)
SET_WRITTEN = (
    "<set> <a>[{timer_name} ]timer [<for> ]<duration>[ from now]",
    "<set> <a><length> [{timer_name} ]timer",
    "<set> <a>timer <for> <duration> <called> <name>",
    "<set> <a><length> timer <called> <name>",
    "<set> <a>timer <called> <name> <for> <duration>",
    "[a |new ][{timer_name} ]timer [<for> ]<duration>",
    "[a |new ]<length> [{timer_name} ]timer",
    "(another|another one|one more) for <duration>",
    "[<set> <a>](alarm|countdown|reminder) (for|of|in) <duration>",
    "<set> <a><length> (alarm|countdown|reminder)",
    "(put|turn) <a>timer on for <duration>",
    "(time|count down|count down from) <duration>",
    "<remind_me> <in_a_while>",
    "in <duration>[ time] <remind_me>",
    "<set> <a>{any_name} timer <for> <duration>",
    "<set> <a><length> {any_name} timer",
)
SET_PURPOSE_WRITTEN = (
    "<set> <a>[{timer_name} ]timer [<for> ]<duration> <purpose>",
    "<set> <a><length> [{timer_name} ]timer <purpose>",
    "<remind_me> <in_a_while> <purpose>",
    "in <duration>[ time] <remind_me> <purpose>",
    "(remind|alert|notify|nudge|warn) me <purpose> <in> <duration>[ (time|from now)]",
    "<set> <a>reminder (for|in) <duration>[ (time|from now)] <purpose>",
    "<set> <a><length> reminder <purpose>",
    "<set> <a>(reminder|timer) <purpose> <in> <duration>[ (time|from now)]",
)
SET_TWO_WRITTEN = (
    "<set> <a>[{timer_name} ]timer <for> <duration> {also}[ {timer_name}][ timer] <for> <duration>",
)
SET_NO_LENGTH = ("(set|start) <a_new> [{timer_name} ]timer",)
SET_NO_LENGTH_WRITTEN = (
    "<set> <a>[{timer_name} ]timer",
    "<set> <a>timer <called> {timer_name}",
    "<set> <a>(reminder|countdown)",
)
SET_BARE_WRITTEN = (
    "<set> <a>[{timer_name} ]timer [<for> ]{bare}",
    "<set> <a>{bare} [{timer_name} ]timer",
)
SET_REST_WRITTEN = (
    "<set> <a>[{timer_name} ](timer|countdown) {free_rest}",
    "<set> <a>reminder (for|in|of) {free_rest}",
    "remind me in {free_rest}",
)
ALARM_WRITTEN = ("<set> <a>alarm (for|at|of) {free_rest}",)
REMIND_WRITTEN = ("(remind|alert|notify) me <purpose>", "<set> <a>reminder <purpose>")
UNIT = ("{unit_name}",)
TIME_OF_DAY = ("(set|start) (a timer|an alarm) for <time_of_day>", "wake me up at <time_of_day>")
TIME_OF_DAY_WRITTEN = ("<set> <a>[{timer_name} ]timer (for|until|till|to|at) <time_of_day>",)
LENGTH = ("[for |make it ]<duration>",)
LENGTH_WRITTEN = ("[(in|after|no) ]<duration>[ (time|from now)]",)
CLOCK_TIME_WRITTEN = ("[(for|at) ]<time_of_day>", "at {free_rest}")
BARE_WRITTEN = ("[for |in |after |make it ]{bare}",)
NO = ("(no|nope|nothing|none|none of them|neither|forget it)",)
CANCEL = ("(cancel|stop|delete) (<timer>|{it})",)
CANCEL_WRITTEN = (
    "[no ]<cancel> <timer>",
    "(turn|switch) <timer> off",
    "<cancel> [the |my ]{any_name} (timer|one|{reminder})",
)
PAUSE = ("pause <timer>",)
PAUSE_WRITTEN = ("<pause> <timer>",)
RESUME = ("(resume|continue) <timer>",)
RESUME_WRITTEN = ("<resume> <timer>",)
RESTART = ("(restart|reset) <timer>",)
RESTART_WRITTEN = (
    "<reset> <timer>",
    "(start|begin|run) <timer> (over|again|anew|afresh|from (the beginning|the start|scratch))",
    "start over <timer>",
)
EXTEND = ("add <so_much> {onto:then_timer} <timer>",)
EXTEND_WRITTEN = (
    "(add|put|give) <another><duration>[ (more|extra)] {onto:then_timer} <timer>",
    "(add|give me|i need) <another><duration>[ (more|extra|longer)]",
    "[(add|give me|i need) ]<more>",
    "((another|an extra|an additional) <duration>|<duration> more)",
    "(add|put) <more> {onto:then_timer} <timer>",
    "(extend|increase|lengthen|prolong) <timer> {by:then_length} <duration>",
    "give (<timer> {by:then_length}|<plain_timer>) <duration>[ more]",
    "make <plain_timer> <duration> longer",
)
SHORTEN = ("(subtract|take) <so_much> {off:then_timer} <timer>",)
SHORTEN_WRITTEN = (
    "<less> [(off|away) ]<duration>[ (away|off)] {off:then_timer} <timer>",
    "(subtract|remove|deduct|(take|knock|cut|shave) (off|away)) <duration>",
    "(take|knock|cut|shave) <duration> (off|away)",
    "(reduce|shorten|decrease|cut|lower) <timer> {by:then_length} <duration>",
    "make <plain_timer> <duration> shorter",
)
CHANGE_WRITTEN = (
    "(change|set|update|adjust|switch|make|modify|move|alter|extend|increase|lengthen|prolong|reset"
    "|shorten|reduce|decrease|cut|lower) <timer>[ from <duration>] {up_to:then_length} <duration>",
    "make <plain_timer> <duration>[ (long|instead)]",
    "{meant:it} <duration>[ instead]",
)
LIST = (
    "what timers (are running|do i have)",
    "(list|read) [(the|my) ]timers",
    "how many timers do i have",
)
LIST_WRITTEN = (
    "(what|which|how many) (timers|reminders) (are|are there|do i have|have i|did i)[ <running>]",
    "(list|show|show me|read|tell me|check) [all ][of ][the |my ](timers|reminders)",
    "[(do i have|have i got|are there) ][any ](timers|reminders)[ <running>]",
    "(is there|do i have|have i got) a (timer|reminder)[ <running>]",
    "is (a|any|my) timer <running>",
    "(<what_is> [the ]status of [the |my ]timers|timer status)",
)
LEFT = (
    "how (long|much time) is left[ on <timer>]",
    "how (long|much longer) until <timer> (ends|rings)",
)
_THING = "(<timer>|[(the|my) ]({timer_name:bare_name}|{any_name:any_bare}))"
LEFT_WRITTEN = (
    f"<how_long> [(is|is there|do i have|have i got) ]<left>[ (on|for|in|until) {_THING}]",
    f"<how_long> (is|does|has|do) {_THING} [(have|got|still have|still have got) ]<left>",
    f"<how_long> (on|for|until|till|before) {_THING}[ (is|are) <over>]",
    f"<how_long> (does|has|will|do) {_THING} (have|got|take|need|run)",
    f"<how_long> (until|till|before) {_THING} <ends>",
    f"(when|what time) (does|will|is|are|do) {_THING} (<ends>|<over>)",
    f"[<what_is> the ](time <left>|remaining time)[ (on|for|in|of) {_THING}]",
    "(check|<what_is> the status of) <timer>",
    "how much longer",
    f"how many (hours|minutes|seconds) (are|do i have) <left>[ (on|for|in|until) {_THING}]",
    f"<what_is> <left> (on|for|of) {_THING}",
    "<what_is> <timer> at",
    f"(is|are) {_THING} (<over>|still running|still going|running)[ yet]",
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
    "[[(the|my) ](timer|one) with ]<duration> {left_of}",
    "[(the|my) ]{reminder}[ <purpose>]",
    "[the one ]<purpose>",
)

EXAMPLES = (
    "set a timer for ten minutes",
    "set a pasta timer for eight minutes",
    "how long is left",
    "cancel the pasta timer",
)
