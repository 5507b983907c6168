"""Sets timers: their duration, name and purpose."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from itertools import pairwise

from marvin.languages.translation import spoken, tr
from marvin.skills import durations
from marvin.skills.sentence_patterns import Said, SentenceGroup
from marvin.skills.text import as_heard, capital
from marvin.skills.timers import timer_phrases as says
from marvin.skills.timers.timer import MAX_S, MAX_TIMERS, MIN_S
from marvin.skills.timers.timer_choice import name, purpose
from marvin.skills.timers.timer_set import Timers
from marvin.types import ReplyItem, Say

_LENGTH = "timer length"
_UNIT = "unit of a timer's length"
_NOUNS = ("second", "minute", "hour")
_UNIT_S = {"seconds": 1, "minutes": 60, "hours": 3600}
_TIME_OF_DAY = re.compile(
    r"\b(?:at|by|until|till|before|around) \d|\bfor \d+(?: \d\d)?$|\b(?:noon|midnight|midday)\b"
    r"|\b(?:half|quarter|minutes) (?:past|to)\b"
    r"|\b(?:tomorrow|tonight|today|morning|afternoon|evening|every|daily|o'clock|[ap] ?m|next week"
    r"|(?:mon|tues|wednes|thurs|fri|satur|sun)days?|christmas)\b"
)
_LENGTH_OF_TIME = re.compile(r"\b(?:hour|minute|second)s?\b")
_ONE_LENGTH = r"(?:\d+|an?|half an) (?:hour|minute|second)s?\b"
_TWO_LENGTHS = re.compile(rf"\b{_ONE_LENGTH}.* and |\band\b.*\b{_ONE_LENGTH}")
_STARTS_WITH_LENGTH = re.compile(rf"^{_ONE_LENGTH}|{_TWO_LENGTHS.pattern}")


class TimerSetting:
    """Sets timers, and asks for a missing duration."""

    def __init__(self, timers: Timers, clock: Callable[[], datetime]) -> None:
        self._timers = timers
        self._clock = clock
        self.counted: dict[str, int] = {}
        """Timer ids by ordinal: "set a second timer"."""

    def answers(self) -> tuple[SentenceGroup, ...]:
        """Answers to the questions that this class asks."""
        return (
            SentenceGroup(says.LENGTH, self._set_asked, _LENGTH, key="length"),
            SentenceGroup((), self._set_asked, _LENGTH, says.LENGTH_WRITTEN),
            SentenceGroup((), self._bare, _LENGTH, says.BARE_WRITTEN, key="bare_length"),
            SentenceGroup((), self._bare, _UNIT, says.BARE_WRITTEN),
            SentenceGroup((), self._clock_time, _LENGTH, says.CLOCK_TIME_WRITTEN),
            SentenceGroup(
                says.UNIT, self._set_asked, _UNIT, says.LENGTH + says.LENGTH_WRITTEN, key="unit"
            ),
            SentenceGroup(says.NO, lambda said: [], _LENGTH, key="no_length"),
            SentenceGroup(says.NO, lambda said: [], _UNIT, key="no_unit"),
        )

    def phrases(self) -> tuple[SentenceGroup, ...]:
        return (
            SentenceGroup((), self._set_two, written=says.SET_TWO_WRITTEN, key="set_two"),
            SentenceGroup(
                says.SET, self._set_new, written=says.SET_WRITTEN, unless=_names_a_number, key="set"
            ),
            SentenceGroup((), self._set_why, written=says.SET_PURPOSE_WRITTEN, key="set_purpose"),
            SentenceGroup(
                says.SET_NO_LENGTH,
                self._set_new,
                written=says.SET_NO_LENGTH_WRITTEN,
                key="set_no_length",
            ),
            SentenceGroup(
                says.TIME_OF_DAY,
                self._time_of_day,
                written=says.TIME_OF_DAY_WRITTEN,
                key="set_until",
            ),
        )

    def unclear(self) -> tuple[SentenceGroup, ...]:
        """Requests for a timer that are only partly understood."""
        return (
            SentenceGroup(
                (), self._set_new, written=says.SET_BARE_WRITTEN, tentative=True, key="set_bare"
            ),
            SentenceGroup((), self._time_of_day, written=says.ALARM_WRITTEN, tentative=True),
            SentenceGroup(
                (),
                self._not_understood,
                written=says.SET_REST_WRITTEN,
                tentative=True,
                key="set_rest",
            ),
            SentenceGroup((), self._remind, written=says.REMIND_WRITTEN, tentative=True),
        )

    def _set_new(self, said: Said) -> list[ReplyItem]:
        return self._set(said, said)

    def _set_asked(self, said: Said) -> list[ReplyItem]:
        return self._set(said, _asked_about(said))

    def _set_why(self, said: Said) -> list[ReplyItem]:
        """With a purpose, unless that contains another duration or another task."""
        what = said.get("free_purpose") or ""
        if _has_length(what, first=said.get("why") in ("for", "to")) or what.isdigit():
            return said.dialogue.ask(
                _LENGTH, tr("I heard two times, so I set no timer. How long should it be?")
            )
        return self._set_new(said)

    def _bare(self, said: Said) -> list[ReplyItem]:
        new = _asked_about(said)
        return self._set(said, replace(new, slots=(*said.slots, *new.slots)))

    def _clock_time(self, said: Said) -> list[ReplyItem]:
        return said.dialogue.ask(_LENGTH, _no_time(said), said.about)

    def _set_two(self, said: Said) -> list[ReplyItem]:
        also = next(at for at, (slot, _) in enumerate(said.slots) if slot == "also")
        halves = (replace(said, slots=said.slots[:also]), replace(said, slots=said.slots[also:]))
        answer = [item for half in halves for item in self._set_new(half)]
        both = sorted(timer.id for timer in self._timers.all())[-2:]
        said.dialogue.refer(both)
        return answer

    def _set(self, said: Said, new: Said) -> list[ReplyItem]:
        """`said` has the duration, `new` the other properties of the timer."""

        def ask(question: str, text: str) -> list[ReplyItem]:
            return said.dialogue.ask(question, text, new)

        length_s = durations.seconds(said.slots)
        unit, bare = said.get("unit_name"), new.number("bare")
        if self._timers.full:
            return [Say(_all_taken())]
        if unit is not None and bare is not None:
            length_s = float(bare * _UNIT_S[unit])
        if length_s is None and bare is not None:
            return ask(_UNIT, tr("{count} seconds, minutes or hours?", count=bare))
        if length_s is None:
            return ask(_LENGTH, tr("For how long?"))
        if not MIN_S <= length_s <= MAX_S:
            return ask(_LENGTH, f"{out_of_range(length_s)} {tr('For how long?')}")
        return self.start(new, length_s)

    def start(self, new: Said, length_s: float) -> list[ReplyItem]:
        reason, nth = purpose(new), new.get("nth")
        self._timers.last_rang = None  # "it" is the new one now.
        timer = self._timers.add(length_s, name(new), self._clock(), reason)
        new.dialogue.refer([timer.id])
        if nth is not None:
            self.counted[nth] = timer.id
        length = durations.spoken_duration(length_s)
        if reason is not None:
            if new.get("why") == "for":
                reason = f"of{reason.removeprefix('for')}"
            text = tr("I will remind you in {length} {purpose}.", length=length, purpose=reason)
        elif timer.name:
            text = tr("{name} timer set for {length}.", name=timer.name, length=length)
        else:
            text = tr("Timer set for {length}.", length=length)
        return done(self._timers, text)

    def _time_of_day(self, said: Said) -> list[ReplyItem]:
        return said.dialogue.ask(_LENGTH, _no_time(said))

    def _remind(self, said: Said) -> list[ReplyItem] | None:
        """A reminder without a time."""
        if _TIME_OF_DAY.search(said.get("free_purpose") or ""):
            return self._time_of_day(said)
        return said.dialogue.ask(_LENGTH, tr("In how long?"), said)

    def _not_understood(self, said: Said) -> list[ReplyItem] | None:
        rest = said.get("free_rest") or ""
        if _TIME_OF_DAY.search(rest) and not _LENGTH_OF_TIME.search(rest):
            return self._time_of_day(said)
        heard = as_heard(rest, said.heard)
        text = tr('I did not understand "{text}". How long should the timer be?', text=heard)
        return said.dialogue.ask(_LENGTH, text)


def _has_length(purpose: str, *, first: bool) -> bool:
    """Whether a purpose has a duration, which may be another one for the timer."""
    language = spoken()
    if language is None:
        return bool((_STARTS_WITH_LENGTH if first else _TWO_LENGTHS).search(purpose))
    nouns = [noun.lower() for unit in _NOUNS for noun in language.words.nouns[unit]]
    return bool(re.search(rf"\d+ (?:{'|'.join(nouns)})\b", purpose))


def _asked_about(said: Said) -> Said:
    """The known properties of the timer whose duration was asked for."""
    return said.about if isinstance(said.about, Said) else replace(said, slots=())


def _no_time(said: Said) -> str:
    text = tr("A timer has a length and no time of day. How long should it be?")
    if said.get("minute") and not said.get("day_half"):
        return f"{tr('I cannot tell whether that is a length or a time of day.')} {text}"
    return text


def _names_a_number(said: Said) -> bool:
    """A number without a unit before a free name: `30 minute 5k timer`."""
    slots = [slot for slot, _ in said.slots]
    return ("rest", "any_name") in pairwise(slots)


def _all_taken() -> str:
    return tr("You already have {count} timers, and that is all I can keep.", count=MAX_TIMERS)


def out_of_range(length_s: float) -> str:
    if length_s < MIN_S:
        return tr("A timer needs at least 1 second.")
    return tr("A timer can run for 24 hours at most.")


def done(timers: Timers, text: str) -> list[ReplyItem]:
    """The reply to a change, with a warning if it could not be saved."""
    return [Say(f"{capital(text)}{timers.store.unsaved('timers')}")]
