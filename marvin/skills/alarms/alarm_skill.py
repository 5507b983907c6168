"""The alarm skill: set, list, change, cancel and snooze alarms and reminders."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

from marvin.skills import durations
from marvin.skills import spoken_numbers as numbers
from marvin.skills.alarms import alarm_phrases as says
from marvin.skills.alarms.alarm import Alarm, ClockStyle, label, spoken_time
from marvin.skills.alarms.alarm_choice import AlarmAction, AlarmChoice, narrowed, one_day_of
from marvin.skills.alarms.alarm_set import Alarms
from marvin.skills.alarms.alarm_setting import AlarmSetting, StartTimer
from marvin.skills.alarms.ring_time import first_ring
from marvin.skills.alarms.when import When, read, seconds
from marvin.skills.sentence_patterns import Said, SentenceGroup, Skill
from marvin.skills.timers.timer_set import Timers
from marvin.types import ReplyItem, Say

_WHICH = "which alarm"
_SNOOZE_S = 600.0
_LONGEST_SNOOZE_S = 24 * 3600.0


class AlarmSkill:
    """Carries out requests about alarms, and asks back when they are ambiguous."""

    def __init__(
        self, alarms: Alarms, timers: Timers, style: ClockStyle, start_timer: StartTimer | None
    ) -> None:
        """`start_timer` starts timers with a purpose, if that skill is enabled."""
        self._alarms = alarms
        self._timers = timers
        self._style = style
        self._setting = AlarmSetting(alarms, style, start_timer)

    def skill(self) -> Skill:
        def lacks_time(said: Said) -> bool:
            return self._time(said) is None

        phrases = (
            SentenceGroup((), self._which, _WHICH, says.ANSWER_WRITTEN),
            *self._setting.answers(),
            SentenceGroup((), lambda said: [], _WHICH, says.NO),
            *self._setting.phrases(),
            SentenceGroup(says.SNOOZE, self._snooze, written=says.SNOOZE_WRITTEN),
            SentenceGroup((), self._move, written=says.MOVE_WRITTEN, unless=lacks_time),
            SentenceGroup((), self._correct, written=says.CORRECT_WRITTEN, unless=lacks_time),
            SentenceGroup(says.CANCEL, self._cancel_said, written=says.CANCEL_WRITTEN),
            SentenceGroup(says.LIST, self._list, written=says.LIST_WRITTEN),
            SentenceGroup(says.NEXT, self._next, written=says.NEXT_WRITTEN),
            *self._setting.unclear(),
        )
        return Skill("alarms", phrases, says.EXAMPLES, says.LISTS, says.RULES)

    @property
    def _now(self) -> datetime:
        return self._alarms.clock.local_now()

    def _time(self, said: Said) -> When | None:
        """The new time in a sentence that changes an alarm."""
        if (said.get("free_which") or "").startswith("to "):
            return None  # "to quarter to 8" is one time.
        when = read(said.get("free_time") or "", self._now.date())
        return when if when and (when.timed or when.minute is not None) else None

    def _label(self, alarm: Alarm) -> str:
        return label(alarm, self._alarms.clock, self._style)

    def _title(self, alarm: Alarm) -> str:
        """`Alarm for 7 AM tomorrow`, `Reminder to call your mother`."""
        purpose = f" {alarm.purpose}" if alarm.kind == "reminder" and alarm.purpose else ""
        return f"{alarm.kind.capitalize()}{purpose or f' for {self._label(alarm)}'}"

    def _of(self, said: Said) -> list[Alarm]:
        """All of the kind that is asked about."""
        kind = "reminder" if "reminder" in said.text else "alarm"
        return [alarm for alarm in self._alarms.all() if alarm.kind == kind]

    def _referred(self, said: Said) -> list[Alarm]:
        return [alarm for alarm in self._alarms.all() if -alarm.id in said.dialogue.referred]

    def _list(self, said: Said) -> list[ReplyItem] | None:
        alarms = self._of(said)
        noun = "reminder" if "reminder" in said.text else "alarm"
        if noun == "reminder" and any(timer.purpose for timer in self._timers.all()):
            if not alarms:
                return None  # The timers' answer names them.
            timed = [timer for timer in self._timers.all() if timer.purpose]
        else:
            timed = []
        now = self._timers.clock()
        named = [f"{self._label(one)} {one.purpose or ''}".strip() for one in alarms]
        named += [
            f"in {durations.spoken_duration(timer.left_s(now))} {timer.purpose}" for timer in timed
        ]
        if not named:
            return [Say(f"You have no {noun}s.")]
        said.dialogue.refer(-alarm.id for alarm in alarms)
        return [Say(f"You have {numbers.counted(len(named), noun)}: {numbers.listed(named)}.")]

    def _next(self, said: Said) -> list[ReplyItem] | None:
        alarms = self._of(said)
        if not alarms:
            return self._list(said)
        first = alarms[0]
        said.dialogue.refer([-first.id])
        at = self._label(replace(first, weekdays=()))
        purpose = f" {first.purpose}" if first.purpose else ""
        return [Say(f"Your next {first.kind} is at {at}{purpose}.")]

    def _choose(self, said: Said, action: AlarmAction) -> list[ReplyItem] | None:
        """Act on the alarms that are meant, or ask which."""
        alarms = self._of(said)
        noun = alarms[0].kind if alarms else "reminder" if "reminder" in said.text else "alarm"
        timed = noun == "reminder" and any(timer.purpose for timer in self._timers.all())
        if not alarms:
            return None if timed else [Say(f"You have no {noun}s.")]
        which = " ".join(str(value) for name, value in said.slots if name == "free_which")
        found = narrowed(alarms, which, self._now)
        if not found:
            return None if timed else [Say(f"You have no such {noun}.")]
        for one in found:
            if one_day_of(one, which, self._now):
                return [Say(self._repeats(one))]
        return self._act(said, found, action, all_of_them=f"{noun}s" in said.text)

    def _repeats(self, alarm: Alarm) -> str:
        whole = f"cancel the {spoken_time(alarm.due, self._style)} {alarm.kind}"
        title = f"The {alarm.kind}{self._title(alarm).removeprefix(alarm.kind.capitalize())}"
        return f'{title} repeats, and I cannot change one day: "{whole}" ends it.'

    def _act(
        self, said: Said, alarms: Sequence[Alarm], action: AlarmAction, *, all_of_them: bool
    ) -> list[ReplyItem]:
        if len(alarms) == 1 or all_of_them:
            said.dialogue.refer(-alarm.id for alarm in alarms)
            return action(alarms)
        named = [f"{self._label(one)} {one.purpose or ''}".strip() for one in alarms]
        choice = AlarmChoice(alarms, action)
        return said.dialogue.ask(_WHICH, f"Which one: {numbers.listed(named, 'or')}?", choice)

    def _which(self, said: Said) -> list[ReplyItem] | None:
        choice = said.about
        assert isinstance(choice, AlarmChoice)
        found = choice.chosen(said.get("free_answer") or "", self._now)
        everything = len(found) == len(choice.alarms)
        return self._act(said, found, choice.action, all_of_them=everything) if found else None

    def _cancel_said(self, said: Said) -> list[ReplyItem] | None:
        if said.get("alarm_it"):
            referred = self._referred(said)
            return self._cancel(referred) if referred else None
        specific = any(said.get(slot) for slot in ("free_which", "alarm_all"))
        if not specific and "alarms" not in said.text and (rang := self._alarms.just_rang()):
            # The one that rings is meant, and not what it does tomorrow.
            self._alarms.end(rang)
            return []
        if said.text.endswith("reminders") and not said.get("free_which"):
            return self._cancel_reminders(said)
        return self._choose(said, self._cancel)

    def _cancel_reminders(self, said: Said) -> list[ReplyItem]:
        """All of them, also those that the timer skill counts down."""
        timers = [timer for timer in self._timers.all() if timer.purpose]
        alarms = self._of(said)
        self._timers.cancel(timers)
        self._alarms.cancel(alarms)
        count = len(timers) + len(alarms)
        text = f"{numbers.counted(count, 'reminder')} cancelled." if count else ""
        return self._setting.done(text or "You have no reminders.")

    def _cancel(self, alarms: Sequence[Alarm]) -> list[ReplyItem]:
        self._alarms.cancel(alarms)
        noun = alarms[0].kind
        what = self._title(alarms[0]) if len(alarms) == 1 else f"All {len(alarms)} {noun}s"
        return self._setting.done(f"{what} cancelled.")

    def _move(self, said: Said) -> list[ReplyItem] | None:
        when = self._time(said)
        assert when is not None
        return self._choose(said, self._mover(when))

    def _correct(self, said: Said) -> list[ReplyItem] | None:
        """`no, 8 o'clock`, right after the alarm was set."""
        referred, when = self._referred(said), self._time(said)
        return self._mover(when)(referred) if when and len(referred) == 1 else None

    def _mover(self, when: When) -> Callable[[Sequence[Alarm]], list[ReplyItem]]:
        def move(alarms: Sequence[Alarm]) -> list[ReplyItem]:
            if len(alarms) > 1:
                return [Say(f"I can move one {alarms[0].kind} at a time.")]
            due = self._moved(alarms[0], when)
            if due is None:
                return [Say("That time has passed.")]
            moved = self._alarms.move(alarms[0], due, when.weekdays)
            return self._setting.done(f"{moved.kind.capitalize()} moved to {self._label(moved)}.")

        return move

    def _moved(self, alarm: Alarm, when: When) -> datetime | None:
        """The new time, in the same half of the day and on the same day unless that is named."""
        old, now = alarm.due, self._now
        if when.wait_s is not None:
            return self._alarms.clock.local(self._alarms.clock.now() + when.waits)
        if when.hour is None and when.minute is not None:
            hour = old.hour - 1 if when.side else old.hour
            minute = 60 - when.minute if when.side else when.minute
            when = replace(when, hour=hour % 24, minute=minute)
            when = replace(when, part="am" if hour < 12 else "pm") if 0 < hour <= 12 else when
        elif when.hour and when.hour <= 12 and not when.part:
            when = replace(when, part="am" if old.hour < 12 else "pm")
        if alarm.weekdays or when.weekdays:
            days = when.weekdays or alarm.weekdays
            return first_ring(replace(when, weekdays=days, day=None), now)
        if when.day is not None:
            return first_ring(when, now)
        same_day = first_ring(replace(when, day=old.date()), now)
        return same_day or first_ring(when, now)

    def _snooze(self, said: Said) -> list[ReplyItem] | None:
        length, minutes = said.get("free_length"), said.number("snoozed")
        length_s = float(60 * minutes) if minutes else _SNOOZE_S
        if length:
            length_s = seconds(length.removeprefix("for ")) or 0.0
        if not self._alarms.just_rang():
            return [Say("No alarm is ringing.")] if "snooze" in said.text else None
        if not 1 <= length_s <= _LONGEST_SNOOZE_S:
            return [Say('I did not understand for how long: say "snooze for ten minutes".')]
        snoozed = self._alarms.snooze(length_s)
        at = self._label(replace(snoozed[0], weekdays=()))
        said.dialogue.refer(-alarm.id for alarm in snoozed)
        return self._setting.done(f"I will ring again at {at}.")
