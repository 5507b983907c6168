"""The conversation of a client of `/v1/realtime`."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from marvin.mind.memory import CUT_OFF
from marvin.service.http.api_error import ApiError
from marvin.types import Message, Utterance

_MOST = 200
"""Items that are kept."""


@dataclass(slots=True)
class RealtimeItem:
    """Something said by the user, Marvin or the client's instructions."""

    id: str
    role: str
    text: str | None
    """None: it is not transcribed yet."""
    utterance: Utterance | None = None
    """Audio that may still be transcribed; of the last item alone."""
    heard_s: float | None = None
    """Seconds of speech that the text is from; None: it was written."""
    spoken: bool = False
    """Marvin's, as audio."""
    spoken_ms: int = 0
    status: str = "completed"

    def as_json(self) -> dict[str, Any]:
        if self.heard_s is not None:
            part = {"type": "input_audio", "transcript": self.text}
        elif self.role == "assistant":
            part = self.part()
        else:
            part = {"type": "input_text", "text": self.text}
        return {
            "id": self.id,
            "object": "realtime.item",
            "type": "message",
            "status": self.status,
            "role": self.role,
            "content": [part] if self.text or self.heard_s is not None else [],
        }

    def transcribed(self, text: str) -> None:
        self.text, self.utterance = text, None

    def part(self) -> dict[str, Any]:
        """Of Marvin's item."""
        if self.spoken:
            return {"type": "output_audio", "transcript": self.text}
        return {"type": "output_text", "text": self.text}

    def truncate(self, heard_ms: int) -> None:
        """Keep the words that were heard, in proportion: which word is spoken when is not known."""
        text = self.text or ""
        if self.spoken_ms <= heard_ms:
            return
        cut = text[: len(text) * heard_ms // self.spoken_ms]
        kept = cut.rpartition(" ")[0]
        self.text = f"{kept} {CUT_OFF}" if kept else ""
        self.status = "incomplete"


class RealtimeItems:
    """Items in order; the oldest are dropped."""

    def __init__(self) -> None:
        self._items: dict[str, RealtimeItem] = {}

    def add(self, item: RealtimeItem) -> str | None:
        """Returns the id of the item before it. Raises ApiError."""
        if item.id in self._items:
            raise ApiError(400, "there is an item of that id", param="item.id")
        before = next(reversed(self._items), None)
        if before is not None:
            # Only the last item can be answered: a long session must not keep all its audio.
            self._items[before].utterance = None
        self._items[item.id] = item
        while len(self._items) > _MOST:
            del self._items[next(iter(self._items))]
        return before

    def find(self, name: str) -> RealtimeItem:
        """Raises ApiError."""
        if (item := self._items.get(name)) is None:
            raise ApiError(404, "there is no item of that id", param="item_id")
        return item

    def remove(self, name: str) -> None:
        """Raises ApiError."""
        del self._items[self.find(name).id]

    def last_said(self) -> RealtimeItem | None:
        """What the user said last, if Marvin has not answered since."""
        for item in reversed(self._items.values()):
            if item.role != "system":
                return item if item.role == "user" else None
        return None

    def messages(self, until: RealtimeItem | None = None) -> Sequence[Message]:
        """What was said before an item."""
        said = []
        for item in self._items.values():
            if item is until:
                break
            if item.text:
                said.append(Message(item.role, item.text))
        return said


def new_id(kind: str) -> str:
    return f"{kind}_{uuid.uuid4().hex[:24]}"
