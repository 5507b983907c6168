"""Timers in words: set, name, list, ask, pause, resume, extend, cancel."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

from marvin.skills import durations, numbers, timer_phrases
from marvin.skills.patterns import Names, Phrase, Said, Skill
from marvin.skills.timers import MAX_S, MAX_TIMERS, MIN_S, Timer, Timers
from marvin.types import Reply

_LENGTH = "timer length"
_WHICH = "which timer"
_RANG_S = 120.0
"""So long after a timer has rung, cancelling "the timer" means its sound, in seconds."""

_ORDINALS = ("the first", "the second", "the third")

Ask = Callable[[str, str], Reply]
"""(question, text): a reply that asks; its answer is looked for under `Phrase.question`."""
Action = Callable[[Sequence[Timer]], Reply]


class TimerSkill:
    """Turns what is said into changes of the store, and asks back where it is unclear."""

    def __init__(self, timers: Timers, clock: Callable[[], datetime], ask: Ask) -> None:
        self._timers = timers
        self._clock = clock
        self._ask = ask
        self._name: str | None = None
        """The name of the timer whose length was asked for."""
        self._action: Action = self._cancel
        """What happens to the timers that were asked about."""
        self._choice: Sequence[Timer] = ()
        """The timers that were asked about."""

    def skill(self, more_names: tuple[str, ...]) -> Skill:
        """What can be said about timers."""
        phrases = (
            Phrase(timer_phrases.LENGTH, self._set, _LENGTH),
            Phrase(timer_phrases.WHICH, self._which, _WHICH, timer_phrases.WHICH_WRITTEN),
            *(
                Phrase(timer_phrases.NO, lambda said: Reply(""), question)
                for question in (_LENGTH, _WHICH)
            ),
            Phrase(timer_phrases.EXTEND, self._extend, written=timer_phrases.EXTEND_WRITTEN),
            Phrase((), self._set_two, written=timer_phrases.SET_TWO_WRITTEN),
            Phrase(timer_phrases.SET, self._set_new, written=timer_phrases.SET_WRITTEN),
            Phrase(
                timer_phrases.SET_NO_LENGTH,
                self._set_new,
                written=timer_phrases.SET_NO_LENGTH_WRITTEN,
            ),
            Phrase(timer_phrases.TIME_OF_DAY, self._time_of_day),
            Phrase(timer_phrases.CANCEL, self._cancel_said, written=timer_phrases.CANCEL_WRITTEN),
            Phrase(timer_phrases.PAUSE, self._pause_said, written=timer_phrases.PAUSE_WRITTEN),
            Phrase(timer_phrases.RESUME, self._resume_said, written=timer_phrases.RESUME_WRITTEN),
            Phrase(timer_phrases.LIST, self._list, written=timer_phrases.LIST_WRITTEN),
            Phrase(timer_phrases.LEFT, self._left, written=timer_phrases.LEFT_WRITTEN),
        )
        names = Names((*timer_phrases.NAMES, *more_names), timer_phrases.NAMES_WRITTEN)
        lists = timer_phrases.LISTS | {"timer_name": names}
        return Skill(
            "timers",
            phrases,
            timer_phrases.EXAMPLES,
            lists,
            timer_phrases.RULES,
            timer_phrases.SPOKEN_RULES,
        )

    def _set_new(self, said: Said) -> Reply:
        self._name = _name(said)
        return self._set(said)

    def _set_two(self, said: Said) -> Reply:
        also = next(at for at, (name, _) in enumerate(said.slots) if name == "also")
        halves = (replace(said, slots=said.slots[:also]), replace(said, slots=said.slots[also:]))
        replies = [self._set_new(half) for half in halves]
        return Reply(" ".join(reply.text for reply in replies), follow_up=replies[1].follow_up)

    def _set(self, said: Said) -> Reply:
        length_s = durations.seconds(said.slots)
        if self._timers.full:
            return Reply(f"You already have {MAX_TIMERS} timers, and that is all I can keep.")
        if length_s is None:
            return self._ask(_LENGTH, "For how long?")
        if length_s < MIN_S:
            return self._ask(_LENGTH, "A timer needs at least 1 second. For how long?")
        if length_s > MAX_S:
            return self._ask(_LENGTH, "A timer can run for 24 hours at most. For how long?")
        timer = self._timers.add(length_s, self._name, self._clock())
        what = f"{timer.name.capitalize()} timer" if timer.name else "Timer"
        return self._done(f"{what} set for {durations.spoken(length_s)}.")

    def _time_of_day(self, said: Said) -> Reply:
        return self._ask(_LENGTH, "I have no alarms, only timers. For how long shall I set one?")

    def _cancel_said(self, said: Said) -> Reply:
        timers = self._timers.all()
        return self._choose(said, timers, self._cancel) if timers else self._none()

    def _pause_said(self, said: Said) -> Reply:
        timers = self._timers.all()
        running = [timer for timer in timers if timer.running]
        if timers and not running:
            return Reply("Your timers are paused already.")
        return self._choose(said, running, self._pause) if running else self._none()

    def _resume_said(self, said: Said) -> Reply:
        paused = [timer for timer in self._timers.all() if not timer.running]
        return self._choose(said, paused, self._resume) if paused else Reply("No timer is paused.")

    def _none(self) -> Reply:
        rang = self._timers.last_rang
        if rang and (self._clock() - rang).total_seconds() < _RANG_S:
            return Reply("")
        return Reply("You have no timers.")

    def _choose(self, said: Said, timers: Sequence[Timer], action: Action) -> Reply:
        chosen, what = _chosen(said, timers)
        if not chosen:
            return Reply(f"You have no {what} timer.")
        return self._act(said, chosen, action)

    def _act(self, said: Said, chosen: Sequence[Timer], action: Action) -> Reply:
        """Do it, or ask which one is meant."""
        if len(chosen) == 1 or any(said.get(slot) for slot in ("all", "every", "plural")):
            return action(chosen)
        self._action, self._choice = action, chosen
        return self._ask(_WHICH, f"Which one: {numbers.listed(_told_apart(chosen), 'or')}?")

    def _which(self, said: Said) -> Reply | None:
        chosen, _ = _chosen(said, self._choice)
        return self._act(said, chosen, self._action) if chosen else None

    def _cancel(self, timers: Sequence[Timer]) -> Reply:
        now = self._clock()
        self._timers.cancel(timers)
        if not any(timer.left_s(now) for timer in timers):
            return Reply("")  # it is ringing: what is wanted is silence
        return self._done(f"{_subject(timers)} cancelled.")

    def _pause(self, timers: Sequence[Timer]) -> Reply:
        now = self._clock()
        self._timers.pause(timers, now)
        left = f" with {durations.spoken(timers[0].left_s(now))} left" if len(timers) == 1 else ""
        return self._done(f"{_subject(timers)} paused{left}.")

    def _resume(self, timers: Sequence[Timer]) -> Reply:
        now = self._clock()
        self._timers.resume(timers, now)
        left = f" with {durations.spoken(timers[0].left_s(now))} left" if len(timers) == 1 else ""
        return self._done(f"{_subject(timers)} running again{left}.")

    def _extend(self, said: Said) -> Reply:
        more_s = durations.seconds(said.slots) or 0.0
        # The length in the sentence is what to add, not which timer is meant.
        which = replace(said, slots=tuple(slot for slot in said.slots if slot[0] in _NAMING))
        timers = self._timers.all()

        def extend(chosen: Sequence[Timer]) -> Reply:
            now = self._clock()
            if max(timer.left_s(now) for timer in chosen) + more_s > MAX_S:
                return Reply("A timer can run for 24 hours at most.")
            for timer in chosen:
                self._timers.extend(timer, more_s)
            left = durations.spoken(chosen[0].left_s(now) + more_s)
            end = f", {left} left" if len(chosen) == 1 else ""
            return self._done(f"Added {durations.spoken(more_s)}{end}.")

        return self._choose(which, timers, extend) if timers else self._none()

    def _list(self, said: Said) -> Reply:
        timers = self._timers.all()
        if not timers:
            return Reply("You have no timers.")
        count = numbers.counted(len(timers), "timer")
        return Reply(f"You have {count}: {self._with_left(timers)}.")

    def _left(self, said: Said) -> Reply:
        timers = self._timers.all()
        if not timers:
            return self._none()
        chosen, what = _chosen(said, timers)
        if not chosen:
            return Reply(f"You have no {what} timer.")
        if len(chosen) > 1:
            text = self._with_left(chosen)
            return Reply(f"{text[0].upper()}{text[1:]}.")
        timer = chosen[0]
        paused = "" if timer.running else " and is paused"
        left = durations.spoken(timer.left_s(self._clock()))
        return Reply(f"Your {timer.label} timer has {left} left{paused}.")

    def _with_left(self, timers: Sequence[Timer]) -> str:
        now = self._clock()
        return numbers.listed(
            [
                f"{label} with {durations.spoken(timer.left_s(now))} left"
                f"{'' if timer.running else ', paused'}"
                for timer, label in zip(timers, _told_apart(timers), strict=True)
            ]
        )

    def _done(self, text: str) -> Reply:
        if self._timers.durable:
            return Reply(text)
        return Reply(f"{text} I cannot save timers, so a restart would lose them.")


_NAMING = ("timer_name", "any_name", "order", "all", "every", "plural")


def _name(said: Said) -> str | None:
    return said.get("timer_name") or said.get("any_name")


def _chosen(said: Said, timers: Sequence[Timer]) -> tuple[list[Timer], str]:
    """The timers that a sentence may mean, and what it calls them."""
    chosen, what = list(timers), ""
    length_s = durations.seconds(said.slots)
    if length_s is not None:
        chosen = [timer for timer in chosen if timer.duration_s == length_s]
        what = durations.label(length_s)
    name = _name(said)
    if name is not None:
        chosen = [timer for timer in chosen if (timer.name or "").casefold() == name.casefold()]
        what = f"{what} {name}".strip()
    order = said.get("order")
    if order is not None:
        return _in_order(chosen, order), order
    return chosen, what


def _in_order(timers: Sequence[Timer], order: str) -> list[Timer]:
    """`first` counts from the oldest, `next` is the first to ring."""
    by_age = sorted(timers, key=lambda timer: timer.id)
    if order == "next":
        return list(timers[:1])
    if order in ("last", "newest"):
        return by_age[-1:]
    at = ("first", "second", "third").index(order)
    return by_age[at : at + 1]


def _told_apart(timers: Sequence[Timer]) -> list[str]:
    """A different word for each timer, as far as there is one."""
    count = Counter(timer.label for timer in timers)
    labels = []
    for timer in timers:
        length = durations.label(timer.duration_s)
        if timer.name is None:
            labels.append(f"the {length} one")
        else:
            labels.append(timer.name if count[timer.name] == 1 else f"the {length} {timer.name}")
    if len(set(labels)) < len(labels) <= len(_ORDINALS):
        ages = sorted(timer.id for timer in timers)
        labels = [_ORDINALS[ages.index(timer.id)] for timer in timers]
    return labels


def _subject(timers: Sequence[Timer]) -> str:
    if len(timers) > 1:
        return "Both timers" if len(timers) == 2 else f"All {len(timers)} timers"
    name = timers[0].name
    return f"{name.capitalize()} timer" if name else f"{timers[0].label} timer"
