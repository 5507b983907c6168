"""Decides whether the user has finished speaking. Pure logic; time is measured in audio seconds."""

from bisect import insort
from collections import deque
from math import log10

from marvin.config.tables import TurnConfig
from marvin.types import Completeness, Endpoint

PAUSE_S = 0.2
"""Silence after which the user may have finished. Longer than the closure of a plosive."""

HANGOVER_S = 0.06
"""Minimum time WebRTC's detector keeps reporting speech after it ends: six frames of 10 ms, nine
after long speech (`kOverHangMax` in its vad_core.c)."""
_RESUMED_S = 0.12
"""Minimum speech that counts as the user continuing. A click is shorter."""

BELOW_DB = 9.0
"""Speech this far below the user's level is background speech, such as a television."""
_BELOW_S = 0.8
"""Quieter speech counts as the user's for this long: voices drop at the end of a sentence."""
_CALL_DB = 6.0
"""How much louder a called wake word is than the words that follow."""
SMOOTH_CHUNKS = 5
"""Levels are averaged over this many chunks: a syllable varies by more than `BELOW_DB`."""
_LOUD_CHUNKS = 6
"""The user's level is the lowest of this many highest levels: a quarter of a second."""
_FORGET_DB_PER_S = 1.0
"""Decay of the remembered user level while no background speech is present."""
_AGAIN_S = 0.28
"""After background speech, the user is back once the level has matched theirs for this long.
Longer than the loud syllables of a television."""


class Endpointer:
    """Follows one utterance from the wake word, or the previous reply, to its end.

    Two hysteresis thresholds: speech needs a higher probability to start than to continue, and
    the full margin over the noise floor to start but half of it to continue. The silence that
    ends the utterance depends on how complete the words are.
    """

    def __init__(
        self,
        config: TurnConfig,
        *,
        no_speech_s: float | None = None,
        least_dbfs: float = -200.0,
    ) -> None:
        """For follow-ups: `no_speech_s` overrides the configured wait for the first word, and
        speech begins only above the level `least_dbfs`."""
        self._config = config
        self._least_dbfs = least_dbfs
        self._no_speech_s = config.no_speech_s if no_speech_s is None else no_speech_s
        self._waited_s = 0.0
        self._length_s = 0.0
        """Seconds since the first speech of the utterance."""
        self._run_s = 0.0
        self.speech_s = 0.0
        """Total seconds of speech."""
        self.silence_s = 0.0
        """Seconds since the last speech."""
        self.spoke = False
        """Whether speech of at least `min_speech_s` has been heard."""
        self.completeness = Completeness.UNKNOWN
        """Completeness of the words so far. Further speech resets it."""
        self._loudest_dbfs: list[float] = []
        """The highest levels of speech, from the lowest, decaying over time."""
        self.below_s = 0.0
        """Seconds since the audio was last near that level."""
        self.others_speak = False
        """Whether background speech is present: quieter speech that has lasted too long."""
        self._powers: deque[float] = deque(maxlen=SMOOTH_CHUNKS)
        self._others_s = 0.0
        self._near_s = 0.0

    @property
    def begun(self) -> bool:
        """Whether the user has spoken, or a sound that may become speech is in progress."""
        return self.spoke or self._run_s > 0.0

    @property
    def pausing(self) -> bool:
        """Whether the user has spoken and may have finished."""
        return self.spoke and self.silence_s >= PAUSE_S - 1e-9

    @property
    def resumed(self) -> bool:
        """Whether the user is speaking again."""
        return self.silence_s == 0.0 and self._run_s >= _RESUMED_S - 1e-9

    @property
    def user_dbfs(self) -> float:
        """Level of the user's voice, in which a loud first syllable or a knock does not count."""
        return self._loudest_dbfs[0] if self._loudest_dbfs else -200.0

    def after_call(self) -> None:
        """Allow for quieter speech from here on, as the audio so far may be a called wake word."""
        self._quieten(_CALL_DB)
        self._powers.clear()

    def process(
        self, duration_s: float, probability: float, level_dbfs: float, floor_dbfs: float
    ) -> Endpoint:
        """Process a chunk's measurements and return whether the utterance is over."""
        self._waited_s += duration_s
        speech = self._is_speech(probability, level_dbfs - floor_dbfs)
        level = self._compare(duration_s, level_dbfs, speech)
        speech = speech and (self.spoke or level > self._least_dbfs)
        if speech and not self.others_speak:
            self._run_s += duration_s
            self.speech_s += duration_s
            self.silence_s = 0.0
            self.completeness = Completeness.UNKNOWN
            self.spoke = self.spoke or self._run_s >= self._config.min_speech_s - 1e-9
        else:
            if self.silence_s == 0.0 and probability < self._config.stop_probability:
                # Ended by the detector rather than the level: silence began a hangover earlier.
                self.silence_s = HANGOVER_S
            self.silence_s += duration_s
            if self.silence_s > PAUSE_S:
                self._run_s = 0.0
        self._length_s = self._length_s + duration_s if self.begun else 0.0
        return self._verdict()

    def _compare(self, duration_s: float, level_dbfs: float, speech: bool) -> float:
        """Update whether the user or somebody in the background is speaking. Returns the smoothed
        level."""
        self._powers.append(10 ** (level_dbfs / 10))
        level = 10 * log10(sum(self._powers) / SMOOTH_CHUNKS)
        if speech:
            insort(self._loudest_dbfs, level)
            del self._loudest_dbfs[:-_LOUD_CHUNKS]
        near = level > self.user_dbfs - BELOW_DB
        self._near_s = self._near_s + duration_s if near else 0.0
        self.below_s += duration_s
        if near and (not self.others_speak or self._near_s >= _AGAIN_S - 1e-9):
            self.below_s = self._others_s = 0.0
        elif not near:
            self._others_s += duration_s * speech
        self.others_speak = self._others_s >= _BELOW_S
        if not self.others_speak:
            self._quieten(_FORGET_DB_PER_S * duration_s)
        return level

    def _quieten(self, by_db: float) -> None:
        self._loudest_dbfs = [level - by_db for level in self._loudest_dbfs]

    def _is_speech(self, probability: float, above_floor_db: float) -> bool:
        continuing = self._run_s > 0.0
        least = self._config.stop_probability if continuing else self._config.start_probability
        margin = self._config.margin_db / 2 if continuing else self._config.margin_db
        return probability >= least and probability > 0.0 and above_floor_db >= margin

    def _verdict(self) -> Endpoint:
        if self.spoke and self.silence_s >= self._required_silence_s() - 1e-9:
            return Endpoint.SILENCE
        if self.spoke and self._length_s >= self._config.max_s - 1e-9:
            return Endpoint.MAX_LENGTH
        if not self.begun and self._waited_s >= self._no_speech_s - 1e-9:
            return Endpoint.NO_SPEECH
        return Endpoint.NONE

    def _required_silence_s(self) -> float:
        silence_s = self._config.silence_s
        if self.completeness is Completeness.COMPLETE:
            return silence_s * self._config.complete_share
        if self.completeness is Completeness.UNFINISHED:
            return silence_s * self._config.unfinished_share
        return silence_s
