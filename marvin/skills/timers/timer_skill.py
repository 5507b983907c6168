"""The timer skill: set, name, list, query, pause, resume, change, restart and cancel timers."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from marvin.skills import durations
from marvin.skills import spoken_numbers as numbers
from marvin.skills.sentence_patterns import Names, Said, SentenceGroup, Skill, Slots
from marvin.skills.timers import timer_phrases as says
from marvin.skills.timers.timer import MAX_S, MIN_S, Timer
from marvin.skills.timers.timer_choice import NAMING, chosen, subject, title, told_apart
from marvin.skills.timers.timer_set import Timers
from marvin.skills.timers.timer_setting import TOO_LONG, TOO_SHORT, TimerSetting, done
from marvin.types import ReplyItem, Say

_WHICH = "which timer"
_RANG_S = 120.0
"""For this many seconds after a timer has rung, cancelling "the timer" refers to its sound."""


Action = Callable[[Sequence[Timer]], list[ReplyItem]]


@dataclass(frozen=True, slots=True)
class _Choice:
    """Timers that the user must choose from, and the action on the chosen ones."""

    timers: Sequence[Timer]
    action: Action


class TimerSkill:
    """Carries out timer requests on the store, and asks back when they are ambiguous."""

    def __init__(self, timers: Timers, clock: Callable[[], datetime]) -> None:
        self._timers = timers
        self._clock = clock
        self._setting = TimerSetting(timers, clock)
        self.start = self._setting.start

    def skill(self, more_names: tuple[str, ...]) -> Skill:
        """The skill's sentences."""
        phrases = (
            *self._setting.answers(),
            SentenceGroup(says.WHICH, self._which, _WHICH, says.WHICH_WRITTEN),
            SentenceGroup(says.NO, lambda said: [], _WHICH),
            SentenceGroup(says.EXTEND, self._extend, written=says.EXTEND_WRITTEN),
            SentenceGroup(says.SHORTEN, self._shorten, written=says.SHORTEN_WRITTEN),
            *self._setting.phrases(),
            SentenceGroup((), self._change, written=says.CHANGE_WRITTEN),
            SentenceGroup(says.CANCEL, self._cancel_said, written=says.CANCEL_WRITTEN),
            SentenceGroup(says.PAUSE, self._pause_said, written=says.PAUSE_WRITTEN),
            SentenceGroup(says.RESUME, self._resume_said, written=says.RESUME_WRITTEN),
            SentenceGroup(says.RESTART, self._restart_said, written=says.RESTART_WRITTEN),
            SentenceGroup(says.LIST, self._list, written=says.LIST_WRITTEN),
            SentenceGroup(says.LEFT, self._left, written=says.LEFT_WRITTEN),
            *self._setting.unclear(),
        )
        names = Names((*says.NAMES, *more_names), says.NAMES_WRITTEN)
        lists = says.LISTS | {"timer_name": names}
        return Skill("timers", phrases, says.EXAMPLES, lists, says.RULES, says.SPOKEN_RULES)

    def _cancel_said(self, said: Said) -> list[ReplyItem] | None:
        timers = self._timers.all()
        if not self._rang or any(said.get(slot) for slot in NAMING if slot != "it"):
            return self._choose(said, timers, self._cancel)
        if said.get("it"):
            return None  # The ringing timer is meant, not a running one.
        if durations.seconds(said.slots) is None and timers:
            ringing = [timer for timer in timers if not timer.left_s(self._clock())]
            if ringing:
                return self._cancel(ringing)
            return [Say(f"It is over. {subject(timers)} still running: say which to cancel it.")]
        return self._choose(said, timers, self._cancel)

    def _pause_said(self, said: Said) -> list[ReplyItem] | None:
        timers = self._timers.all()
        running = [timer for timer in timers if timer.running]
        if timers and not running:
            return [Say("Your timers are paused already.")]
        return self._choose(said, running, self._pause)

    def _resume_said(self, said: Said) -> list[ReplyItem] | None:
        paused = [timer for timer in self._timers.all() if not timer.running]
        return self._choose(said, paused, self._resume) if paused else [Say("No timer is paused.")]

    def _restart_said(self, said: Said) -> list[ReplyItem] | None:
        return self._choose(said, self._timers.all(), self._restart)

    @property
    def _rang(self) -> bool:
        rang = self._timers.last_rang
        return rang is not None and (self._clock() - rang).total_seconds() < _RANG_S

    def _choose(
        self, said: Said, timers: Sequence[Timer], action: Action
    ) -> list[ReplyItem] | None:
        """Act on the timers that are meant; None if nothing indicates that timers are."""
        meant = self._meant(said, timers)
        if meant is None:
            return None
        if not timers:
            silence = self._rang and action == self._cancel
            return [] if silence else [Say("You have no timers.")]
        found, what = meant
        return self._act(said, found, action) if found else [Say(f"You have no {what}.")]

    def _meant(self, said: Said, timers: Sequence[Timer]) -> tuple[list[Timer], str] | None:
        """The timers that are meant, and their name."""
        if said.get("it"):
            referred = said.dialogue.referred
            found = [timer for timer in timers if timer.id in referred]
            if referred and len(found) < 2 and said.get("it") in says.THEM:
                found = list(timers)
            return (found, "such timer") if found or self._rang else None
        counted = self._setting.counted.get(said.get("order") or "")
        found = [timer for timer in timers if timer.id == counted]
        if found:
            return found, "such timer"
        found, what = chosen(said, timers, self._clock())
        is_name = said.get("bare_name") or said.get("any_bare")
        return None if is_name and not found else (found, what)

    def _act(self, said: Said, timers: Sequence[Timer], action: Action) -> list[ReplyItem]:
        """Act, or ask which one is meant."""
        all_of_them = any(said.get(slot) for slot in ("all", "every", "plural"))
        all_of_them = all_of_them or said.get("it") in says.THEM
        both = any(str(said.get(slot)).startswith("both") for slot in ("all", "every", "it"))
        if len(timers) == 1 or (all_of_them and not (both and len(timers) > 2)):
            said.dialogue.refer(timer.id for timer in timers)
            return action(timers)
        labels = numbers.listed(told_apart(timers, self._clock()), "or")
        return said.dialogue.ask(_WHICH, f"Which one: {labels}?", _Choice(timers, action))

    def _which(self, said: Said) -> list[ReplyItem] | None:
        choice = said.about
        assert isinstance(choice, _Choice)
        found, _ = chosen(said, choice.timers, self._clock(), as_read=True)
        return self._act(said, found, choice.action) if found else None

    def _cancel(self, timers: Sequence[Timer]) -> list[ReplyItem]:
        now = self._clock()
        self._timers.cancel(timers)
        if not any(timer.left_s(now) for timer in timers):
            return []  # It is ringing: the user wants silence.
        return done(self._timers, f"{subject(timers)} cancelled.")

    def _pause(self, timers: Sequence[Timer]) -> list[ReplyItem]:
        self._timers.pause(timers, self._clock())
        return done(self._timers, f"{subject(timers)} paused{self._and_left(timers)}.")

    def _resume(self, timers: Sequence[Timer]) -> list[ReplyItem]:
        self._timers.resume(timers, self._clock())
        return done(self._timers, f"{subject(timers)} running again{self._and_left(timers)}.")

    def _restart(self, timers: Sequence[Timer]) -> list[ReplyItem]:
        self._timers.restart(timers, self._clock())
        length = (
            f" with {durations.spoken_duration(timers[0].duration_s)}" if len(timers) == 1 else ""
        )
        return done(self._timers, f"{subject(timers)} started again{length}.")

    def _and_left(self, timers: Sequence[Timer]) -> str:
        if len(timers) > 1:
            return ""
        return f" with {durations.spoken_duration(timers[0].left_s(self._clock()))} left"

    def _change(self, said: Said) -> list[ReplyItem] | None:
        length, which = _split(said)
        length_s = durations.seconds(length.slots) or 0.0
        if not MIN_S <= length_s <= MAX_S:
            return [Say(TOO_LONG if length_s else TOO_SHORT)]

        if not self._timers.all() and not which.get("it"):
            return self._setting.start(said, length_s)

        def change(timers: Sequence[Timer]) -> list[ReplyItem]:
            self._timers.restart(timers, self._clock(), length_s)
            return done(
                self._timers, f"{subject(timers)} changed to {durations.spoken_duration(length_s)}."
            )

        return self._choose(which, self._timers.all(), change)

    def _extend(self, said: Said) -> list[ReplyItem] | None:
        more, which = _split(said)
        more_s = durations.seconds(more.slots) or 0.0
        if self._rang and not which.slots and MIN_S <= more_s <= MAX_S:
            return self._snooze(said, more_s)

        def extend(timers: Sequence[Timer]) -> list[ReplyItem]:
            if max(timer.left_s(self._clock()) for timer in timers) + more_s > MAX_S:
                return [Say(TOO_LONG)]
            return self._move(timers, more_s, f"Added {durations.spoken_duration(more_s)}")

        return self._choose(which, self._timers.all(), extend)

    def _snooze(self, said: Said, more_s: float) -> list[ReplyItem]:
        """More time for a timer that rings, or has just rung."""
        now = self._clock()
        ringing = [timer for timer in self._timers.all() if not timer.left_s(now)]
        if not ringing:
            return self._setting.start(replace(said, slots=()), more_s)
        self._timers.restart(ringing, now, more_s)
        self._timers.last_rang = None
        said.dialogue.refer(timer.id for timer in ringing)
        length = durations.spoken_duration(more_s)
        return done(self._timers, f"{subject(ringing)} started again with {length}.")

    def _shorten(self, said: Said) -> list[ReplyItem] | None:
        less, which = _split(said)
        less_s = durations.seconds(less.slots) or 0.0

        def shorten(timers: Sequence[Timer]) -> list[ReplyItem]:
            least_s = min(timer.left_s(self._clock()) for timer in timers)
            if least_s - less_s < MIN_S:
                return [Say(f"It has only {durations.spoken_duration(least_s)} left.")]
            return self._move(timers, -less_s, f"Took off {durations.spoken_duration(less_s)}")

        return self._choose(which, self._timers.all(), shorten)

    def _move(self, timers: Sequence[Timer], more_s: float, what: str) -> list[ReplyItem]:
        for timer in timers:
            self._timers.extend(timer, more_s)
        left = durations.spoken_duration(timers[0].left_s(self._clock()) + more_s)
        return done(self._timers, f"{what}{f', {left} left' if len(timers) == 1 else ''}.")

    def _list(self, said: Said) -> list[ReplyItem]:
        timers = self._timers.all()
        if not timers:
            return [Say("You have no timers.")]
        count = numbers.counted(len(timers), "timer")
        return [Say(f"You have {count}: {self._left_of(timers, 'with')}.")]

    def _left(self, said: Said) -> list[ReplyItem] | None:
        timers = self._timers.all()
        meant = self._meant(said, timers)
        if meant is None:
            return None
        if not timers:
            return [Say("You have no timers.")]
        found, what = meant
        if not found:
            return [Say(f"You have no {what}.")]
        said.dialogue.refer(timer.id for timer in found)
        if len(found) > 1:
            text = self._left_of(found, "has")
            return [Say(f"{text[0].upper()}{text[1:]}.")]
        timer = found[0]
        paused = "" if timer.running else " and is paused"
        length = durations.spoken_duration(timer.left_s(self._clock()))
        return [Say(f"Your {title(timer)} has {length} left{paused}.")]

    def _left_of(self, timers: Sequence[Timer], has: str) -> str:
        now = self._clock()
        return numbers.listed(
            [
                f"{label} {has} {durations.spoken_duration(timer.left_s(now))} left"
                f"{'' if timer.running else ', paused'}"
                for timer, label in zip(timers, told_apart(timers), strict=True)
            ]
        )


def _split(said: Said) -> tuple[Said, Said]:
    """The duration of the change, and the words that identify the timer."""

    def part(slots: Slots) -> Said:
        return replace(said, slots=slots)

    for at, (slot, _) in enumerate(said.slots):
        if slot == "then_timer":
            return part(said.slots[:at]), part(said.slots[at:])
        if slot == "then_length":
            return part(said.slots[at:]), part(said.slots[:at])
    return said, part(tuple(slot for slot in said.slots if slot[0] in NAMING))
