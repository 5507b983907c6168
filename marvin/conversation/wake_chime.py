"""The short sound that says "I am listening": only for a user who waits, never over speech."""

from collections.abc import Callable

from marvin.audio import chime
from marvin.conversation.utterance import UtteranceInProgress
from marvin.types import RATE_HZ, AudioChunk

_WAITS_S = 0.5
"""Most people who go on in one breath have done so by then."""
_AT_ONCE_S = 0.4
"""The silence must begin this soon after the call; later, words came first."""
_ON_ITS_WAY_S = 0.35
"""Until the microphone has heard the last of it: loudspeakers and microphones take their time."""


class WakeChime:
    """Sounds once for each call."""

    def __init__(self, play: Callable[[AudioChunk], None], *, enabled: bool) -> None:
        self._play = play
        self._enabled = enabled
        self._left_s = 0.0
        """Time in which a silence may still trigger it."""
        self._end = 0
        """Position in the audio from which it is not heard any more, in samples."""

    def called(self) -> None:
        """The user has called."""
        self._left_s = _AT_ONCE_S + _WAITS_S if self._enabled else 0.0

    def heard_in(self, chunk: AudioChunk, listening: UtteranceInProgress) -> bool:
        """Whether the microphone may hear it in this chunk; begins it where the user waits."""
        if self._left_s > 0.0:
            self._left_s -= chunk.duration_s
            if listening.silence_s >= _WAITS_S:
                self._left_s = 0.0
                sound = chime.wake()
                self._end = chunk.end + round((sound.duration_s + _ON_ITS_WAY_S) * RATE_HZ)
                self._play(sound)
        return chunk.start < self._end
