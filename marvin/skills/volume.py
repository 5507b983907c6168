"""The volume skill."""

from marvin.dialogue import Dialogue
from marvin.languages.translation import tr
from marvin.skills.sentence_patterns import Numbers, Said, SentenceGroup, Skill, Words
from marvin.types import Act, ReplyItem, Say

_STEP = 0.1
_LEVELS = {
    "maximum": 1.0,
    "max": 1.0,
    "full": 1.0,
    "the maximum": 1.0,
    "half": 0.5,
    "medium": 0.5,
    "minimum": _STEP,
    "the minimum": _STEP,
    "low": 0.3,
    "high": 0.8,
}


_UP = ("turn the volume up", "turn up the volume", "volume up", "speak louder")
_UP_WRITTEN = (
    "(turn|put) [(the|your) ](volume|sound) up",
    "(turn up|increase|raise) [(the|your) ](volume|sound)",
    "(turn it up|crank it up)",
    "[(speak|talk|be|go) ][(a bit|a little|much) ]louder",
    "(speak|talk) up",
    "((turn|put) [(the|your) ]volume|volume|turn it) up by {percent}[ percent]",
    "(turn up|increase|raise) [(the|your) ]volume by {percent}[ percent]",
)
_DOWN = ("turn the volume down", "turn down the volume", "volume down", "speak quietly")
_DOWN_WRITTEN = (
    "(turn|put) [(the|your) ](volume|sound) down",
    "(turn down|decrease|lower|reduce) [(the|your) ](volume|sound)",
    "turn it down",
    "[(speak|talk|be|go) ][(a bit|a little|much|more) ](quieter|softer|quietly)",
    "((turn|put) [(the|your) ]volume|volume|turn it) down by {percent}[ percent]",
    "(turn down|decrease|lower|reduce) [(the|your) ]volume by {percent}[ percent]",
)
_SET = ("set the volume to {percent} percent", "(maximum|full) volume")
_SET_WRITTEN = (
    "(set|turn|put|change|make) [(the|your) ](volume|sound) [(up|down) ](to|at) "
    "({percent}[ percent]|{level})",
    "turn (up|down) [(the|your) ](volume|sound) to ({percent}[ percent]|{level})",
    "turn it (up|down) to ({percent}[ percent]|{level})",
    "[(the|your) ]volume [(to|at) ]({percent}[ percent]|{level})",
    "max volume",
    "turn (it|the volume|the sound) all the way up",
)
_MUTE = ("mute the sound",)
_MUTE_WRITTEN = ("(mute|mute yourself|turn the sound off)",)
_UNMUTE = ("turn on the sound",)
_UNMUTE_WRITTEN = ("(unmute|un mute)[ yourself]", "unmute the sound", "sound on")
_ASK = ("<what_is> the volume",)
_ASK_WRITTEN = ("<what_is> the volume level", "how loud are you", "<what_is> your volume")


def volume_skill() -> Skill:
    """Changes and reports the volume of the conversation."""
    phrases = (
        SentenceGroup(_UP, lambda said: _step(said, 1), written=_UP_WRITTEN, key="up"),
        SentenceGroup(_DOWN, lambda said: _step(said, -1), written=_DOWN_WRITTEN, key="down"),
        SentenceGroup(_SET, _set, written=_SET_WRITTEN, key="set"),
        SentenceGroup(_MUTE, _mute, written=_MUTE_WRITTEN, key="mute"),
        SentenceGroup(_UNMUTE, _unmute, written=_UNMUTE_WRITTEN, key="unmute"),
        SentenceGroup(_ASK, _tell, written=_ASK_WRITTEN, key="ask"),
    )
    lists: dict[str, Words] = {"percent": Numbers(range(101), 10_000), "level": tuple(_LEVELS)}
    return Skill("volume", phrases, ("set the volume to fifty percent", "volume up"), lists)


def _percent(volume: float) -> int:
    return round(volume * 100)


def _tell(said: Said) -> list[ReplyItem]:
    return [
        Say(tr("The volume is at {percent} percent.", percent=round(said.dialogue.volume * 100)))
    ]


def _step(said: Said, direction: int) -> list[ReplyItem]:
    before = said.dialogue.volume
    percent = said.number("percent")
    step = _STEP if percent is None else percent / 100
    volume = min(1.0, max(0.0, round(before + direction * step, 2)))
    if volume == before:
        text = tr("The volume is already at {percent} percent.", percent=_percent(volume))
        return [Act(volume), Say(text)]
    return _to(said.dialogue, volume)


def _set(said: Said) -> list[ReplyItem]:
    percent = said.number("percent")
    if percent is None:
        return _to(said.dialogue, _LEVELS[said.get("level") or "maximum"])
    if percent > 100:
        return [Say(tr("The volume goes from 0 to 100 percent."))]
    return _to(said.dialogue, percent / 100)


def _mute(said: Said) -> list[ReplyItem]:
    return _to(said.dialogue, 0.0)


def _unmute(said: Said) -> list[ReplyItem]:
    return _to(said.dialogue, said.dialogue.volume or said.dialogue.audible_volume)


def _to(dialogue: Dialogue, volume: float) -> list[ReplyItem]:
    dialogue.audible_volume = dialogue.volume or dialogue.audible_volume
    dialogue.volume = volume
    # Nobody would hear a text at volume 0.
    text = tr("Volume {percent} percent.", percent=_percent(volume))
    return [Act(volume), *([Say(text)] if volume else [])]
