"""Prints events, one line each, for people or as JSON."""

import sys
from collections.abc import Callable

from rich import markup
from rich.console import Console

from marvin.boundary.redaction import redact
from marvin.boundary.terminal import one_line, to_json
from marvin.events import (
    AnsweredElsewhere,
    Armed,
    AudioLost,
    DeviceBack,
    DeviceLost,
    DeviceSilent,
    EngineNotice,
    Event,
    Heard,
    Muted,
    NearMiss,
    PartlyHeard,
    Replied,
    ServerBack,
    ServerLost,
    Serving,
    StateChanged,
    ToolUsed,
    TurnFailed,
    TurnFinished,
    WakeWordHeard,
    as_json,
)

_WORTH_SAYING_S = 0.05
"""Shorter losses would print as 0.0 s; `marvin status` counts them anyway."""

_DEVICES = {"input": "the microphone", "output": "the loudspeaker"}


def json_printer(put: Callable[[str], None]) -> Callable[[Event], None]:
    """Passes each event to `put` as a line of JSON."""
    return lambda event: put(to_json(as_json(event)))


def event_printer(put: Callable[[str], None], *, private: bool) -> Callable[[Event], None]:
    """Passes each event to `put` as a readable line.

    `private` leaves out what was said and answered, for output that ends up in a log.
    """
    # Never printed to: only used to detect what the terminal can show.
    console = Console(file=sys.stdout, highlight=False, soft_wrap=True)

    def print_event(event: Event) -> None:
        line = _line(event, private)
        if line:
            with console.capture() as shown:
                console.print(line, end="")
            put(shown.get())

    return print_event


def _line(event: Event, private: bool) -> str:
    match event:
        case Armed():
            return f"armed after {event.start_up_s:.1f} s: say [bold]{_shown(event.phrase)}[/]"
        case StateChanged():
            arrow = f"{event.before.value} → [bold]{event.after.value}[/]"
            return f"[dim]{event.at_s:8.2f} s[/]  {arrow}  [dim]{event.cause.value}[/]"
        case WakeWordHeard():
            return f"[dim]{event.at_s:8.2f} s[/]  wake word [dim]score {event.score:.2f}[/]"
        case AnsweredElsewhere():
            return f"            [dim]{_shown(event.room or 'another room')} answers[/]"
        case NearMiss():
            # Only in verbose logs.
            return ""
        case PartlyHeard():
            stable = _said(event.text[: event.stable] or " ", private)
            rest = "" if private else markup.escape(one_line(event.text[event.stable :]))
            return f"            ...    [cyan]{stable}[/][dim]{rest}[/]"
        case Heard():
            # Nor whose voice it was.
            known = event.speaker is not None and not private
            who = f"  [dim]{_shown(event.speaker or 'somebody')}[/]" if known else ""
            return f"            heard  [cyan]{_said(event.text, private)}[/]{who}"
        case Replied():
            return f"            says   [green]{_said(event.text, private)}[/]"
        case TurnFailed():
            return f"            [red]failed in {event.stage}: {_shown(event.message)}[/]"
        case EngineNotice():
            return f"[yellow]{event.stage}: {_shown(event.message)}[/]"
        case AudioLost() if event.seconds < _WORTH_SAYING_S:
            return ""
        case AudioLost():
            return f"[yellow]{event.seconds:.1f} s of audio lost[/]"
        case DeviceLost() | DeviceBack() | DeviceSilent() | ServerLost() | ServerBack():
            return _outage_line(event)
        case Muted():
            what = "muted until `marvin unmute`" if event.muted else "unmuted: listening again"
            return f"[yellow]{what}[/]"
        case Serving(warning=warning):
            told = f": [yellow]{_shown(warning)}[/]" if warning else ""
            return f"{event.protocol} at [bold]{_shown(event.address)}[/]{told}"
        case ToolUsed():
            whose = f" of {_shown(event.server)}" if event.server else ""
            how = f"{'failed after' if event.failed else 'took'} {event.took_s:.1f} s"
            return f"            used   {_shown(event.name)}{whose}  [dim]{how}[/]"
        case TurnFinished():
            return turn_line(event)


def _outage_line(
    event: DeviceLost | DeviceBack | DeviceSilent | ServerLost | ServerBack,
) -> str:
    match event:
        case DeviceLost():
            what = f"{_DEVICES[event.direction]} {event.device!r} is lost: {event.reason}"
            return f"[red]{_shown(what)}; looking for it[/]"
        case DeviceBack():
            what = f"{_DEVICES[event.direction]} {event.device!r} is back"
            return f"[yellow]{_shown(what)} after {event.away_s:.1f} s[/]"
        case DeviceSilent(over=False):
            what = f"the microphone {event.device!r} has sent only zeros for {event.seconds:.0f} s"
            return f"[yellow]{_shown(what)}: is it muted?[/]"
        case DeviceSilent():
            return f"[yellow]the microphone {_shown(repr(event.device))} hears something again[/]"
        case ServerLost():
            what = f"{event.stage} is off: {event.message}; looking for the server"
            return f"[red]{_shown(what)}[/]"
        case ServerBack():
            what = f"{event.stage} works again: the server {event.address} is back"
            return f"[yellow]{_shown(what)} after {event.away_s:.1f} s[/]"


def _shown(text: str) -> str:
    """On one line, without secrets, control characters or markup."""
    return markup.escape(one_line(redact(text)))


def _said(text: str, private: bool) -> str:
    if not text:
        return "(nothing intelligible)"
    return f"({len(text)} characters)" if private else markup.escape(one_line(text))


def turn_line(turn: TurnFinished) -> str:
    """The latencies of a turn in one line."""
    parts = [
        f"wake {turn.wake_score:.2f}",
        f"speech {turn.speech_s:.2f} s",
        f"endpoint {turn.endpoint_s:.2f} s",
        *(
            f"{name} {value * 1000:.0f} ms"
            for name, value in (
                ("stt", turn.stt_s),
                ("first token", turn.first_token_s),
                ("first audio", turn.first_audio_s),
            )
            if value is not None
        ),
        f"total {turn.total_s:.2f} s",
    ]
    return f"            [dim]turn   {turn.outcome}: {' · '.join(parts)}[/]"
