"""Collecting an utterance: where it begins in what was heard before, and when it is over."""

from collections import deque
from collections.abc import Iterable, Sequence

import numpy as np

from marvin.audio import chime
from marvin.config.tables import TurnConfig
from marvin.conversation.ear import HeardChunk
from marvin.conversation.endpoint import BELOW_DB, SMOOTH_CHUNKS, Endpointer
from marvin.types import CHUNK_SAMPLES, RATE_HZ, Completeness, Endpoint, Samples, Utterance

_WORD_TAIL_S = 0.5
"""The wake word is recognised up to so long after its end: speech may have begun in between."""
_ONSET_GAP_S = 0.25
"""A silence so long before the wake word parts it from what was said before."""
_FADE_S = 0.3
"""What is kept of others' speech after the user's, for a last word that is said quietly."""
_LEAD_S = 8.0
"""Longest silence before the user's first word that goes to the recogniser."""
_LEFT = 0.03
"""Gain for others' speech between the user's words."""


class PreRoll:
    """The last seconds of what was heard, so that no first word is lost."""

    def __init__(self, pre_roll_s: float) -> None:
        self._samples = round(pre_roll_s * RATE_HZ)
        self._heard: deque[HeardChunk] = deque()

    def append(self, heard: HeardChunk) -> None:
        """Keep the chunk, and let go of what is too old."""
        self._heard.append(heard)
        while self._heard[0].chunk.end <= heard.chunk.end - self._samples:
            self._heard.popleft()

    def since(self, position: int) -> list[HeardChunk]:
        """Chunks that begin at `position` (in samples) or later."""
        return [heard for heard in self._heard if heard.chunk.start >= position]

    def since_onset(self) -> list[HeardChunk]:
        """Chunks from the beginning of the words that ended just now."""
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
    """An utterance under way."""

    def __init__(
        self,
        config: TurnConfig,
        before: Iterable[HeardChunk] = (),
        *,
        wake_score: float = 0.0,
        no_speech_s: float | None = None,
        wake_word_alone: int = 0,
        answer: bool = False,
    ) -> None:
        """`before` is the pre-roll; `no_speech_s` replaces the configured wait for a word;
        `answer`: Marvin has asked something."""
        self.wake_score = wake_score
        self._answer = answer
        self.wake_word_alone = wake_word_alone
        """How often the user has said the wake word and nothing else."""
        self._endpointer = Endpointer(config, no_speech_s=no_speech_s)
        self._heard = list(before)
        self._during_chime: list[HeardChunk] = []
        end = self._heard[-1].chunk.end if self._heard else 0
        for heard in self._heard:
            # A short command in the same breath may be over by the time the word is recognised.
            if heard.chunk.start >= end - round(_WORD_TAIL_S * RATE_HZ):
                self._process(heard)
        self._endpointer.after_call()

    @property
    def spoke(self) -> bool:
        """Whether the user has begun to speak."""
        return self._endpointer.spoke

    @property
    def duration_s(self) -> float:
        """Seconds of audio so far, pre-roll included."""
        return (self._heard[-1].chunk.end - self._heard[0].chunk.start) / RATE_HZ

    @property
    def silence_s(self) -> float:
        """Seconds of audio since the last speech."""
        return self._endpointer.silence_s

    @property
    def pausing(self) -> bool:
        """Whether the user has spoken, and may have finished."""
        return self._endpointer.pausing

    @property
    def resumed(self) -> bool:
        """Whether the user speaks again."""
        return self._endpointer.resumed

    def judge(self, completeness: Completeness) -> None:
        """What is known of the words so far; the next of them make it unknown again."""
        self._endpointer.completeness = completeness

    def hear_chime(self, heard: HeardChunk) -> None:
        """Take the next chunk, in which Marvin's chime may be: it ends no utterance."""
        self._heard.append(heard)
        self._during_chime.append(heard)

    def hear(self, heard: HeardChunk) -> Endpoint:
        """Take the next chunk and say whether the utterance is over."""
        self._heard.append(heard)
        endpoint = self._process(heard)
        if not self._endpointer.begun:
            del self._heard[: -round(_LEAD_S * RATE_HZ / CHUNK_SAMPLES)]
        return endpoint

    def utterance(self, reason: Endpoint) -> Utterance:
        """What the user said, pre-roll included."""
        heard = self._heard
        samples = [one.chunk.samples for one in heard]
        if self._endpointer.others_speak:
            end = heard[-1].chunk.end - round((self._endpointer.below_s - _FADE_S) * RATE_HZ)
            heard = [one for one in heard if one.chunk.end <= end]
            samples = _without_others(heard, self._endpointer.loudest_dbfs - BELOW_DB)
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
        )

    def _process(self, heard: HeardChunk) -> Endpoint:
        return self._endpointer.process(
            heard.chunk.duration_s, heard.probability, heard.level_dbfs, heard.floor_dbfs
        )


def _without_others(heard: Sequence[HeardChunk], least_dbfs: float) -> list[Samples]:
    """The audio, with next to nothing left where the user does not speak."""
    powers = np.array([10 ** (one.level_dbfs / 10) for one in heard])
    near = np.convolve(powers, np.full(SMOOTH_CHUNKS, 1 / SMOOTH_CHUNKS), "same")
    gains = np.where(near > 10 ** (least_dbfs / 10), 1.0, _LEFT).astype(np.float32)
    return [one.chunk.samples * gain for one, gain in zip(heard, gains, strict=True)]
