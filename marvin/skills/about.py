"""Questions about Marvin itself, and jokes."""

from collections.abc import Callable
from random import Random

from marvin.languages.translation import tr
from marvin.skills.sentence_patterns import Answer, Said, SentenceGroup, Skill
from marvin.types import ReplyItem, Say

# Key, reply and sentences.
_FACTS: tuple[tuple[str, Callable[[], str], tuple[str, ...]], ...] = (
    (
        "privacy",
        lambda: tr(
            "What you say stays on this machine, unless your models.toml names a server. "
            "I do not keep recordings, and I only listen for my wake word until you say it."
        ),
        (
            "where (does|do) (my data|my recordings|my voice|my words) go",
            "what happens (to|with) my (data|recordings|voice)",
            "(do|are) you (record|recording|listen to|spy on|spying on|save|store|keep) "
            "(me|us|everything|everything i say|what i say|my words"
            "|[my ](data|voice|conversations|recordings))",
            "are you (always|constantly) (listening|recording)[ to me]",
            "do you always listen[ to me]",
            "do you (send|share|sell) (my data|my voice|what i say|my recordings)[ <anywhere>]",
            "is my data (safe|private|secure)[ with you]",
            "are you (private|safe|secure|spying on me)",
            "do you respect my privacy",
        ),
    ),
    (
        "maker",
        lambda: tr("I am open source software: everybody may read, change and share me."),
        (
            "who (made|built|created|programmed|invented|designed|wrote|developed|owns) you",
            "who (is|are) your (maker|creator|developer|developers|boss|parents|father|mother)",
            "where (do you come|are you) from",
        ),
    ),
    (
        "offline",
        lambda: tr("I run on this machine, and my skills need no internet."),
        (
            "(are you|do you need to be) (online|connected|connected to the internet)",
            "do you (need|have|use) [an ](internet|internet connection|internet access|wifi)",
            "do you work (offline|without [the ]internet)",
            "where (do you live|are you)",
        ),
    ),
    (
        "program",
        lambda: tr("I am a program, with no body and no feelings."),
        (
            "are you [really ](human|real|alive|conscious|sentient|just a program)",
            "are you [really ](a|an) [(real|actual|living) ](robot|human|human being|person|bot"
            "|computer|machine|ai|woman|man|girl|boy|program)",
            "are you [an ](artificial intelligence|intelligent)",
            "do you (have feelings|sleep|eat|dream)",
            "(how old are you|when is your birthday|what is your age)",
            "are you (male or female|a man or a woman|a boy or a girl|male|female)",
            "are you (alexa|siri|google|cortana)",
        ),
    ),
    (
        "own_commands",
        lambda: tr(
            "You can give me commands of your own: write them under skills.commands in models.toml."
        ),
        (
            "how (do|can) i (teach|add|give) you (a |new |more )[(new|another) ]"
            "(command|commands|skill|skills|things|something)",
            "how (do|can) i (add|make|create|write) (a|my own) [(new|custom) ]"
            "(command|commands|skill|skills)",
            "(can you learn|can i teach you)[ (something|new things|new commands)]",
        ),
    ),
)
_RULES = {"anywhere": "(to|with) (anyone|anybody|someone|the cloud|amazon|google|the internet)"}

_JOKE = ("tell me a joke",)
_JOKE_WRITTEN = (
    "(tell|say|give) [(me|us) ](a|another|1 more|your best|a good|a funny|some) (joke|jokes)",
    "(do you know|do you have|have you got|know) (a|any|some|a good|any good) (joke|jokes)",
    "[(a|another) ]joke",
    "(hear|have|let me hear) (a|another) joke",
    "(say|tell me) something funny",
    "[have you ]got (any|a|any good) (joke|jokes)",
)


def _jokes() -> tuple[str, ...]:
    """Other languages have jokes of their own in place of these."""
    return (
        tr("Why did the timer go to school? To get a little more seconds education."),
        tr("I told the toaster a secret. It popped up at breakfast."),
        tr("Why do clocks make bad poker players? Their hands are always showing."),
        tr("My voice is in good shape. I do a few sound bites a day."),
        tr("Why was the loudspeaker so tired? It had been up all volume."),
        tr("What does a microphone wear to a wedding? A nice little windscreen."),
        tr("Why did the lamp quit its job? It could not see a bright future in it."),
        tr("I would tell you a joke about silence, but it would end this conversation."),
        tr("How does a computer eat its soup? One byte at a time."),
        tr("Why did the calendar look so worried? Its days were numbered."),
        tr("What did the kettle say to the cup? You are looking a bit mugged."),
        tr("Why did the router break up with the cable? There was no longer a connection."),
    )


def about_skill() -> Skill:
    phrases = tuple(
        SentenceGroup((), _says(reply), written=written, key=key) for key, reply, written in _FACTS
    )
    return Skill("about", phrases, ("where does my data go",), {}, _RULES)


def _says(reply: Callable[[], str]) -> Answer:
    return lambda said: [Say(reply())]


def jokes_skill(random: Random) -> Skill:
    """No joke twice in a row."""

    def tell(said: Said) -> list[ReplyItem]:
        others = [joke for joke in _jokes() if joke != said.dialogue.last_reply]
        return [Say(random.choice(others))]

    joke = SentenceGroup(_JOKE, tell, written=_JOKE_WRITTEN, key="joke")
    return Skill("jokes", (joke,), ("tell me a joke",))
