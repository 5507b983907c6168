"""The short "I am listening" chime, played only when the user pauses after the wake word."""

from collections.abc import Callable

from marvin.audio import chime
from marvin.conversation.utterance import UtteranceInProgress
from marvin.types import RATE_HZ, AudioChunk

_WAITS_S = 0.5
"""People who continue in the same breath have usually done so by then."""
_AT_ONCE_S = 0.4
"""The silence must begin this soon after the wake word; any later and words came first."""
_LATENCY_S = 0.35
"""Loudspeaker and microphone latency: how long the end of the chime may still be recorded."""


class WakeChime:
    """Plays at most once per wake word."""

    def __init__(self, play: Callable[[AudioChunk], None], *, enabled: bool) -> None:
        self._play = play
        self._enabled = enabled
        self._left_s = 0.0
        """Remaining seconds in which silence may trigger the chime."""
        self._end = 0
        """Position in samples after which the microphone no longer picks up the chime."""

    def called(self) -> None:
        self._left_s = _AT_ONCE_S + _WAITS_S if self._enabled else 0.0

    def heard_in(self, chunk: AudioChunk, utterance: UtteranceInProgress) -> bool:
        """Whether this chunk may contain the chime. Plays it once the user has paused."""
        if self._left_s > 0.0:
            self._left_s -= chunk.duration_s
            if utterance.silence_s >= _WAITS_S:
                self._left_s = 0.0
                sound = chime.wake()
                self._end = chunk.end + round((sound.duration_s + _LATENCY_S) * RATE_HZ)
                self._play(sound)
        return chunk.start < self._end
