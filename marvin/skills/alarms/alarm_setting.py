"""Sets alarms and reminders, and asks for what is missing."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date

from marvin.languages.translation import spoken, tr
from marvin.skills.alarms import alarm_phrases as says
from marvin.skills.alarms.alarm import MAX_ALARMS, ClockStyle, label, with_purpose
from marvin.skills.alarms.alarm_request import AlarmRequest, alarm_request, reminder_request
from marvin.skills.alarms.alarm_set import Alarms
from marvin.skills.alarms.alarm_slots import request_said, when_said
from marvin.skills.alarms.ring_time import first_ring
from marvin.skills.alarms.when import When, merged, read, seconds
from marvin.skills.sentence_patterns import Said, SentenceGroup
from marvin.skills.timers.timer import MAX_S
from marvin.types import ReplyItem, Say

_TIME = {"alarm": "alarm time", "reminder": "reminder time"}
_EARLY = {"alarm": 1, "reminder": 7}
"""From this hour on, `at 7 tomorrow` means the morning: nobody is called at 5 in the morning."""

_NO_UNIT = re.compile(r"(?:in|after) (\d+)")

StartTimer = Callable[[Said, float], list[ReplyItem]]


class AlarmSetting:
    def __init__(self, alarms: Alarms, style: ClockStyle, start_timer: StartTimer | None) -> None:
        self._alarms = alarms
        self._style = style
        self._start_timer = start_timer

    def answers(self) -> tuple[SentenceGroup, ...]:
        """Answers to the questions that this class asks."""
        return tuple(
            group
            for kind, question in _TIME.items()
            for group in (
                SentenceGroup((), lambda said: [], question, says.NO, key=f"no {kind} time"),
                SentenceGroup(
                    (), self._answerer(kind), question, says.ANSWER_WRITTEN, key=f"{kind} time"
                ),
            )
        )

    def phrases(self) -> tuple[SentenceGroup, ...]:
        """Requests with a time."""
        return (
            SentenceGroup(
                says.SET,
                self._set_alarm,
                written=says.SET_WRITTEN + says.SET_BARE_WRITTEN,
                unless=self._no_alarm,
                key="set",
            ),
            SentenceGroup(
                (),
                self._set_reminder,
                written=says.REMIND_WRITTEN,
                unless=self._no_reminder,
                key="remind",
            ),
        )

    def unclear(self) -> tuple[SentenceGroup, ...]:
        """Requests without one, or that are only partly understood."""
        return (
            SentenceGroup(
                (),
                self._ask_alarm,
                written=says.SET_WRITTEN,
                tentative=True,
                unless=lambda said: self._alarm(said) is None,
                key="set without time",
            ),
            SentenceGroup(
                (),
                self._ask_reminder,
                written=says.REMIND_WRITTEN,
                tentative=True,
                unless=lambda said: not _is_partial(self._reminder(said)),
                key="remind without time",
            ),
        )

    def done(self, text: str) -> list[ReplyItem]:
        """The reply to a change, with a warning if it could not be saved."""
        return [Say(f"{text}{self._alarms.store.unsaved('alarms')}")]

    def _alarm(self, said: Said) -> AlarmRequest | None:
        today = self._alarms.clock.local_now().date()
        return request_said(said, today) if spoken() else alarm_request(said.text, today)

    def _reminder(self, said: Said) -> AlarmRequest | None:
        today = self._alarms.clock.local_now().date()
        return request_said(said, today) if spoken() else reminder_request(said.text, today)

    def _no_alarm(self, said: Said) -> bool:
        return not _complete(self._alarm(said))

    def _no_reminder(self, said: Said) -> bool:
        request = self._reminder(said)
        return not _complete(request) or self._is_timer(request)

    def _is_timer(self, request: AlarmRequest | None) -> bool:
        """Whether the timer skill counts it down."""
        wait_s = request.when.wait_s if request else None
        return self._start_timer is not None and wait_s is not None and wait_s <= MAX_S

    def _set_alarm(self, said: Said) -> list[ReplyItem] | None:
        request = self._alarm(said)
        return self._set(said, "alarm", request) if request else None

    def _set_reminder(self, said: Said) -> list[ReplyItem] | None:
        request = self._reminder(said)
        return self._set(said, "reminder", request) if request else None

    def _ask_alarm(self, said: Said) -> list[ReplyItem] | None:
        request = self._alarm(said)
        return self._ask(said, "alarm", request) if request else None

    def _ask_reminder(self, said: Said) -> list[ReplyItem] | None:
        request = self._reminder(said)
        return self._ask(said, "reminder", request) if request else None

    def _ask(self, said: Said, kind: str, request: AlarmRequest) -> list[ReplyItem]:
        text = _for_what_time(kind)
        if request.unclear:
            text = f'I did not understand "{request.unclear}". {text}'
        elif request.when != When():
            text = tr("At what time?")
        return said.dialogue.ask(_TIME[kind], text, replace(request, unclear=""))

    def _answerer(self, kind: str) -> Callable[[Said], list[ReplyItem] | None]:
        def answer(said: Said) -> list[ReplyItem] | None:
            request = said.about
            assert isinstance(request, AlarmRequest)
            today = self._alarms.clock.local_now().date()
            text = said.get("free_answer") or ""
            when = when_said(said, today) if spoken() else _when_in(text, today)
            when = None if when is None else merged(request.when, when) or when
            if number := _NO_UNIT.fullmatch(text):
                hint = f'Say the unit too, for example "in {number[1]} minutes".'
                return said.dialogue.ask(_TIME[kind], hint, request)
            if when is None:
                return None
            request = replace(request, when=when)
            if not when.timed:
                return self._ask(said, kind, request)
            if kind == "reminder" and self._is_timer(request) and request.purpose:
                assert self._start_timer is not None
                why, _, purpose = request.purpose.partition(" ")
                slots = (("why", why), ("free_purpose", purpose))
                return self._start_timer(replace(said, slots=slots), when.wait_s or 0.0)
            return self._set(said, kind, request)

        return answer

    def _set(self, said: Said, kind: str, request: AlarmRequest) -> list[ReplyItem]:
        when, clock = request.when, self._alarms.clock
        if self._alarms.full:
            text = tr(
                "You already have {count} alarms, and that is all I can keep.", count=MAX_ALARMS
            )
            return [Say(text)]
        if when.wait_s is not None:
            due = clock.local(clock.now() + when.waits)
        else:
            first = first_ring(when, clock.local_now(), early=_EARLY[kind])
            if first is None:
                open_ = replace(request, when=When())
                passed = f"{tr('That time has passed.')} {_for_what_time(kind)}"
                return said.dialogue.ask(_TIME[kind], passed, open_)
            due = first
        known = self._alarms.same(kind, due, when, request.purpose)
        alarm = known or self._alarms.add(
            "alarm" if kind == "alarm" else "reminder",
            due,
            weekdays=when.weekdays,
            purpose=request.purpose,
            wait_s=when.wait_s,
        )
        said.dialogue.refer([-alarm.id])
        at = with_purpose(label(alarm, clock, self._style), alarm)
        if kind == "reminder":
            known_ = tr("You already have the reminder for {time}.", time=at)
            return self.done(known_ if known else tr("I will remind you at {time}.", time=at))
        known_ = tr("You already have the alarm for {time}.", time=at)
        return self.done(known_ if known else tr("Alarm set for {time}.", time=at))


def _for_what_time(kind: str) -> str:
    if kind == "alarm":
        return tr("For what time should the alarm be?")
    return tr("When should I remind you?")


def _when_in(text: str, today: date) -> When | None:
    wait_s = seconds(text)
    return read(text, today) if wait_s is None else When(wait_s=wait_s)


def _complete(request: AlarmRequest | None) -> bool:
    return request is not None and request.when.timed and not request.unclear


def _is_partial(request: AlarmRequest | None) -> bool:
    """Whether a reminder is asked for, and something is missing."""
    if request is None or request.when.wait_s is not None:
        return False
    return bool(request.purpose or request.unclear or request.when != When())
