"""The values passed between stages, in pipeline order."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import Enum

import numpy as np
from numpy.typing import NDArray

RATE_HZ = 16_000
"""Internal sample rate in Hz. Sources resample to it, sinks resample from it."""

CHUNK_SAMPLES = 640
"""Samples per chunk: 40 ms, a whole number of 10 ms and 20 ms VAD frames."""

Samples = NDArray[np.float32]
"""Mono audio, shape (samples,), full scale at -1 and 1."""


# audio -> wake, vad


@dataclass(frozen=True, slots=True)
class AudioChunk:
    samples: Samples
    rate_hz: int = RATE_HZ
    start: int = 0
    """Position of the first sample in its stream, in samples at `rate_hz`."""
    behind_s: float = 0.0
    """Later microphone audio already waiting in the backlog, in seconds."""

    @property
    def end(self) -> int:
        """Position after the last sample, in samples."""
        return self.start + len(self.samples)

    @property
    def duration_s(self) -> float:
        return len(self.samples) / self.rate_hz


# wake -> assistant


@dataclass(frozen=True, slots=True)
class Detection:
    """The wake word was heard."""

    phrase: str
    """The model's label for it."""
    score: float
    """Smoothed score that passed the threshold, in [0, 1]."""
    at: int
    """End of the deciding window, as a stream position in samples."""
    word_end: int | None = None
    """Where the word itself ended, if the detector knows."""


NEAR = 0.5
"""A score below the threshold but above this fraction of it is a near miss."""


# vad -> stt


class Endpoint(Enum):
    """The endpointer's decision after a chunk."""

    NONE = "none"
    """The user may still be speaking."""
    SILENCE = "silence"
    """The user spoke and then paused long enough."""
    MAX_LENGTH = "max_length"
    """The utterance reached its maximum length."""
    NO_SPEECH = "no_speech"
    """Nobody started speaking in time."""


class Completeness(Enum):
    """Whether the text so far is a complete request; sets the silence that ends the turn."""

    COMPLETE = "complete"
    """A skill knows what to do."""
    UNKNOWN = "unknown"
    UNFINISHED = "unfinished"
    """It breaks off mid-sentence."""


@dataclass(frozen=True, slots=True)
class Utterance:
    """What the user said, from the wake word to the end of turn."""

    samples: Samples
    """At RATE_HZ, starting with the pre-roll."""
    start: int
    """Position of the first sample in the stream, in samples."""
    speech_s: float
    """Seconds of speech after the wake word, by voice activity detection."""
    reason: Endpoint
    """Why it ended."""
    answer: bool = False
    """Marvin has just asked a question; this may be the answer."""
    unprompted: bool = False
    """Neither called for nor an answer: it may not be meant for Marvin."""
    interrupts: bool = False
    """It began while Marvin spoke, without the wake word."""
    wake_score: float = 0.0
    """Of the wake word that began it; 0 if none did."""
    silence_s: float = 0.0
    """Seconds of silence at its end."""
    language: str = ""
    """Of the conversation so far, if it may change: ISO 639-1 code."""
    wake_end: int | None = None
    """Where the wake word ends, in samples from the first; 0: unknown, None: not in the audio."""
    earlier: Samples | None = field(default=None, compare=False)
    """What was heard before it, if that is kept (`turn.earlier_s`)."""

    @property
    def end(self) -> int:
        """Position after the last sample, in samples."""
        return self.start + len(self.samples)


# stt -> skills, llm


@dataclass(frozen=True, slots=True)
class Word:
    text: str
    start_s: float
    """Seconds from the first sample of the utterance."""
    end_s: float


@dataclass(frozen=True, slots=True)
class Partial:
    """Transcript so far, while the user is still speaking."""

    text: str
    stable: int = 0
    """Length of the prefix that is final, in characters."""


@dataclass(frozen=True, slots=True)
class Transcript:
    """Of an utterance. Empty with confidence 1: only the wake word was said; with less: what was
    said was not understood."""

    text: str
    language: str = "en"
    """ISO 639-1 code; empty if it is not known."""
    confidence: float = 1.0
    """In [0, 1]; how it is computed depends on the engine."""
    words: tuple[Word, ...] = ()
    """Word timestamps, if the engine was asked for them."""
    unfinished: bool = False
    """The engine knows that more must follow, whatever the text."""
    alternatives: tuple[str, ...] = ()
    """Other possible transcripts, most likely first."""


@dataclass(frozen=True)
class Patterns:
    """All sentences the skills understand, as hassil templates.

    The recogniser's grammar, the matcher and the help text share this declaration.
    Templates: `(a|b)` alternatives, `[optional]`, `{list}` or `{list:slot}` slots, `<rule>`
    expansion rules.
    """

    sentences: tuple[str, ...]
    lists: Mapping[str, tuple[str, ...] | range] = field(default_factory=dict)
    """Values of a `{slot}`: phrases, or a range of whole numbers, as words or digits."""
    rules: Mapping[str, str] = field(default_factory=dict)
    """Expansion of each `<rule>`."""
    answers: tuple[str, ...] = ()
    """Extra sentences, valid right after Marvin has asked a question."""
    language: str = "en"
    """ISO 639-1 code."""

    def with_answers(self) -> "Patterns":
        """The sentences that are valid right after a question."""
        return replace(self, sentences=self.sentences + self.answers)


# speaker_id -> mind


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody whose voice is enrolled."""

    name: str
    volume: float | None = None
    """At which replies to them are played, in [0, 1]; None: as to everybody."""


@dataclass(frozen=True, slots=True)
class Identification:
    """Who spoke an utterance."""

    person: Person | None = None
    """None: nobody who is enrolled, or that is uncertain."""
    maybe: Person | None = None
    """Who it may be, if that is uncertain."""
    enough: bool = True
    """There was enough speech to tell."""
    likeness: float = 0.0
    """To the enrolled voice that is nearest, in [-1, 1]."""
    nearest: str = ""
    """Whose voice that is."""


# llm -> tts


@dataclass(frozen=True, slots=True)
class Tool:
    """What a language model is told of a tool."""

    name: str
    description: str
    parameters: Mapping[str, object]
    """JSON schema of an object."""


class ToolCall(str):
    """What a language model asks for in its stream: a tool's arguments, as unchecked JSON."""

    name: str
    id: str

    def __new__(cls, name: str, arguments: str, id: str = "") -> "ToolCall":
        # Halves of characters can be sent to nobody.
        arguments, name, id = (
            text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
            for text in (arguments, name, id)
        )
        call = super().__new__(cls, arguments.strip() or "{}")
        call.name, call.id = name, id
        return call


@dataclass(frozen=True, slots=True)
class Message:
    role: str
    """`system`, `user`, `assistant` or `tool`."""
    text: str
    calls: tuple[ToolCall, ...] = ()
    """Of an assistant."""
    call_id: str = ""
    """Of the call whose result this is."""
    audio: tuple[Samples, ...] = field(default=(), compare=False)
    """Of a user: recordings at RATE_HZ, before the text."""
    spoken: bool = False
    """The text is what is said in the audio: nothing for who hears that."""


class Notice(str):
    """A sentence from Marvin itself in the delta stream: spoken, but not part of the answer."""

    __slots__ = ()

    @property
    def text(self) -> str:
        return str(self)


# skills -> mind -> conversation


@dataclass(frozen=True, slots=True)
class Say:
    """Text to speak: any length from a skill, one sentence from a mind."""

    text: str


@dataclass(frozen=True, slots=True)
class Ask:
    """The same, as a question that the user answers without the wake word."""

    text: str


@dataclass(frozen=True, slots=True)
class Act:
    """Something to do besides speaking."""

    volume: float
    """New playback volume, in [0, 1]."""


@dataclass(frozen=True, slots=True)
class Forget:
    """Clear the memory of the conversation."""


ReplyItem = Say | Ask | Act | Forget | Notice
"""What a skill or a mind answers with, in order."""
