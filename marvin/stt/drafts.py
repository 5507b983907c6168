"""Each partial transcript is the draft for the next one."""

import zlib
from typing import Generic, TypeVar

from marvin.types import Samples

DraftT = TypeVar("DraftT")

_NOTHING = zlib.crc32(b"")


class Following:
    """Detects whether audio continues the last utterance or is a new one."""

    def __init__(self) -> None:
        self._length = 0
        self._heard = _NOTHING

    def continues(self, samples: Samples) -> bool:
        """Whether the samples extend those of the last call."""
        # Compares the audio, because utterances of two streams may have the same start. A
        # checksum is enough, and keeps no audio in memory.
        same = zlib.crc32(samples[: self._length].tobytes()) == self._heard
        self._length, self._heard = len(samples), zlib.crc32(samples.tobytes())
        return same

    def forget(self) -> None:
        """Treat the next audio as a new utterance."""
        self._length, self._heard = 0, _NOTHING


class Drafts(Generic[DraftT]):
    """Drafts of an utterance, by window."""

    def __init__(self, *, wanted: bool) -> None:
        """If not `wanted`, no draft is kept."""
        self._wanted = wanted
        self._following = Following()
        self._drafts: dict[int, DraftT] = {}

    def follow(self, samples: Samples) -> None:
        """Drop the drafts of any other utterance."""
        if not self._following.continues(samples):
            self._drafts.clear()

    def at(self, start: int) -> DraftT | None:
        """The draft for the window at `start`, in samples."""
        return self._drafts.get(start)

    def keep(self, start: int, draft: DraftT) -> None:
        if self._wanted:
            self._drafts[start] = draft
