"""What travels between the stages: frozen values, ordered by the edge that they cross."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

import numpy as np
from numpy.typing import NDArray

RATE_HZ = 16_000
"""Sample rate inside the line. Sources resample to it, sinks resample from it, in Hz."""

CHUNK_SAMPLES = 640
"""Samples in a chunk from an audio source: 40 ms, a whole number of 10 and 20 ms VAD frames."""

Samples = NDArray[np.float32]
"""Mono audio, shape (samples,), full scale at -1 and 1."""


# audio -> wake, vad


@dataclass(frozen=True, slots=True)
class AudioChunk:
    """A run of mono samples."""

    samples: Samples
    """Shape (samples,), float32, full scale at -1 and 1."""
    rate_hz: int = RATE_HZ
    """Samples a second."""
    start: int = 0
    """Position of the first sample in its stream, in samples at `rate_hz`."""
    behind_s: float = 0.0
    """Audio that a microphone has heard since and that waits, in seconds."""

    @property
    def end(self) -> int:
        """Position after the last sample, in samples."""
        return self.start + len(self.samples)

    @property
    def duration_s(self) -> float:
        """Length in seconds."""
        return len(self.samples) / self.rate_hz


# wake -> assistant


@dataclass(frozen=True, slots=True)
class Detection:
    """The wake word was heard."""

    phrase: str
    """The label that the model gave it."""
    score: float
    """Smoothed score that passed the threshold, in [0, 1]."""
    at: int
    """End of the window that decided, in samples of the stream."""


NEAR = 0.5
"""A score that stays below the threshold is near from this share of it on: a near-miss."""


# vad -> stt


class Endpoint(Enum):
    """What the endpointer says after a chunk."""

    NONE = "none"
    """The user may still be speaking."""
    SILENCE = "silence"
    """The user has spoken and then been silent for long enough."""
    MAX_LENGTH = "max_length"
    """The utterance has reached its longest allowed length."""
    NO_SPEECH = "no_speech"
    """Nobody began to speak in time."""


class Completeness(Enum):
    """Whether what was said so far is a whole: how long a silence it takes to end it."""

    COMPLETE = "complete"
    """A skill knows what to do."""
    UNKNOWN = "unknown"
    UNFINISHED = "unfinished"
    """It breaks off in the middle."""


@dataclass(frozen=True, slots=True)
class Utterance:
    """What the user said between the wake word and the endpoint, wake word included."""

    samples: Samples
    """Shape (samples,), float32, at RATE_HZ; begins with the pre-roll."""
    start: int
    """Position of the first sample in the stream, in samples."""
    speech_s: float
    """Seconds in which the voice activity detector heard speech after the wake word."""
    reason: Endpoint
    """Why it ended."""
    answer: bool = False
    """Marvin has just asked something; this may be the answer."""

    @property
    def end(self) -> int:
        """Position after the last sample, in samples."""
        return self.start + len(self.samples)


# stt -> skills, llm


@dataclass(frozen=True, slots=True)
class Word:
    """A word, and when it was said."""

    text: str
    start_s: float
    """Seconds from the first sample of the utterance."""
    end_s: float


@dataclass(frozen=True, slots=True)
class Partial:
    """What was understood so far, while the user still speaks."""

    text: str
    stable: int = 0
    """So many characters at its beginning will not change any more."""


@dataclass(frozen=True, slots=True)
class Transcript:
    """Text of an utterance.

    Empty text with full confidence: nothing was said but the wake word. Empty text with less:
    speech was there, but it was not understood.
    """

    text: str
    language: str = "en"
    """ISO 639-1 code."""
    confidence: float = 1.0
    """In [0, 1]; how it is computed is the engine's business."""
    words: tuple[Word, ...] = ()
    """When each word was said, where the engine was asked for it."""
    unfinished: bool = False
    """The engine knows that more has to follow, whatever the text."""
    alternatives: tuple[str, ...] = ()
    """Other texts that may have been said as well, the likeliest first."""


@dataclass(frozen=True)
class Patterns:
    """Everything that can be said to the skills, in hassil's template language.

    One declaration serves the recogniser's grammar, the matcher and the help text.
    Templates: `(a|b)` alternatives, `[optional]`, `{list}` or `{list:slot}` slots, `<rule>`
    expansion rules.
    """

    sentences: tuple[str, ...]
    lists: Mapping[str, tuple[str, ...] | range] = field(default_factory=dict)
    """Words that a `{slot}` may take: phrases, or whole numbers said in words or digits."""
    rules: Mapping[str, str] = field(default_factory=dict)
    """Text that stands for a `<rule>`."""
    answers: tuple[str, ...] = ()
    """More sentences, for the moment after Marvin has asked something."""


# skills, llm -> tts


@dataclass(frozen=True, slots=True)
class Reply:
    """What a skill answers."""

    text: str
    """What is spoken; empty for an answer that is an action alone (\"stop\")."""
    volume: float | None = None
    """New playback volume in [0, 1], when the skill changes it."""
    follow_up: bool = False
    """The reply is a question: listen for the answer without the wake word."""


@dataclass(frozen=True, slots=True)
class Message:
    """One entry of a conversation."""

    role: str
    """`system`, `user` or `assistant`."""
    text: str


class Notice(str):
    """A sentence of Marvin's own among a language model's deltas: spoken, but no part of what the
    model said."""

    __slots__ = ()


# mind -> conversation


@dataclass(frozen=True, slots=True)
class Say:
    """A sentence of the answer."""

    text: str


@dataclass(frozen=True, slots=True)
class Ask:
    """A sentence after which the user's answer is expected."""

    text: str


@dataclass(frozen=True, slots=True)
class Act:
    """Something to do besides speaking."""

    volume: float
    """New playback volume, in [0, 1]."""


ReplyItem = Say | Ask | Act | Notice
"""What a mind answers with, in order."""
