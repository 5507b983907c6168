"""Skills that manage the conversation: repeat, stop, help, small talk."""

from collections.abc import Callable, Sequence

from marvin.languages.translation import tr
from marvin.skills import spoken_numbers as numbers
from marvin.skills.sentence_patterns import ANY_LANGUAGE, Answer, Said, SentenceGroup, Skill
from marvin.types import Ask, Forget, Notice, ReplyItem, Say

_HELP_EXAMPLES = 4


def repeat_skill() -> Skill:
    """Repeats the last reply."""

    def repeat(said: Said) -> list[ReplyItem]:
        return [Say(said.dialogue.last_reply or tr("I have not said anything yet."))]

    written = (
        "(what|sorry|huh|excuse me)",
        "(repeat|say) that[ again]",
        "(repeat|say) it[ again]",
        "repeat[ that] please",
        "say again",
        "come again",
        "what did you (say|just say)",
        "what was that",
        "(pardon|pardon me|sorry what|repeat)",
        "i (didn't|did not) (hear|catch|get) (that|you)",
    )
    spoken = ("(repeat|say) that again", "what did you say")
    phrase = SentenceGroup(spoken, repeat, written=written, key="repeat")
    return Skill("repeat", (phrase,), ("say that again",))


def stop_skill() -> Skill:
    """The stop skill: an empty reply ends the turn and everything in progress."""
    sentences = ("(stop|stop it|stop talking|cancel|never mind|forget it|be quiet|shut up)",)
    written = (
        "(stop|stop it|stop that|stop talking|stop now|stop everything)",
        "(stop|turn off|silence) the (alarm|noise|ringing|beeping)",
        "(cancel|cancel that|cancel it|cancel everything|abort)",
        "(never mind|nevermind|forget it|forget about it|no thanks)",
        "(no thank you|not now|go away|dismiss|silence|enough)",
        "(be quiet|quiet|shut up|hush|shush|be silent|that's enough|that is enough)",
        "go (back )to sleep",
        "that's all[ thanks]",
    )
    silence = SentenceGroup(sentences, lambda said: [], written=written, key="stop")
    return Skill("stop", (silence,), ("never mind",))


def forget_skill() -> Skill:
    """Clears the memory of the conversation."""
    written = (
        "forget (that|this|everything|what i [just ]said|what we [just ](said|talked about))",
        "(forget|clear|erase|delete) (this|the|our) conversation",
        "[start ]a new conversation",
    )

    def forget(said: Said) -> list[ReplyItem]:
        # A notice, because an answer would be remembered.
        return [Forget(), Notice(tr("Forgotten."))]

    phrase = SentenceGroup(("forget that",), forget, written=written, key="forget")
    return Skill("forget", (phrase,))


def suggestion(skills: Sequence[Skill], count: int) -> str:
    """A sentence with at most `count` example commands; empty if there are none."""
    every = [skill.examples[0] for skill in skills if skill.examples]
    if not every:
        return ""
    # Spread over the list: neighbours, such as date and day, are similar.
    step = -(-len(every) // count)
    some = [f'"{example}"' for example in every[::step]]
    return tr("You can say, for example: {examples}.", examples=numbers.listed(some, "or"))


def help_skill(skills: Callable[[], Sequence[Skill]]) -> Skill:
    """The help skill, which names a few example sentences of the enabled skills."""

    def answer(said: Said) -> list[ReplyItem]:
        return [Say(suggestion(skills(), _HELP_EXAMPLES))]

    written = (
        "what can (you do|i say|i ask|i ask you|you do for me|you help with)",
        "what (do|can) you (know|understand|do)",
        "what else can (you do|i say|i ask)",
        "what (kind of |sort of |)(things|questions) can (you do|you answer|i ask|i ask you)",
        "what are your (skills|commands)",
        "(help|help me)",
        "how can you help[ me]",
        "what (should|could) i (say|ask)",
    )
    phrase = SentenceGroup(("what can (you do|i say)",), answer, written=written, key="help")
    return Skill("help", (phrase,))


# Key, sentences, written variants, and the reply for a wake phrase.
_SMALLTALK: tuple[tuple[str, tuple[str, ...], tuple[str, ...], Callable[[str], str]], ...] = (
    (
        "hello",
        (),
        ("(hello|hi|hey|hello there|hi there|good day|greetings)",),
        lambda name: tr("Hello!"),
    ),
    ("good_morning", ("good morning",), (), lambda name: tr("Good morning!")),
    ("good_afternoon", (), ("good afternoon",), lambda name: tr("Good afternoon!")),
    ("good_evening", ("good evening",), (), lambda name: tr("Good evening!")),
    (
        "good_night",
        ("good night",),
        ("(sleep well|sweet dreams)",),
        lambda name: tr("Good night!"),
    ),
    (
        "goodbye",
        (),
        ("(goodbye|good bye|bye|bye bye|see you|see you later|see you soon)",),
        lambda name: tr("Goodbye!"),
    ),
    (
        "thanks",
        ("thank you[ very much]",),
        (
            "(thanks|thank you|cheers)[ (very much|so much|a lot)]",
            "many thanks",
            "(well done|good job|great job|nice work|good work)",
        ),
        lambda name: tr("You are welcome."),
    ),
    (
        "who_are_you",
        ("who are you", "<what_is> your name"),
        ("what are you", "(introduce|tell me about) yourself", "do you have a name"),
        lambda name: tr("I am {name}, a voice assistant that lives on this machine.", name=name),
    ),
    (
        "how_are_you",
        ("how are you",),
        ("how are you (doing|today|doing today)", "how do you do", "are you (ok|okay|well)"),
        lambda name: tr("I am well, thank you."),
    ),
    (
        "can_you_hear_me",
        ("can you hear me",),
        ("are you (there|listening|awake|here)", "do you hear me"),
        lambda name: tr("I am listening."),
    ),
)


def smalltalk_skill(wake_phrase: str) -> Skill:
    """The small talk skill: short replies to greetings, thanks and the like."""

    def says(reply: Callable[[str], str]) -> Answer:
        return lambda said: [Say(reply(wake_phrase.title()))]

    phrases = [
        SentenceGroup(sentences, says(reply), written=written, key=key)
        for key, sentences, written, reply in _SMALLTALK
    ]
    # Only the name: the rest of the sentence is still to come.
    name = SentenceGroup(
        (), lambda said: [Ask(tr("Yes?"))], written=(wake_phrase.lower(),), key=ANY_LANGUAGE
    )
    return Skill("smalltalk", (*phrases, name))
