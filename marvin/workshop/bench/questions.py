"""What is asked: words of espeak-ng's voices, or recordings of the user's own."""

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from marvin.audio.reader import open_audio, read_blocks
from marvin.audio.resample import Resampler
from marvin.backends.espeak.process import EspeakProcess
from marvin.cancellation import CancelToken
from marvin.errors import AudioFileError
from marvin.pcm import SILENCE_DBFS
from marvin.types import RATE_HZ, Samples

FOR_SKILLS = ("what time is it", "what is seven times twelve", "what day is it")
FOR_LANGUAGE_MODEL = (
    "why is the sky blue",
    "how do birds find their way in winter",
    "what should I cook for my friends tonight",
)
OTHERS = "The train to the coast leaves early, so we should pack this evening and sleep a little. "
"""What is said to somebody else."""

_VOICES = ("en-us+m5", "en-us+f1", "en-us+m4")
"""Those that the embedded recogniser understands: its model knows real Americans."""
_PAUSE_S = 0.4
"""Between the wake word and the question."""
_LEVEL_DBFS = -24.0
_FRAME = RATE_HZ // 100
_QUIET_FRAMES = 20
_ROOM_S = 2.0
"""Noise after a recording: silence would end an utterance sooner than a room does."""
_BEFORE_S = 5.0
"""Noise before a recording: the detector takes four seconds to learn a louder room."""
_BELOW_DB = 25.0
"""So far below its loud frames a recording has no speech."""
_ABOVE_DB = 8.0
"""So far above its quiet frames it may have."""


@dataclass(frozen=True, slots=True)
class Question:
    """A recording of the wake word and what follows it."""

    samples: Samples
    """At RATE_HZ, not trimmed."""
    speech_end: int
    """Sample at which the speech is over."""
    for_language_model: bool = False


class QuestionSpeaker:
    """Says things at RATE_HZ, one after the other, in espeak-ng's voices."""

    def __init__(self, process: EspeakProcess) -> None:
        self._process = process

    def question(self, phrase: str, text: str, voice: str, for_language_model: bool) -> Question:
        """The wake word, a pause, the question."""
        samples = np.concatenate((self.call(phrase, voice), self.say(text, voice)))
        return Question(samples, len(samples), for_language_model)

    def call(self, phrase: str, voice: str) -> Samples:
        """The wake word, and a pause."""
        return np.concatenate((self.say(phrase, voice), _silence(_PAUSE_S)))

    def say(self, text: str, voice: str) -> Samples:
        """Without silence around it."""
        pcm = b"".join(self._process.speak(text, voice, CancelToken()))
        samples = np.frombuffer(pcm, np.int16).astype(np.float32) / np.float32(32768)
        samples = Resampler(self._process.rate_hz, RATE_HZ).process(samples, last=True)
        loud = np.flatnonzero(np.abs(samples) > 0.01)
        samples = samples[loud[0] : loud[-1] + 1]
        gain = 10 ** (_LEVEL_DBFS / 20) / np.sqrt(np.mean(samples**2))
        return np.asarray(samples * gain, np.float32)


def spoken(phrase: str, count: int, language_model: bool) -> list[Question]:
    """So many questions that a skill answers, each after the wake word `phrase`; and as many for
    the language model, where there is one."""
    kinds = [(FOR_SKILLS, False), *([(FOR_LANGUAGE_MODEL, True)] if language_model else [])]
    with closing(EspeakProcess()) as process:
        speaker = QuestionSpeaker(process)
        process.start()
        return [
            speaker.question(
                phrase, texts[at % len(texts)], _VOICES[at % len(_VOICES)], for_language_model
            )
            for at in range(count)
            for texts, for_language_model in kinds
        ]


def after_wake_word(phrase: str, questions: Sequence[Question]) -> list[Question]:
    """Recordings of questions, each after a synthetic wake word in the same room."""
    with closing(EspeakProcess()) as process:
        process.start()
        call = QuestionSpeaker(process).call(phrase, _VOICES[0])
    return [_after(call, one) for one in questions]


def _after(call: Samples, question: Question) -> Question:
    before = np.concatenate((_silence(_BEFORE_S), call))
    # The room is there before anybody speaks: the detector knows its noise.
    before += np.resize(quietest(question.samples), len(before))
    samples = np.concatenate((before, question.samples))
    return Question(samples, len(before) + question.speech_end)


def somebody_else(seconds: float) -> Samples:
    """Speech without a pause that is not for Marvin."""
    with closing(EspeakProcess()) as process:
        process.start()
        said = QuestionSpeaker(process).say(OTHERS, _VOICES[0])
    return np.resize(said, round(seconds * RATE_HZ))


def recorded(path: Path) -> Question:
    """A recording of wake word and question; its room goes on after it.

    Raises:
        AudioFileError: It cannot be read, or nobody speaks in it.
    """
    with open_audio(path) as file:
        samples = np.concatenate([np.zeros(0, np.float32), *read_blocks(file)])
        samples = Resampler(file.samplerate, RATE_HZ).process(samples, last=True)
    end = speech_end(samples, str(path))
    room = np.resize(quietest(samples), round(_ROOM_S * RATE_HZ))
    return Question(np.concatenate((samples, room)), end)


def speech_end(samples: Samples, name: str) -> int:
    """Sample at which the last speech of a recording is over, by its level.

    Raises:
        AudioFileError: It is silent, or too even to hold speech.
    """
    levels = frame_levels(samples)
    if len(levels):
        quiet, loud = np.percentile(levels, (10, 95))
        limit = max(loud - _BELOW_DB, quiet + _ABOVE_DB)
        speech = np.flatnonzero(levels >= limit)
        if loud > SILENCE_DBFS and len(speech):
            return (int(speech[-1]) + 1) * _FRAME
    raise AudioFileError(f"{name}: nobody speaks in it: record the wake word and a question")


def quietest(samples: Samples) -> Samples:
    """Its quietest fifth of a second."""
    levels = frame_levels(samples)
    if len(levels) < _QUIET_FRAMES:
        return samples
    means = np.convolve(levels, np.ones(_QUIET_FRAMES), "valid")
    at = int(np.argmin(means)) * _FRAME
    return samples[at : at + _QUIET_FRAMES * _FRAME]


def frame_levels(samples: Samples) -> NDArray[np.float64]:
    """Of each 10 ms, in dBFS."""
    frames = samples[: len(samples) // _FRAME * _FRAME].reshape(-1, _FRAME)
    power = np.mean(np.square(frames, dtype=np.float64), axis=1)
    return np.asarray(10 * np.log10(power + 10 ** (SILENCE_DBFS / 10)))


def _silence(seconds: float) -> Samples:
    return np.zeros(round(seconds * RATE_HZ), np.float32)
