"""The timer skill: set, name, list, query, pause, resume, change, restart and cancel timers."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from marvin.languages.translation import spoken, tr
from marvin.skills import durations
from marvin.skills import spoken_numbers as numbers
from marvin.skills.sentence_patterns import Names, Said, SentenceGroup, Skill
from marvin.skills.text import capital
from marvin.skills.timers import timer_phrases as says
from marvin.skills.timers.timer import MAX_S, MIN_S, Timer
from marvin.skills.timers.timer_choice import NAMING, chosen, name, split
from marvin.skills.timers.timer_set import Timers
from marvin.skills.timers.timer_setting import TimerSetting, done, out_of_range
from marvin.skills.timers.timer_wording import (
    has_left,
    none_such,
    started_again,
    subject,
    time_left,
    told_apart,
    with_left,
)
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
            SentenceGroup(says.WHICH, self._which, _WHICH, says.WHICH_WRITTEN, key="which"),
            SentenceGroup(says.NO, lambda said: [], _WHICH, key="no_which"),
            SentenceGroup(says.EXTEND, self._extend, written=says.EXTEND_WRITTEN, key="extend"),
            SentenceGroup(says.SHORTEN, self._shorten, written=says.SHORTEN_WRITTEN, key="shorten"),
            *self._setting.phrases(),
            SentenceGroup((), self._change, written=says.CHANGE_WRITTEN, key="change"),
            SentenceGroup(
                says.CANCEL, self._cancel_said, written=says.CANCEL_WRITTEN, key="cancel"
            ),
            SentenceGroup(says.PAUSE, self._pause_said, written=says.PAUSE_WRITTEN, key="pause"),
            SentenceGroup(
                says.RESUME, self._resume_said, written=says.RESUME_WRITTEN, key="resume"
            ),
            SentenceGroup(
                says.RESTART, self._restart_said, written=says.RESTART_WRITTEN, key="restart"
            ),
            SentenceGroup(says.LIST, self._list, written=says.LIST_WRITTEN, key="list"),
            SentenceGroup(says.LEFT, self._left, written=says.LEFT_WRITTEN, key="left"),
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
            text = tr(
                "It is over. {timers} still running: say which to cancel it.",
                timers=subject(timers),
            )
            return [Say(text)]
        return self._choose(said, timers, self._cancel)

    def _pause_said(self, said: Said) -> list[ReplyItem] | None:
        timers = self._timers.all()
        running = [timer for timer in timers if timer.running]
        if timers and not running:
            return [Say(tr("Your timers are paused already."))]
        return self._choose(said, running, self._pause)

    def _resume_said(self, said: Said) -> list[ReplyItem] | None:
        paused = [timer for timer in self._timers.all() if not timer.running]
        if not paused:
            return [Say(tr("No timer is paused."))]
        return self._choose(said, paused, self._resume)

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
        found = self._meant(said, timers)
        if found is None:
            return None
        if not timers:
            silence = self._rang and action == self._cancel
            return [] if silence else [Say(tr("You have no timers."))]
        return self._act(said, found, action) if found else [Say(none_such(said))]

    def _meant(self, said: Said, timers: Sequence[Timer]) -> list[Timer] | None:
        """The timers that are meant."""
        if said.get("it"):
            referred = said.dialogue.referred
            found = [timer for timer in timers if timer.id in referred]
            if referred and len(found) < 2 and said.get("it") in says.THEM:
                found = list(timers)
            return found if found or self._rang else None
        counted = self._setting.counted.get(said.get("order") or "")
        found = [timer for timer in timers if timer.id == counted]
        if found:
            return found
        found = chosen(said, timers, self._clock())
        is_name = said.get("bare_name") or said.get("any_bare")
        return None if is_name and not found else found

    def _act(self, said: Said, timers: Sequence[Timer], action: Action) -> list[ReplyItem]:
        """Act, or ask which one is meant."""
        all_of_them = any(said.get(slot) for slot in ("all", "every", "plural"))
        all_of_them = all_of_them or said.get("it") in says.THEM
        both = any(str(said.get(slot)).startswith("both") for slot in ("all", "every", "it"))
        if len(timers) == 1 or (all_of_them and not (both and len(timers) > 2)):
            said.dialogue.refer(timer.id for timer in timers)
            return action(timers)
        labels = numbers.listed(told_apart(timers, self._clock()), "or")
        return said.dialogue.ask(
            _WHICH, tr("Which one: {timers}?", timers=labels), _Choice(timers, action)
        )

    def _which(self, said: Said) -> list[ReplyItem] | None:
        choice = said.about
        assert isinstance(choice, _Choice)
        found = chosen(said, choice.timers, self._clock(), as_read=True)
        return self._act(said, found, choice.action) if found else None

    def _cancel(self, timers: Sequence[Timer]) -> list[ReplyItem]:
        now = self._clock()
        self._timers.cancel(timers)
        if not any(timer.left_s(now) for timer in timers):
            return []  # It is ringing: the user wants silence.
        return done(self._timers, tr("{timers} cancelled.", timers=subject(timers)))

    def _pause(self, timers: Sequence[Timer]) -> list[ReplyItem]:
        self._timers.pause(timers, self._clock())
        what, left = subject(timers), durations.spoken_duration(timers[0].left_s(self._clock()))
        if len(timers) > 1:
            return done(self._timers, tr("{timers} paused.", timers=what))
        text = tr("{timers} paused with {length} left.", timers=what, length=left)
        return done(self._timers, text)

    def _resume(self, timers: Sequence[Timer]) -> list[ReplyItem]:
        self._timers.resume(timers, self._clock())
        what, left = subject(timers), durations.spoken_duration(timers[0].left_s(self._clock()))
        if len(timers) > 1:
            return done(self._timers, tr("{timers} running again.", timers=what))
        text = tr("{timers} running again with {length} left.", timers=what, length=left)
        return done(self._timers, text)

    def _restart(self, timers: Sequence[Timer]) -> list[ReplyItem]:
        self._timers.restart(timers, self._clock())
        if len(timers) > 1:
            return done(self._timers, tr("{timers} started again.", timers=subject(timers)))
        return done(self._timers, started_again(timers, timers[0].duration_s))

    def _change(self, said: Said) -> list[ReplyItem] | None:
        length, which = split(said)
        length_s = durations.seconds(length.slots) or 0.0
        if not MIN_S <= length_s <= MAX_S:
            return [Say(out_of_range(length_s))]

        # `Stell den Pizzatimer auf` sets one, too, if there is none.
        new = spoken() and name(which) and not self._meant(which, self._timers.all())
        if (new or not self._timers.all()) and not which.get("it"):
            return self._setting.start(said, length_s)

        def change(timers: Sequence[Timer]) -> list[ReplyItem]:
            self._timers.restart(timers, self._clock(), length_s)
            length = durations.spoken_duration(length_s)
            text = tr("{timers} changed to {length}.", timers=subject(timers), length=length)
            return done(self._timers, text)

        return self._choose(which, self._timers.all(), change)

    def _extend(self, said: Said) -> list[ReplyItem] | None:
        more, which = split(said)
        more_s = durations.seconds(more.slots) or 0.0
        if self._rang and not which.slots and MIN_S <= more_s <= MAX_S:
            return self._snooze(said, more_s)

        def extend(timers: Sequence[Timer]) -> list[ReplyItem]:
            if max(timer.left_s(self._clock()) for timer in timers) + more_s > MAX_S:
                return [Say(out_of_range(MAX_S + more_s))]
            return self._move(timers, more_s)

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
        return done(self._timers, started_again(ringing, more_s))

    def _shorten(self, said: Said) -> list[ReplyItem] | None:
        less, which = split(said)
        less_s = durations.seconds(less.slots) or 0.0

        def shorten(timers: Sequence[Timer]) -> list[ReplyItem]:
            least_s = min(timer.left_s(self._clock()) for timer in timers)
            if least_s - less_s < MIN_S:
                least = durations.spoken_duration(least_s)
                return [Say(tr("It has only {length} left.", length=least))]
            return self._move(timers, -less_s)

        return self._choose(which, self._timers.all(), shorten)

    def _move(self, timers: Sequence[Timer], more_s: float) -> list[ReplyItem]:
        for timer in timers:
            self._timers.extend(timer, more_s)
        length = durations.spoken_duration(abs(more_s))
        left = durations.spoken_duration(timers[0].left_s(self._clock()) + more_s)
        if len(timers) > 1 and more_s > 0:
            text = tr("Added {length}.", length=length)
        elif len(timers) > 1:
            text = tr("Took off {length}.", length=length)
        elif more_s > 0:
            text = tr("Added {length}, {left} left.", length=length, left=left)
        else:
            text = tr("Took off {length}, {left} left.", length=length, left=left)
        return done(self._timers, text)

    def _list(self, said: Said) -> list[ReplyItem]:
        timers = self._timers.all()
        if not timers:
            return [Say(tr("You have no timers."))]
        now, labels = self._clock(), told_apart(timers)
        each = numbers.listed([with_left(*one, now) for one in zip(timers, labels, strict=True)])
        count = numbers.counted(len(timers), "timer")
        return [Say(tr("You have {count}: {timers}.", count=count, timers=each))]

    def _left(self, said: Said) -> list[ReplyItem] | None:
        timers = self._timers.all()
        found = self._meant(said, timers)
        if found is None:
            return None
        if not timers:
            return [Say(tr("You have no timers."))]
        if not found:
            return [Say(none_such(said))]
        said.dialogue.refer(timer.id for timer in found)
        now, labels = self._clock(), told_apart(found)
        if len(found) == 1:
            return [Say(time_left(found[0], now))]
        each = numbers.listed([has_left(*one, now) for one in zip(found, labels, strict=True)])
        return [Say(capital(f"{each}."))]
