"""The alarm skill: set, list, change, cancel and snooze alarms and reminders."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

from marvin.languages.translation import spoken, tr
from marvin.skills import durations
from marvin.skills import spoken_numbers as numbers
from marvin.skills.alarms import alarm_phrases as says
from marvin.skills.alarms.alarm import Alarm, ClockStyle, label, spoken_time, with_purpose
from marvin.skills.alarms.alarm_choice import (
    AlarmAction,
    AlarmChoice,
    Which,
    kind_said,
    narrowed,
    one_day_of,
    several_said,
    which_in,
)
from marvin.skills.alarms.alarm_set import Alarms
from marvin.skills.alarms.alarm_setting import AlarmSetting, StartTimer
from marvin.skills.alarms.alarm_slots import new_time_said, which_said
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
            SentenceGroup((), self._which, _WHICH, says.ANSWER_WRITTEN, key="which"),
            *self._setting.answers(),
            SentenceGroup((), lambda said: [], _WHICH, says.NO, key="none of them"),
            *self._setting.phrases(),
            SentenceGroup(says.SNOOZE, self._snooze, written=says.SNOOZE_WRITTEN, key="snooze"),
            SentenceGroup((), self._move, None, says.MOVE_WRITTEN, unless=lacks_time, key="move"),
            SentenceGroup(
                (), self._correct, None, says.CORRECT_WRITTEN, unless=lacks_time, key="correct"
            ),
            SentenceGroup(says.CANCEL, self._cancel_said, None, says.CANCEL_WRITTEN, key="cancel"),
            SentenceGroup(says.LIST, self._list, written=says.LIST_WRITTEN, key="list"),
            SentenceGroup(says.NEXT, self._next, written=says.NEXT_WRITTEN, key="next"),
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
        today = self._now.date()
        free = said.get("free_time") or ""
        when = new_time_said(said, today) if spoken() else read(free, today)
        return when if when and (when.timed or when.minute is not None) else None

    def _label(self, alarm: Alarm) -> str:
        return label(alarm, self._alarms.clock, self._style)

    def _chosen_by(self, said: Said) -> Which:
        today = self._now.date()
        if spoken():
            return which_said(said, today)
        return which_in(" ".join(str(v) for slot, v in said.slots if slot == "free_which"), today)

    def _of(self, said: Said) -> list[Alarm]:
        """All of the kind that is asked about."""
        kind = kind_said(said)
        return [alarm for alarm in self._alarms.all() if alarm.kind == kind]

    def _referred(self, said: Said) -> list[Alarm]:
        return [alarm for alarm in self._alarms.all() if -alarm.id in said.dialogue.referred]

    def _list(self, said: Said) -> list[ReplyItem] | None:
        alarms = self._of(said)
        noun = kind_said(said)
        if noun == "reminder" and any(timer.purpose for timer in self._timers.all()):
            if not alarms:
                return None  # The timers' answer names them.
            timed = [timer for timer in self._timers.all() if timer.purpose]
        else:
            timed = []
        now = self._timers.clock()
        named = [with_purpose(self._label(one), one) for one in alarms]
        for timer in timed:
            length = durations.spoken_duration(timer.left_s(now))
            named.append(tr("in {length} {purpose}", length=length, purpose=timer.purpose))
        if not named:
            return [Say(_none(noun))]
        said.dialogue.refer(-alarm.id for alarm in alarms)
        count = numbers.counted(len(named), noun)
        return [Say(tr("You have {count}: {items}.", count=count, items=numbers.listed(named)))]

    def _next(self, said: Said) -> list[ReplyItem] | None:
        alarms = self._of(said)
        if not alarms:
            return self._list(said)
        first = alarms[0]
        said.dialogue.refer([-first.id])
        at = with_purpose(self._label(replace(first, weekdays=())), first)
        if first.kind == "alarm":
            return [Say(tr("Your next alarm is at {time}.", time=at))]
        return [Say(tr("Your next reminder is at {time}.", time=at))]

    def _choose(self, said: Said, action: AlarmAction) -> list[ReplyItem] | None:
        """Act on the alarms that are meant, or ask which."""
        alarms = self._of(said)
        noun = kind_said(said)
        timed = noun == "reminder" and any(timer.purpose for timer in self._timers.all())
        if not alarms:
            return None if timed else [Say(_none(noun))]
        which = self._chosen_by(said)
        found = narrowed(alarms, which)
        if not found:
            alarm = noun == "alarm"
            no_such = tr("You have no such alarm.") if alarm else tr("You have no such reminder.")
            return None if timed else [Say(no_such)]
        for one in found:
            if one_day_of(one, which):
                return [Say(self._repeats(one))]
        return self._act(said, found, action, all_of_them=several_said(said))

    def _repeats(self, alarm: Alarm) -> str:
        at, label_ = spoken_time(alarm.due, self._style), self._label(alarm)
        if alarm.kind == "alarm":
            return tr(
                'The alarm for {time} repeats, and I cannot change one day: "cancel the {hour}'
                ' alarm" ends it.',
                time=label_,
                hour=at,
            )
        return tr(
            'The reminder {purpose} repeats, and I cannot change one day: "cancel the {hour}'
            ' reminder" ends it.',
            purpose=alarm.purpose or f"for {label_}",
            hour=at,
        )

    def _act(
        self, said: Said, alarms: Sequence[Alarm], action: AlarmAction, *, all_of_them: bool
    ) -> list[ReplyItem]:
        if len(alarms) == 1 or all_of_them:
            said.dialogue.refer(-alarm.id for alarm in alarms)
            return action(alarms)
        named = numbers.listed([with_purpose(self._label(one), one) for one in alarms], "or")
        choice = AlarmChoice(alarms, action)
        return said.dialogue.ask(_WHICH, tr("Which one: {items}?", items=named), choice)

    def _which(self, said: Said) -> list[ReplyItem] | None:
        choice = said.about
        assert isinstance(choice, AlarmChoice)
        if spoken():
            which = self._chosen_by(said)
            found = list(choice.alarms) if said.get("alarm_all") else narrowed(choice.alarms, which)
        else:
            found = choice.chosen(said.get("free_answer") or "", self._now)
        everything = len(found) == len(choice.alarms)
        return self._act(said, found, choice.action, all_of_them=everything) if found else None

    def _cancel_said(self, said: Said) -> list[ReplyItem] | None:
        if said.get("alarm_it"):
            referred = self._referred(said)
            return self._cancel(referred) if referred else None
        specific = bool(self._chosen_by(said) or said.get("alarm_all"))
        if not specific and not several_said(said) and (rang := self._alarms.just_rang()):
            # The one that rings is meant, and not what it does tomorrow.
            self._alarms.end(rang)
            return []
        if kind_said(said) == "reminder" and several_said(said) and not self._chosen_by(said):
            return self._cancel_reminders(said)
        return self._choose(said, self._cancel)

    def _cancel_reminders(self, said: Said) -> list[ReplyItem]:
        """All of them, also those that the timer skill counts down."""
        timers = [timer for timer in self._timers.all() if timer.purpose]
        alarms = self._of(said)
        self._timers.cancel(timers)
        self._alarms.cancel(alarms)
        count = len(timers) + len(alarms)
        cancelled = tr("{count} cancelled.", count=numbers.counted(count, "reminder"))
        return self._setting.done(cancelled if count else _none("reminder"))

    def _cancel(self, alarms: Sequence[Alarm]) -> list[ReplyItem]:
        self._alarms.cancel(alarms)
        first, count = alarms[0], len(alarms)
        at = self._label(first)
        if first.kind == "alarm":
            text = tr("Alarm for {time} cancelled.", time=at)
            text = text if count == 1 else tr("All {count} alarms cancelled.", count=count)
        elif count > 1:
            text = tr("All {count} reminders cancelled.", count=count)
        elif first.purpose:
            text = tr("Reminder {purpose} cancelled.", purpose=first.purpose)
        else:
            text = tr("Reminder for {time} cancelled.", time=at)
        return self._setting.done(text)

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
                one = alarms[0].kind == "alarm"
                alarm = tr("I can move one alarm at a time.")
                return [Say(alarm if one else tr("I can move one reminder at a time."))]
            due = self._moved(alarms[0], when)
            if due is None:
                return [Say(tr("That time has passed."))]
            moved = self._alarms.move(alarms[0], due, when.weekdays)
            at = self._label(moved)
            if moved.kind == "alarm":
                return self._setting.done(tr("Alarm moved to {time}.", time=at))
            return self._setting.done(tr("Reminder moved to {time}.", time=at))

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
        if (said_s := durations.seconds(said.slots)) is not None:
            length_s = said_s
        if not self._alarms.just_rang():
            named = said.get("snooze") or "snooze" in said.text
            return [Say(tr("No alarm is ringing."))] if named else None
        if not 1 <= length_s <= _LONGEST_SNOOZE_S:
            unclear = tr('I did not understand for how long: say "snooze for ten minutes".')
            return [Say(unclear)]
        snoozed = self._alarms.snooze(length_s)
        at = self._label(replace(snoozed[0], weekdays=()))
        said.dialogue.refer(-alarm.id for alarm in snoozed)
        return self._setting.done(tr("I will ring again at {time}.", time=at))


def _none(noun: str) -> str:
    return tr("You have no alarms.") if noun == "alarm" else tr("You have no reminders.")
