"""What was written so far of an utterance that goes on: drafts of its next transcript."""

import zlib
from typing import Generic, TypeVar

from marvin.types import Samples

DraftT = TypeVar("DraftT")

_NOTHING = zlib.crc32(b"")


class Following:
    """Tells an utterance that has gone on from the next one."""

    def __init__(self) -> None:
        self._length = 0
        self._heard = _NOTHING

    def goes_on(self, samples: Samples) -> bool:
        """Whether the samples are those of the last call, and more."""
        # By the audio, since two utterances may have the same start: in two streams, say. But not
        # by itself: it would stay in memory until somebody speaks again.
        same = zlib.crc32(samples[: self._length].tobytes()) == self._heard
        self._length, self._heard = len(samples), zlib.crc32(samples.tobytes())
        return same

    def forget(self) -> None:
        """Whatever comes next is new, and goes on from nothing."""
        self._length, self._heard = 0, _NOTHING


class Drafts(Generic[DraftT]):
    """By the window of the utterance that they were written for."""

    def __init__(self, *, wanted: bool) -> None:
        """Without `wanted` there is never one."""
        self._wanted = wanted
        self._following = Following()
        self._drafts: dict[int, DraftT] = {}

    def follow(self, samples: Samples) -> None:
        """Forget what was written of another utterance than this."""
        if not self._following.goes_on(samples):
            self._drafts.clear()

    def at(self, start: int) -> DraftT | None:
        """What was written last for the window that begins there, in samples."""
        return self._drafts.get(start)

    def keep(self, start: int, draft: DraftT) -> None:
        """It is the draft of what will be written for that window when it has grown."""
        if self._wanted:
            self._drafts[start] = draft
