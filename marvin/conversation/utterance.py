"""Collects an utterance: finds its onset in the pre-roll and its end."""

from collections import deque
from collections.abc import Iterable, Sequence

import numpy as np

from marvin.audio import chime
from marvin.config.tables import TurnConfig
from marvin.conversation.ear import HeardChunk
from marvin.conversation.endpoint import BELOW_DB, SMOOTH_CHUNKS, Endpointer
from marvin.types import (
    CHUNK_SAMPLES,
    RATE_HZ,
    AudioChunk,
    Completeness,
    Detection,
    Endpoint,
    Samples,
    Utterance,
)

_WORD_TAIL_S = 0.5
"""Detection may lag the end of the wake word by this much: speech may have begun in between."""
_ONSET_GAP_S = 0.25
"""Silence before the wake word that separates it from earlier speech."""
_FADE_S = 0.3
"""Background speech kept after the user's, in case their last word was quiet."""
_LEAD_S = 8.0
"""Longest leading silence passed to the transcriber."""
FOLLOW_UP_LEAD_S = 1.0
"""The same without the wake word: a television may have been speaking."""
_OTHERS_GAIN = 0.03
"""Gain applied to background speech between the user's words."""


class PreRoll:
    """Ring buffer of recent chunks, so that the first word is not lost."""

    def __init__(self, pre_roll_s: float, earlier_s: float = 0.0) -> None:
        """`earlier_s`: what is kept besides, for questions about it."""
        self._samples = round(pre_roll_s * RATE_HZ)
        self._earlier_samples = round(earlier_s * RATE_HZ)
        self._heard: deque[HeardChunk] = deque()
        self._earlier: deque[AudioChunk] = deque()

    def append(self, heard: HeardChunk) -> None:
        self._heard.append(heard)
        while self._heard[0].chunk.end <= heard.chunk.end - self._samples:
            self._earlier.append(self._heard.popleft().chunk)
        oldest = heard.chunk.end - self._samples - self._earlier_samples
        while self._earlier and self._earlier[0].end <= oldest:
            self._earlier.popleft()

    def earlier(self, position: int) -> Samples | None:
        """What was kept of the audio before `position`, in samples; None: nothing."""
        kept = [*self._earlier, *(heard.chunk for heard in self._heard)]
        parts = [one.samples for one in kept if one.end <= position]
        if not self._earlier_samples or not parts:
            return None
        return np.concatenate(parts)[-self._earlier_samples :]

    def since(self, position: int) -> list[HeardChunk]:
        """Chunks that start at `position` (in samples) or later."""
        return [heard for heard in self._heard if heard.chunk.start >= position]

    def since_onset(self) -> list[HeardChunk]:
        """Chunks from the onset of the speech that has just ended."""
        taken: list[HeardChunk] = []
        silence_s = speech_s = 0.0
        word = [one.level_dbfs for one in self._heard][
            -round(_WORD_TAIL_S * RATE_HZ / CHUNK_SAMPLES) :
        ]
        others_dbfs = max(word, default=0.0) - BELOW_DB
        for heard in reversed(self._heard):
            taken.append(heard)
            if heard.probability > 0.0 and heard.level_dbfs > others_dbfs:
                speech_s += heard.chunk.duration_s
                silence_s = 0.0
            else:
                silence_s += heard.chunk.duration_s
            if speech_s > 0.0 and silence_s >= _ONSET_GAP_S:
                break
        return taken[::-1]


class UtteranceInProgress:
    """Audio and endpointing of the current utterance."""

    def __init__(
        self,
        config: TurnConfig,
        before: Iterable[HeardChunk] = (),
        *,
        wake_score: float = 0.0,
        no_speech_s: float | None = None,
        answer: bool = False,
        unprompted: bool = False,
        interrupts: bool = False,
        least_dbfs: float = -200.0,
        lead_s: float = _LEAD_S,
        earlier: Samples | None = None,
    ) -> None:
        """`before` is the pre-roll; `no_speech_s` and `least_dbfs` are those of `Endpointer`,
        `answer`, `unprompted`, `interrupts` and `earlier` those of `Utterance`; `lead_s` limits the
        silence before the first word."""
        self._wake_score = wake_score
        self._answer = answer
        self._unprompted = unprompted
        self._interrupts = interrupts
        self._lead_s = lead_s
        self._earlier = earlier
        self._endpointer = Endpointer(config, no_speech_s=no_speech_s, least_dbfs=least_dbfs)
        self._settling: list[HeardChunk] = []
        self._heard = list(before)
        self._during_chime: list[HeardChunk] = []
        self._detection = next((one.detection for one in self._heard if one.detection), None)
        end = self._heard[-1].chunk.end if self._heard else 0
        word_end = self._detection.word_end if self._detection else None
        behind = end - round(_WORD_TAIL_S * RATE_HZ) if word_end is None else word_end
        for heard in self._heard:
            # A short command in the same breath may end before the wake word is detected.
            if heard.chunk.start >= behind:
                self._process(heard)
        self._endpointer.after_call()

    @property
    def begun(self) -> bool:
        """Whether the user has spoken, or a sound that may become speech is in progress."""
        return self._endpointer.begun

    @property
    def spoke(self) -> bool:
        return self._endpointer.spoke

    @property
    def speech_s(self) -> float:
        """Seconds of speech so far."""
        return self._endpointer.speech_s

    @property
    def duration_s(self) -> float:
        """Seconds of audio so far, including the pre-roll."""
        return (self._heard[-1].chunk.end - self._heard[0].chunk.start) / RATE_HZ

    @property
    def silence_s(self) -> float:
        """Seconds of audio since the last speech."""
        return self._endpointer.silence_s

    @property
    def pausing(self) -> bool:
        """Whether the user has spoken and may have finished."""
        return self._endpointer.pausing

    @property
    def resumed(self) -> bool:
        """Whether the user is speaking again."""
        return self._endpointer.resumed

    def judge(self, completeness: Completeness) -> None:
        """Set the completeness of the words so far. Further speech resets it."""
        self._endpointer.completeness = completeness

    def hear_chime(self, heard: HeardChunk) -> None:
        """Add a chunk that may contain Marvin's own chime, and so cannot end the utterance."""
        self._heard.append(heard)
        self._during_chime.append(heard)

    @property
    def user_dbfs(self) -> float:
        """Level of the user's voice."""
        return self._endpointer.user_dbfs

    def settle(self, heard: HeardChunk) -> None:
        """Add a chunk that may contain the end of Marvin's reply. It counts only if the speech in
        it goes on afterwards."""
        self._heard.append(heard)
        self._settling = [*self._settling, heard] if heard.probability > 0.0 else []

    def hear(self, heard: HeardChunk) -> Endpoint:
        """Process the next chunk and return whether the utterance is over."""
        settling, self._settling = self._settling, []
        if heard.probability > 0.0:
            for earlier in settling:
                self._process(earlier)
        self._heard.append(heard)
        endpoint = self._process(heard)
        if not self._endpointer.begun:
            del self._heard[: -round(self._lead_s * RATE_HZ / CHUNK_SAMPLES)]
        return endpoint

    def utterance(self, reason: Endpoint) -> Utterance:
        """The audio so far, including the pre-roll, without trailing background speech."""
        heard = self._heard
        samples = [one.chunk.samples for one in heard]
        if self._endpointer.others_speak:
            end = heard[-1].chunk.end - round((self._endpointer.below_s - _FADE_S) * RATE_HZ)
            heard = [one for one in heard if one.chunk.end <= end]
            samples = _without_others(heard, self._endpointer.user_dbfs - BELOW_DB)
        start = heard[0].chunk.start
        audio = np.concatenate(samples)
        if during_chime := [one.chunk for one in self._during_chime if one.chunk.start >= start]:
            part = slice(during_chime[0].start - start, during_chime[-1].end - start)
            audio[part] = chime.without_wake(audio[part], RATE_HZ)
        return Utterance(
            audio,
            start=start,
            speech_s=self._endpointer.speech_s,
            reason=reason,
            answer=self._answer,
            unprompted=self._unprompted,
            interrupts=self._interrupts,
            wake_score=self._wake_score,
            silence_s=self.silence_s,
            wake_end=_wake_end(self._detection, start),
            earlier=self._earlier,
        )

    def _process(self, heard: HeardChunk) -> Endpoint:
        return self._endpointer.process(
            heard.chunk.duration_s, heard.probability, heard.level_dbfs, heard.floor_dbfs
        )


def _wake_end(detection: Detection | None, start: int) -> int | None:
    """`Utterance.wake_end` for audio from `start` on."""
    if detection is None or start >= detection.at:
        return None
    return 0 if detection.word_end is None else max(0, detection.word_end - start)


def _without_others(heard: Sequence[HeardChunk], least_dbfs: float) -> list[Samples]:
    """Attenuate the audio wherever the user is not speaking."""
    powers = np.array([10 ** (one.level_dbfs / 10) for one in heard])
    near = np.convolve(powers, np.full(SMOOTH_CHUNKS, 1 / SMOOTH_CHUNKS), "same")
    gains = np.where(near > 10 ** (least_dbfs / 10), 1.0, _OTHERS_GAIN).astype(np.float32)
    return [one.chunk.samples * gain for one, gain in zip(heard, gains, strict=True)]
