"""What Marvin says to a request that it cannot fulfil, with what to do instead."""

from marvin.languages.translation import spoken, tr


def action(what: str = "do that") -> str:
    """`what` is English."""
    if spoken() is None:
        return f"I cannot {what}: I have no skill for it, but you can add a command."
    return tr("I cannot do that: I have no skill for it, but you can add a command.")


def emergency() -> str:
    return tr(
        "I cannot make calls. Dial the emergency number on a phone: "
        "112 in Europe, 911 in North America, 999 in the United Kingdom."
    )


def alarm(alarms: bool, timers: bool) -> str:
    """The arguments are the skills that there are."""
    if alarms:
        return tr('I did not understand what to do about alarms: say "set an alarm for seven".')
    if timers:
        return tr('I have no alarms, only timers: say "set a timer for ten minutes".')
    return tr("I have no alarms.")


def reminder(alarms: bool, timers: bool) -> str:
    if alarms:
        return tr('I can remind you at a time: say "remind me at five to call mom".')
    if timers:
        return tr('I can only remind you after a length of time: say "remind me in ten minutes".')
    return tr("I cannot remind you.")


def timer(timers: bool) -> str:
    if timers:
        return tr(
            'I did not understand what to do about timers: say "set a timer for ten minutes".'
        )
    return tr("I have no timers.")
