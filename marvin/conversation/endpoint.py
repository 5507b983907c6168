"""Has the user finished? A pure decision, counted in seconds of audio."""

from collections import deque
from math import log10

from marvin.config.tables import TurnConfig
from marvin.types import Completeness, Endpoint

PAUSE_S = 0.2
"""After so much silence the user may have finished. Longer than the closure of a plosive."""

HANGOVER_S = 0.06
"""WebRTC's detector says "speech" for so much longer than there is any, at the least: six frames of
10 ms, nine after long speech (`kOverHangMax` in its vad_core.c)."""
_RESUMED_S = 0.12
"""Speech of such length goes on after the end; a click does not."""

BELOW_DB = 9.0
"""Speech that stays so far below the user's own is another's: of a television, in the next room."""
_BELOW_S = 0.6
"""For so long it may be the user's: the voice falls at the end of a sentence."""
_CALL_DB = 6.0
"""So much louder than what follows is the wake word, when it is called."""
SMOOTH_CHUNKS = 5
"""Levels are compared over so many chunks: within a syllable they differ by more than `BELOW_DB`.
"""
_FORGET_DB_PER_S = 1.0
"""So fast is forgotten how loud the user was, while nobody else speaks."""
_AGAIN_S = 0.28
"""Speech that has been taken for another's is the user's again when it is as loud as the user for
so long: a television has loud syllables, too."""


class Endpointer:
    """Watches one utterance, from the wake word (or the reply before) to its end.

    Hysteresis twice over: speech begins at a higher probability than it needs to go on, and at
    the full margin over the noise floor where half of it keeps it going. How much silence ends it
    depends on what was said.
    """

    def __init__(self, config: TurnConfig, *, no_speech_s: float | None = None) -> None:
        """`no_speech_s` replaces the configured wait for the first word (follow-up questions)."""
        self._config = config
        self._no_speech_s = config.no_speech_s if no_speech_s is None else no_speech_s
        self._waited_s = 0.0
        self._length_s = 0.0
        """Of the utterance, from its first speech."""
        self._run_s = 0.0
        self.speech_s = 0.0
        """Seconds of speech so far."""
        self.silence_s = 0.0
        """Seconds since the last speech."""
        self.spoke = False
        """Whether speech of at least `min_speech_s` has been heard."""
        self.completeness = Completeness.UNKNOWN
        """What is known of the words up to the last speech; further speech makes it unknown."""
        self.loudest_dbfs = -200.0
        """Level of the user's voice."""
        self.below_s = 0.0
        """Seconds since it was last as loud as that."""
        self.others_speak = False
        """Somebody has spoken since then, too long for it to be the user."""
        self._powers: deque[float] = deque(maxlen=SMOOTH_CHUNKS)
        self._others_s = 0.0
        self._near_s = 0.0

    @property
    def begun(self) -> bool:
        """Whether the user speaks, or has spoken; a sound under way may yet become speech."""
        return self.spoke or self._run_s > 0.0

    @property
    def pausing(self) -> bool:
        """Whether the user has spoken, and may have finished."""
        return self.spoke and self.silence_s >= PAUSE_S - 1e-9

    @property
    def resumed(self) -> bool:
        """Whether the user speaks again."""
        return self.silence_s == 0.0 and self._run_s >= _RESUMED_S - 1e-9

    def after_call(self) -> None:
        """What was heard so far may be the wake word: what follows may be said more quietly."""
        self.loudest_dbfs -= _CALL_DB
        self._powers.clear()

    def process(
        self, duration_s: float, probability: float, level_dbfs: float, floor_dbfs: float
    ) -> Endpoint:
        """Take a chunk of `duration_s` and say whether the utterance is over."""
        self._waited_s += duration_s
        speech = self._is_speech(probability, level_dbfs - floor_dbfs)
        self._compare(duration_s, level_dbfs, speech)
        if speech and not self.others_speak:
            self._run_s += duration_s
            self.speech_s += duration_s
            self.silence_s = 0.0
            self.completeness = Completeness.UNKNOWN
            self.spoke = self.spoke or self._run_s >= self._config.min_speech_s - 1e-9
        else:
            if self.silence_s == 0.0 and probability < self._config.stop_probability:
                # The detector has ended it, and not the level: silence has been there for longer.
                self.silence_s = HANGOVER_S
            self.silence_s += duration_s
            if self.silence_s > PAUSE_S:
                self._run_s = 0.0
        self._length_s = self._length_s + duration_s if self.begun else 0.0
        return self._verdict()

    def _compare(self, duration_s: float, level_dbfs: float, speech: bool) -> None:
        """Whether it is the user who speaks."""
        self._powers.append(10 ** (level_dbfs / 10))
        level = 10 * log10(sum(self._powers) / SMOOTH_CHUNKS)
        if speech:
            self.loudest_dbfs = max(level, self.loudest_dbfs)
        near = level > self.loudest_dbfs - BELOW_DB
        self._near_s = self._near_s + duration_s if near else 0.0
        self.below_s += duration_s
        if near and (not self.others_speak or self._near_s >= _AGAIN_S - 1e-9):
            self.below_s = self._others_s = 0.0
        elif not near:
            self._others_s += duration_s * speech
        self.others_speak = self._others_s >= _BELOW_S
        if not self.others_speak:
            self.loudest_dbfs -= _FORGET_DB_PER_S * duration_s

    def _is_speech(self, probability: float, above_floor_db: float) -> bool:
        going_on = self._run_s > 0.0
        least = self._config.stop_probability if going_on else self._config.start_probability
        margin = self._config.margin_db / 2 if going_on else self._config.margin_db
        return probability >= least and probability > 0.0 and above_floor_db >= margin

    def _verdict(self) -> Endpoint:
        if self.spoke and self.silence_s >= self._enough_s() - 1e-9:
            return Endpoint.SILENCE
        if self.spoke and self._length_s >= self._config.max_s - 1e-9:
            return Endpoint.MAX_LENGTH
        if not self.begun and self._waited_s >= self._no_speech_s - 1e-9:
            return Endpoint.NO_SPEECH
        return Endpoint.NONE

    def _enough_s(self) -> float:
        silence_s = self._config.silence_s
        if self.completeness is Completeness.COMPLETE:
            return silence_s * self._config.complete_share
        if self.completeness is Completeness.UNFINISHED:
            return silence_s * self._config.unfinished_share
        return silence_s
