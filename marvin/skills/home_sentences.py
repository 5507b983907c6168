"""The sentences that Home Assistant is asked to carry out: a grammar for its own names.

Nothing is done here: `SentenceGroup.request` says what Home Assistant is asked.
"""

from dataclasses import replace

from marvin.backends.home_assistant.home_names import HomeNames
from marvin.languages.translation import tr
from marvin.skills.sentence_patterns import Numbers, Said, SentenceGroup, Skill, Words
from marvin.types import ReplyItem, Say

NAME = "home_assistant"
CONFIRM = "did you say"
"""The question whether a command was heard rightly; it is about the text."""

_SENTENCES = {
    "on_off": (
        "(turn|switch) {home_on_off} [the ]{home_thing}",
        "(turn|switch) [the ]{home_thing} {home_on_off}",
    ),
    "area": (
        "(turn|switch) {home_on_off} [all ][the ]lights in the {home_area}",
        "(turn|switch) {home_on_off} the {home_area} lights",
    ),
    "brightness": ("set [the ]{home_light} [brightness ]to {home_percent} percent",),
    "cover": ("{home_open_close} [the ]{home_cover}",),
    "lock": ("{home_lock_unlock} [the ]{home_lock}",),
    "scene": ("(activate|turn on) [the ]{home_scene}[ scene]",),
    "state": ("(is|are) [the ]{home_thing} {home_on_off}",),
    "locked": ("is [the ]{home_lock} (locked|unlocked)",),
    "open": ("(is|are) [the ]{home_cover} (open|closed)",),
    "sensor": ("<what_is> the {home_sensor}",),
}
_NEEDS = {
    "on_off": "home_thing",
    "area": "home_area",
    "brightness": "home_light",
    "cover": "home_cover",
    "lock": "home_lock",
    "scene": "home_scene",
    "state": "home_thing",
    "locked": "home_lock",
    "open": "home_cover",
    "sensor": "home_sensor",
}
"""The list without which there are no such sentences."""
# What is done is a slot, so that "on" and "off" have different meanings, and Marvin asks which.
_DOINGS: dict[str, Words] = {
    "home_on_off": ("on", "off"),
    "home_open_close": ("open", "close"),
    "home_lock_unlock": ("lock", "unlock"),
    "home_percent": Numbers(range(101), 100),
}
_YES = ("(yes|yeah|right|correct)",)
_YES_WRITTEN = ("(yes please|yep|sure|ok|do it|that is right|exactly|i did|please do)",)
_NO = ("(no|nope|wrong)",)
_NO_WRITTEN = ("(no thanks|no thank you|i did not|that is wrong|never mind|forget it)",)


def home_skill(names: HomeNames) -> Skill:
    lists = {
        "home_area": names.areas,
        "home_thing": names.things,
        "home_light": names.lights,
        "home_cover": names.covers,
        "home_lock": names.locks,
        "home_scene": names.scenes,
        "home_sensor": names.sensors,
    }
    known: dict[str, Words] = {name: phrases for name, phrases in lists.items() if phrases}
    groups = [
        SentenceGroup(sentences, _left, request=_heard, key=key)
        for key, sentences in _SENTENCES.items()
        if _NEEDS[key] in known
    ]
    yes = SentenceGroup(_YES, _left, CONFIRM, written=_YES_WRITTEN, request=_confirmed, key="yes")
    no = SentenceGroup(_NO, _okay, CONFIRM, written=_NO_WRITTEN, key="no")
    examples = (f"turn on the {names.things[0].lower()}",) if names.things else ()
    return Skill(NAME, (*groups, yes, no), examples, {**known, **_DOINGS})


def with_names(skill: Skill, translated: Skill) -> Skill:
    """The translated skill with the names, which are the same in every language."""
    if skill is translated:
        return skill
    named = {name: words for name, words in skill.lists.items() if name not in _DOINGS}
    examples = translated.examples if skill.examples else ()
    return replace(translated, examples=examples, lists={**translated.lists, **named})


def _left(said: Said) -> None:
    """To Home Assistant, or to the next match."""


def _okay(said: Said) -> list[ReplyItem]:
    return [Say(tr("Okay."))]


def _heard(said: Said) -> str:
    return said.heard


def _confirmed(said: Said) -> str:
    return said.about if isinstance(said.about, str) else ""
