"""What events hold, checked: a client may send anything."""

from __future__ import annotations

from typing import TYPE_CHECKING

from marvin.boundary.terminal import one_line, plain
from marvin.service.wyoming.bounded_stream import RefusedEventError

if TYPE_CHECKING:
    from wyoming.event import Event as WyomingEvent

LONGEST_NAME = 200
"""Characters of a name that count."""


def text_of(event: WyomingEvent, most: int) -> str:
    """Without control characters. Raises RefusedEventError."""
    text = event.data.get("text")
    if not isinstance(text, str):
        raise RefusedEventError(f"{event.type}: needs a text")
    if len(text) > most:
        raise RefusedEventError(f"{event.type}: the text is longer than {most} characters")
    return plain(text)


def language_of(event: WyomingEvent) -> str:
    """As the client writes it, which may be `de-DE`; empty if it does not."""
    return _name(event.data, "language")


def voice_language(event: WyomingEvent) -> str:
    return _name(event.data.get("voice"), "language")


def conversation_of(event: WyomingEvent) -> str:
    """What the client calls it; empty if it does not."""
    return _name(event.data.get("context"), "conversation_id")


def refuse_ssml(event: WyomingEvent) -> None:
    """Raises RefusedEventError."""
    if event.data.get("text_format") == "ssml":
        raise RefusedEventError("SSML is not supported: send plain text")


def _name(values: object, key: str) -> str:
    value = values.get(key) if isinstance(values, dict) else None
    return one_line(value[:LONGEST_NAME]) if isinstance(value, str) else ""
