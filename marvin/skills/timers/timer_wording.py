"""What Marvin calls timers, and how it says how long they run."""

from collections.abc import Sequence
from datetime import datetime

from marvin.languages.translation import spoken, tr
from marvin.skills import durations
from marvin.skills.sentence_patterns import Said
from marvin.skills.text import capital
from marvin.skills.timers.timer import Timer
from marvin.skills.timers.timer_choice import name, purpose


def none_such(said: Said) -> str:
    """That the user has no such timer."""
    called, length_s = name(said), durations.seconds(said.slots)
    if said.get("it"):
        return tr("You have no such timer.")
    if spoken() is None:
        return f"You have no {_english_name(said, called, length_s)}."
    if said.get("reminder"):
        return tr("You have no such reminder.")
    if said.get("order") or said.get("left_of") or (called and length_s):
        return tr("You have no such timer.")
    if called:
        return tr("You have no {name} timer.", name=called)
    if length_s:
        return tr("You have no {length} timer.", length=durations.label(length_s))
    return tr("You have no timers.")


def _english_name(said: Said, called: str | None, length_s: float | None) -> str:
    noun = "reminder" if said.get("reminder") else "timer"
    if length_s is not None and said.get("left_of"):
        noun += f" with {durations.spoken_duration(length_s)} left"
    noun += f" {purpose(said)}" if said.get("free_purpose") else ""
    if order := said.get("order"):
        return f"{order} {noun}"
    length = durations.label(length_s) if length_s and not said.get("left_of") else ""
    return " ".join(filter(None, (length, called, noun)))


def told_apart(timers: Sequence[Timer], now: datetime | None = None) -> list[str]:
    """Distinct names where possible, otherwise with the time left at `now`."""
    labels = [_label(timer, timers) for timer in timers]
    if len(set(labels)) < len(labels) and now is not None:
        lengths = [durations.spoken_duration(timer.left_s(now)) for timer in timers]
        labels = [tr("the one with {length} left", length=length) for length in lengths]
    if len(set(labels)) < len(labels) <= len(_ordinals()):
        return _ordinals()[: len(labels)]
    return labels


def _ordinals() -> list[str]:
    return [
        tr("the first"),
        tr("the second"),
        tr("the third"),
        tr("the fourth"),
        tr("the fifth"),
    ]


def _label(timer: Timer, timers: Sequence[Timer]) -> str:
    if timer.purpose and not timer.name:
        return tr("the reminder {purpose}", purpose=timer.purpose)
    length = durations.label(timer.duration_s)
    if timer.name is None:
        return tr("the {length} one", length=length)
    if [one.name for one in timers].count(timer.name) == 1:
        return timer.name
    return tr("the {length} {name}", length=length, name=timer.name)


def subject(timers: Sequence[Timer]) -> str:
    """`Pasta timer`, `Both timers`; in the middle of a sentence in other languages."""
    if len(timers) == 2:
        return tr("Both timers")
    if len(timers) > 1:
        return tr("All {count} timers", count=len(timers))
    (timer,) = timers
    if timer.name:
        text = tr("{name} timer", name=timer.name)
    elif timer.purpose:
        text = tr("reminder {purpose}", purpose=timer.purpose)
    else:
        text = tr("{length} timer", length=durations.label(timer.duration_s))
    return text if spoken() else capital(text)


def time_left(timer: Timer, now: datetime) -> str:
    """How long it still runs."""
    length = durations.spoken_duration(timer.left_s(now))
    if timer.purpose and not timer.name:
        return _reminder_left(timer.purpose, length, running=timer.running)
    if timer.name:
        if timer.running:
            return tr("Your {name} timer has {length} left.", name=timer.name, length=length)
        return tr(
            "Your {name} timer has {length} left and is paused.", name=timer.name, length=length
        )
    label = durations.label(timer.duration_s)
    if timer.running:
        return tr("Your {label} timer has {length} left.", label=label, length=length)
    return tr("Your {label} timer has {length} left and is paused.", label=label, length=length)


def _reminder_left(what: str, length: str, *, running: bool) -> str:
    if running:
        return tr("Your reminder {purpose} has {length} left.", purpose=what, length=length)
    return tr(
        "Your reminder {purpose} has {length} left and is paused.", purpose=what, length=length
    )


def started_again(timers: Sequence[Timer], length_s: float) -> str:
    length, what = durations.spoken_duration(length_s), subject(timers)
    if spoken() and length in what:
        return tr("{timers} started again.", timers=what)
    return tr("{timers} started again with {length}.", timers=what, length=length)


def with_left(timer: Timer, label: str, now: datetime) -> str:
    length = durations.spoken_duration(timer.left_s(now))
    if timer.running:
        return tr("{timer} with {length} left", timer=label, length=length)
    return tr("{timer} with {length} left, paused", timer=label, length=length)


def has_left(timer: Timer, label: str, now: datetime) -> str:
    length = durations.spoken_duration(timer.left_s(now))
    if timer.running:
        return tr("{timer} has {length} left", timer=label, length=length)
    return tr("{timer} has {length} left, paused", timer=label, length=length)
