"""Refuses requests that Marvin cannot fulfil, and names them.

A language model would agree to everything and do nothing.
"""

import re
from collections.abc import Callable, Collection

from marvin.languages.translation import spoken
from marvin.skills import cannot_know, refusals
from marvin.skills.sentence_patterns import Said, SentenceGroup, Skill
from marvin.skills.text import to_the_user
from marvin.types import Say

_LONGEST_NAMED = 14
"""Maximum length of a request that is repeated in the refusal, in words."""

_WEATHER = "<what_is> the weather[ like][ (today|tomorrow)]"
"""Also for recognisers with a grammar, which would misrecognise it otherwise."""

_LISTS = {
    "thing": (
        "light,lights,lamp,lamps,bulb,tv,television,telly,radio,heating,heater,heat,thermostat,"
        "temperature,brightness,humidity,fan,ac,air conditioning,air conditioner,oven,stove,"
        "kettle,coffee machine,coffee maker,dishwasher,washing machine,washer,dryer,vacuum,"
        "vacuum cleaner,hoover,robot,sprinklers,sprinkler,curtains,curtain,blinds,blind,shutters,"
        "door,doors,gate,garage,window,windows,plug,socket,camera,doorbell,computer,laptop,phone,"
        "printer,router,wifi,bluetooth,car,engine,music,song,songs,track,album,playlist,podcast,"
        "audiobook,video,film,movie,channel,station,recording,call,meeting,microphone,screen,"
        "shower,bath,fireplace,stopwatch,app,scene,speaker,speakers,stereo,projector,boiler,water,"
        "power,dehumidifier,humidifier"
    ),
    "record": (
        "email,emails,mail,mails,message,messages,calendar,appointment,appointments,news,"
        "headlines,traffic,voicemail,notifications,photos,contacts,diary,agenda,bank account,"
        "bank balance,balance,shopping list,to do list,list,lists,notes,schedule"
    ),
    "news": "news,headlines",
    "new_record": (
        "event,appointment,meeting,contact,call,note,phone call,reservation,booking,playlist,"
        "shopping list,to do list,todo list,backup,folder,file,document,account,payment,purchase,"
        "coffee,tea,sandwich"
    ),
    "music": "music,jazz,rock,pop,classical music,hip hop,techno,blues,reggae,mozart,bach,beethoven"
    ",radio,tunes,songs",
    "cover": "curtain,curtains,blind,blinds,shutter,shutters,awning",
    "errand": (
        "coffee,tea,beer,drink,water,taxi,cab,uber,lift,ride,sandwich,lunch,dinner,breakfast"
    ),
}
_RULES = {
    "a_thing": (
        "[(the|my|our|your|a|an|two|all|all the|all of the|both|every|some|this|that) ]"
        "[{any_sort} ]"
    ),
    "turn_it": "(turn|turning|switch|switching|power|put|flip)",
    "something": "{free_what}",
    "and_more": "[ {free_more}]",
    "a_list": (
        "(list|lists|calendar|diary|cart|basket|playlist|queue|contacts|agenda|notes|to do|todo)"
    ),
    "do_with": (
        "(set|create|make|add|start|begin|cancel|stop|delete|remove|turn off|turn on|switch off"
        "|switch on|change|disable|enable|clear|put on|give me|i need|i want|schedule|end|move"
        "|get rid of|reset|edit|update|pause|resume|restart|rename|call|name|extend|reduce|have)"
    ),
    "do": (
        "(dim|brighten|lock|unlock|vacuum|hoover|mop|preheat|defrost|mute|unmute|arm|disarm|enable"
        "|disable|activate|deactivate|install|uninstall|download|upload|reboot|connect|disconnect"
        "|pair|sync|charge|unplug|broadcast|dial|redial|open|opening|close|closing|shut|play"
        "|playing|stream|cast|listen to|watch|launch|call|calling|phone|ring|text|texting|email"
        "|e mail|fax|send|sending|post|forward|message|flash|blink|tweet|whatsapp|announce"
        "|reply to|book|booking|reserve|schedule|reschedule|buy|order|ordering|rent|hire|pay"
        "|transfer|donate|cancel|delete|erase|note that|remember to|remember that|remember my"
        "|remember where i|google|navigate|drive me|drive to|take me to|press|push|click|tap"
        "|scroll|facetime|skype|search for)"
    ),
}

_ALARMS = (
    "<do_with> <a_thing>(alarm|alarms|wake up call)<and_more>",
    "<a_thing>(alarm|alarms) (for|at|on|off)<and_more>",
    "(wake me|wake us|snooze)<and_more>",
)
_OWN_ALARMS = (
    "(what|which|how many) alarms (do i|have i|are)<and_more>",
    "(do|have) i (have|got) (a|an|any) (alarm|alarms)<and_more>",
    "(when|what time) is my [next ]alarm",
    "(is|are) (my|the|an|any|there any) (alarm|alarms)[ (on|set|off|active)]",
)
_LOOKED_UP = (
    "(show|read|read out|check|open|tell) [(me|for|us) ][(the|my|any) ][(new|latest) ]{record}"
    "<and_more>",
    "(do|have) i (have|got) [(any|a|an) ][(new|unread) ]{record}<and_more>",
    "(what is|what do i have) (on|in) my {record}<and_more>",
    "(what are|what is) [in |on ]the [(latest|new) ]{news:record}",
)
_REMINDERS = ("remind (me|us)<and_more>", "<do_with> <a_thing>(reminder|reminders)<and_more>")
_TIMERS = ("<do_with> <a_thing>(timer|timers|countdown)<and_more>",)
_ACTIONS = (
    "<do> <something>",
    "<turn_it> (on|off|up|down|out) <something>",
    "<turn_it> <something> (on|off|up|down|out)<and_more>",
    "(turn|switch|put) <a_thing>{thing} to <something>",
    "<a_thing>{thing} (on|off|up|down)",
    "(i want|i need) <a_thing>{thing} (on|off)",
    "(start|set|stop|kill|pause|resume|end|begin|run|skip|repeat|restart|rewind|shuffle|raise|lower"
    "|increase|decrease|reduce|change|adjust|warm up|cool down|heat) <a_thing>{thing}<and_more>",
    "make it [(a bit|a little|much) ](warmer|colder|cooler|hotter|brighter|darker|dimmer|louder)"
    "<and_more>",
    "(everything|all) (on|off)",
    "(turn|switch) (on|off)",
    "(pause|resume|play|unmute|mute|vacuum)",
    "(hear|listen to|have|could i have|could i hear|i would like|i'd like|i want) "
    "[(some|the|a bit of) ]{music}<and_more>",
    "hear (some|the news|the headlines)[ <something>]",
    "(pull|draw|roll|let) [(up|down) ](the|my|our|all the) [{any_sort} ]{cover}[ (up|down)]",
    "make [(me|us) ][some ](coffee|tea|dinner|breakfast|lunch|toast)<and_more>",
    "pick up the (phone|call)",
    "show me [(the|a|some|my) ](pictures|photos|pics|images|videos|picture|photo|map|video) "
    "<something>",
    "look up my <something>",
    "start (a|the|my) [(shopping|to do|todo) ]list<and_more>",
    "let [my ]{any_person} know <something>",
    "inform [my ]{any_person} (that|about) <something>",
    "notify (me|us) <something>",
    "(tell|let) (me|us) [know ]when (the|my) {free_what} "
    "(arrives|comes|is done|is ready|is finished|finishes|gets home|is over|rings|starts)",
    "(tell|let) (me|us) [know ]when {any_person} (arrives|gets home|comes home|comes|calls)",
    "make <a_thing>{thing} <something>",
    "set (the|my|a|an|up|all) <something>",
    "(clean|water|feed|wash|walk|sweep|iron|boil|brew) (the|my|up|some|a|an) <something>",
    "(go to|go back to|play) the (next|previous|last) {thing}",
    "(skip|next|previous) (this|that|song|track|episode|video)<and_more>",
    "tell [my ]{any_person} (that|to|i|i am|i'll|i will|we|we are)<and_more>",
    "(move|postpone|shift) (my|the|our) {new_record}<and_more>",
    "(stop listening|change your (voice|name|language))<and_more>",
    "(answer|join|leave|decline|accept|hang up) (the|my|this|that) (phone|call|meeting)<and_more>",
    "hang up",
    "(remove|take) <something> (from|off) (the|my|our) [{free_more} ]<a_list>",
    "let (the|my) {any_person} (in|out)",
    "(remove|clear) (the|my|our|all|everything|that) <something>",
    "(add|put) <something> (to|on|in) (the|my|our) [{free_more} ]<a_list>",
    "(add|create|make|schedule) [me ](a|an|the|my|new) [(new|cup of) ]{new_record}<and_more>",
    "take (a|an|my|the) (note|photo|picture|screenshot|selfie|video|memo|message)<and_more>",
    "(note|write|jot) [(this|that|it) ]down<and_more>",
    "(record|save) (a|the|my|this|that|it)<and_more>",
    "(print|scan|copy) (the|this|that|a) (document|page|photo|file|ticket|label)<and_more>",
    "(print|scan|share|find|locate|track) my <something>",
    "(show|check) [me ](the|my) [(front|back) ](door|camera)<and_more>",
    "(search|look up|look for) <something> (on|in) (the internet|the web|google|youtube)",
    "(search|look) (online|the internet|the web|on the internet|on google) for <something>",
    "(give|get|show) me directions<and_more>",
    "(get|bring|fetch|make|give) me [(a|an|some|my) ][(cup|glass|bottle) of ]{errand}<and_more>",
    "(log|sign|check) me (in|out|up)<and_more>",
    "(log in|sign up|sign in|check in|subscribe|unsubscribe)<and_more>",
    "(restart|update|upgrade|shut down) (the|my|your|this|yourself)<and_more>",
)
_EMERGENCY = (
    "(call|phone|dial|ring)[ me] (an ambulance|the ambulance|911|112|999|9 1 1|1 1 2|9 9 9"
    "|the police|the fire (brigade|department|service)|emergency services|emergency)<and_more>",
    "(i need|we need) (an ambulance|the police|the fire (brigade|department))<and_more>",
    "(it is an emergency|this is an emergency|emergency)",
)
_WISHES = (
    "it is [(too|so|very|really|a bit) ](dark|cold|hot|warm|bright|stuffy|freezing|boiling|chilly)"
    " (in here|here|in this room|in the room)",
    "have <a_thing>{thing} (on|off|up|down|open|closed|higher|lower|warmer|brighter|louder)"
    "<and_more>",
    "have <a_thing>{thing} (a bit|a little|much) <something>",
    "[(some|the|a bit of|louder) ]{music}",
    "(lights|light|lamps)",
    "<a_thing>{thing} to {free_level}",
    "(i need|i want|i would like|i'd like) (a|an) (taxi|cab|uber|lift home|ride|ambulance)"
    "<and_more>",
)
_AND_THEN = (
    "{free_before} and [then ][also ](<turn_it> (on|off) <something>|<turn_it> <something> (on|off)"
    "|(call|send|email|text|order|book|open|unlock|lock) <something>)",
)

_QUESTION = re.compile(
    r"(?:what|who|whom|whose|how|why|when(?! (?:i|we|my)\b)|where|which|explain|describe|translate"
    r"|write(?! (?:(?:this|that|it) )?down)|define|imagine|teach|compose|summari[sz]e"
    r"|tell (?:me|us) (?:how|why|what|when|where|who|which|about|if|whether|more)"
    r"|if|is|are|should|does|did|would|could)\b"
)
"""Questions that a language model can answer, even if the rest sounds like a request."""
_DETERMINED = re.compile(r"(?:the|my|our|your|a|an|all|every|everything|both|this|that)\b")
_ON_OR_OFF = re.compile(
    r"(?!turn|switch|put|power|flip|hang|lock|log|sign|shut|set|play)[\w' ]+ (?:on|off|up|down)"
)
_AND = re.compile(r"^.*? and (?:then )?(?:also )?")
_TALK = re.compile(
    r"\b(?:facts?|advice|ideas?|examples?|opinions?|news about)\b"
    r"|\b(?:quiz|riddles?|trivia|role|20 questions|with me|i spy|hangman|pretend|advocate"
    r"|chess|spell|scissors|along|dumb|character|story|stories|jokes?|poems?|haiku|limerick|rhymes?"
    r"|essay|paragraphs?|sentences?|words?|letters?|vowels?|commas?|duplicates?|bullet points?"
    r"|tone|topic|subject|alphabetical\w*|chronological\w*|ascending|descending|simply|simpler"
    r"|context|perspective|equations?|brackets|terms|accent"
    r"|your (?:mind|eyes|voice)|up about)\b|\binto\b"
    r"|\b(?:in|to) (?:spanish|french|german|english|italian)\b"
    r"|^play.*\bgames?\b|^(?:listen to|watch) (?:me|this|out)\b|^(?:set|put) the (?:scene|stage)"
    r"|^order (?:of|these|those|them|the following)\b|^book (?:recommend|review)"
    r"|\b(?:tips|etiquette|theory|summary|explained|meaning|trick|prank|mood)\b|^text of\b"
    r"|^(?:open|close) with\b|^order the (?:numbers|words|names|list)"
    r"|^call (?:me|it|this|that|yourself)\b(?! an? (?:taxi|cab|doctor|ambulance)| back)"
)
"""Requests that a language model can fulfil with words alone."""

_AS_VERB = (
    (re.compile(r"^(?:have|hear|listen to) (?:some )?(?=\w)(?!the)"), "play "),
    (re.compile(r"^(?:i want|i need) "), "turn "),
    (re.compile(r"^(?=(?:next|previous) )"), "play the "),
    (re.compile(r"^clos(?:e|ing)\b"), "close"),
    (re.compile(r"^(\w+) some (?!of\b)"), r"\1 "),
    (re.compile(r"^(turn|switch|open|call|text|send|book|order|play)ing\b"), r"\1"),
)


LIMITS = "limits"
"""Name of the skill that says what Marvin cannot do; disabled if something else can."""


def limits_skill(disabled: Collection[str]) -> Skill:
    """The refusals, used when no other skill matches. `disabled` skills are not offered."""
    alarms, timers = "alarms" not in disabled, "timers" not in disabled
    known = (
        _declined(key, written, _fixed(no), asked=True) for key, written, no in cannot_know.UNKNOWN
    )
    phrases = (
        SentenceGroup(
            (_WEATHER,),
            lambda said: [Say(_no_record("the weather"))],
            request=lambda said: said.heard,
        ),
        _declined("emergency", _EMERGENCY, _fixed(refusals.emergency)),
        _declined("alarms", _ALARMS, lambda said: refusals.alarm(alarms, timers)),
        _declined("", _OWN_ALARMS, lambda said: refusals.alarm(alarms, timers), asked=True),
        _declined("reminders", _REMINDERS, lambda said: refusals.reminder(alarms, timers)),
        _declined("timers", _TIMERS, lambda said: refusals.timer(timers)),
        _declined("", _LOOKED_UP, lambda said: _no_record(_record(said)), asked=True),
        *known,
        _declined("", _WISHES, _fixed(refusals.action)),
        _declined("actions", _ACTIONS, lambda said: _cannot(said.text)),
        _declined("", _AND_THEN, lambda said: _cannot(_AND.sub("", said.text))),
    )
    written = _LISTS | cannot_know.LISTS
    lists = {name: tuple(words.split(",")) for name, words in written.items()}
    return Skill(LIMITS, phrases, (), lists, _RULES | cannot_know.RULES)


def _record(said: Said) -> str:
    record = said.get("record") or ""
    return f"{'the' if record in ('news', 'headlines', 'traffic') else 'your'} {record}"


def _no_record(record: str) -> str:
    return f"I cannot look up {record}. {cannot_know.next_step()}"


def _fixed(no: Callable[[], str]) -> Callable[[Said], str]:
    return lambda said: no()


def _declined(
    key: str, written: tuple[str, ...], no: Callable[[Said], str], *, asked: bool = False
) -> SentenceGroup:
    """`asked`: also if it is a question."""

    def talk(said: Said) -> bool:
        if (language := spoken()) is not None:
            return not asked and bool(re.search(language.areas["limits"].unless, said.text))
        part = _AND.sub("", said.text) if said.get("free_before") else said.text
        question = _QUESTION.match(said.text) or _QUESTION.match(said.get("free_more") or "")
        return bool((question and not asked) or _TALK.search(part))

    return SentenceGroup(
        (),
        lambda said: [Say(no(said))],
        written=written,
        tentative=True,
        unless=talk,
        # An emergency does not wait for another program.
        request=lambda said: "" if key == "emergency" else said.heard,
        key=key,
    )


def _cannot(text: str) -> str:
    if spoken() is not None:  # Repeating the request would take its grammar.
        return refusals.action()
    for pattern, verb in _AS_VERB:
        text = pattern.sub(verb, text)
    if _ON_OR_OFF.fullmatch(text):
        the = "" if _DETERMINED.match(text) else "the "
        text = f"turn {the}{text}"
    what = to_the_user(text) if len(text.split()) <= _LONGEST_NAMED else "do that"
    return refusals.action(what)
