"""Questions: spoken by espeak-ng, or the user's recordings."""

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

_VOICES = ("en-us+m5", "en-us+f1", "en-us+m4")
"""Voices that the embedded recogniser understands; its model was trained on Americans."""
_PAUSE_S = 0.4
"""Pause between the wake word and the question."""
_LEVEL_DBFS = -24.0
_FRAME = RATE_HZ // 100
_QUIET_FRAMES = 20
_ROOM_S = 2.0
"""Noise after a recording: digital silence would end an utterance sooner than a room."""
_BEFORE_S = 5.0
"""Noise before a recording: the detector takes four seconds to adapt to a louder room."""
_BELOW_DB = 25.0
"""Frames this far below the loud ones are not speech."""
_ABOVE_DB = 8.0
"""Speech is at least this far above the quiet frames."""


@dataclass(frozen=True, slots=True)
class Question:
    """A recording of the wake word and a question."""

    samples: Samples
    """At RATE_HZ, untrimmed."""
    speech_end: int
    """Sample after the end of speech."""
    for_language_model: bool = False


class QuestionSpeaker:
    """Speaks with espeak-ng, at RATE_HZ."""

    def __init__(self, process: EspeakProcess) -> None:
        self._process = process

    def question(self, phrase: str, text: str, voice: str, for_language_model: bool) -> Question:
        """Wake word, pause, question."""
        samples = np.concatenate((self.call(phrase, voice), self.say(text, voice)))
        return Question(samples, len(samples), for_language_model)

    def call(self, phrase: str, voice: str) -> Samples:
        """Wake word and pause."""
        return np.concatenate((self.say(phrase, voice), _silence(_PAUSE_S)))

    def say(self, text: str, voice: str) -> Samples:
        """Speech without silence around it."""
        pcm = b"".join(self._process.speak(text, voice, CancelToken()))
        samples = np.frombuffer(pcm, np.int16).astype(np.float32) / np.float32(32768)
        samples = Resampler(self._process.rate_hz, RATE_HZ).process(samples, last=True)
        loud = np.flatnonzero(np.abs(samples) > 0.01)
        samples = samples[loud[0] : loud[-1] + 1]
        gain = 10 ** (_LEVEL_DBFS / 20) / np.sqrt(np.mean(samples**2))
        return np.asarray(samples * gain, np.float32)


def synthetic_questions(phrase: str, count: int, language_model: bool) -> list[Question]:
    """`count` questions for skills, each after the wake word `phrase`, and as many for the language
    model if there is one."""
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
    """The recorded questions, each after a synthetic wake word at the same noise level."""
    with closing(EspeakProcess()) as process:
        process.start()
        call = QuestionSpeaker(process).call(phrase, _VOICES[0])
    return [_after(call, one) for one in questions]


def _after(call: Samples, question: Question) -> Question:
    before = np.concatenate((_silence(_BEFORE_S), call))
    # Room noise first, so that the detector has adapted to it.
    before += np.resize(quietest(question.samples), len(before))
    samples = np.concatenate((before, question.samples))
    return Question(samples, len(before) + question.speech_end)


def unaddressed_speech(seconds: float) -> Samples:
    """Continuous speech not meant for Marvin."""
    with closing(EspeakProcess()) as process:
        process.start()
        said = QuestionSpeaker(process).say(OTHERS, _VOICES[0])
    return np.resize(said, round(seconds * RATE_HZ))


def recorded_question(path: Path) -> Question:
    """A recording of wake word and question, extended with its room noise.

    Raises:
        AudioFileError: The file cannot be read or contains no speech.
    """
    with open_audio(path) as file:
        samples = np.concatenate([np.zeros(0, np.float32), *read_blocks(file)])
        samples = Resampler(file.samplerate, RATE_HZ).process(samples, last=True)
    end = speech_end(samples, str(path))
    room = np.resize(quietest(samples), round(_ROOM_S * RATE_HZ))
    return Question(np.concatenate((samples, room)), end)


def speech_end(samples: Samples, name: str) -> int:
    """The end of the last speech, as a sample, by level.

    Raises:
        AudioFileError: The recording is silent, or too even to contain speech.
    """
    levels = frame_levels(samples)
    if len(levels):
        quiet, loud = np.percentile(levels, (10, 95))
        limit = max(loud - _BELOW_DB, quiet + _ABOVE_DB)
        speech = np.flatnonzero(levels >= limit)
        if loud > SILENCE_DBFS and len(speech):
            return (int(speech[-1]) + 1) * _FRAME
    raise AudioFileError(f"{name}: contains no speech: record the wake word and a question")


def quietest(samples: Samples) -> Samples:
    """The quietest fifth of a second."""
    levels = frame_levels(samples)
    if len(levels) < _QUIET_FRAMES:
        return samples
    means = np.convolve(levels, np.ones(_QUIET_FRAMES), "valid")
    at = int(np.argmin(means)) * _FRAME
    return samples[at : at + _QUIET_FRAMES * _FRAME]


def frame_levels(samples: Samples) -> NDArray[np.float64]:
    """Levels of 10 ms frames, in dBFS."""
    frames = samples[: len(samples) // _FRAME * _FRAME].reshape(-1, _FRAME)
    power = np.mean(np.square(frames, dtype=np.float64), axis=1)
    return np.asarray(10 * np.log10(power + 10 ** (SILENCE_DBFS / 10)))


def _silence(seconds: float) -> Samples:
    return np.zeros(round(seconds * RATE_HZ), np.float32)
