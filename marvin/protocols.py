"""The contract of each stage.

Engines and fakes do not inherit from or import these protocols; the type checker verifies them
where the pipeline is assembled.
"""

from collections.abc import AsyncGenerator, Callable, Iterator, Sequence
from typing import Protocol, runtime_checkable

from marvin.cancellation import CancelToken
from marvin.dialogue import Dialogue
from marvin.events import Event
from marvin.types import (
    AudioChunk,
    Detection,
    Identification,
    Message,
    Partial,
    ReplyItem,
    Tool,
    Transcript,
    Utterance,
)


class AudioSource(Protocol):
    @property
    def live(self) -> bool:
        """Whether audio arrives in real time; a file read at full speed can wait."""

    def chunks(self) -> AsyncGenerator[AudioChunk]:
        """Chunks of CHUNK_SAMPLES at RATE_HZ until the source ends; the last may be shorter."""


class AudioSink(Protocol):
    async def play(self, chunk: AudioChunk) -> None:
        """Queue a chunk at any sample rate; waits while the queue is full."""

    async def drained(self) -> None:
        """Wait until all queued audio has been heard."""

    def flush(self) -> float:
        """Drop unheard audio without a click; returns the seconds dropped."""

    def set_volume(self, volume: float) -> None:
        """`volume` is in [0, 1]."""


@runtime_checkable
class PausableSink(AudioSink, Protocol):
    """A loudspeaker in the room."""

    def set_paused(self, paused: bool) -> None:
        """Hold unheard audio, or go on. A flush ends the pause."""


class VoiceActivityDetector(Protocol):
    """Detects speech. Runs on the ear's thread."""

    def speech_probability(self, chunk: AudioChunk) -> float:
        """In [0, 1]."""

    def reset(self) -> None:
        """Forget all audio so far."""


class WakeWordDetector(Protocol):
    """Runs on the ear's thread."""

    @property
    def near_miss(self) -> Detection | None:
        """A near miss that ended in the current chunk."""

    def process(self, chunk: AudioChunk, voice: bool) -> Detection | None:
        """Process the next chunk; `voice`: someone may be speaking in or near it."""

    def set_speaking(self, speaking: bool) -> None:
        """Whether Marvin is speaking, which raises the threshold."""

    def reset(self) -> None:
        """Forget all audio so far."""


@runtime_checkable
class RemoteWakeWordDetector(WakeWordDetector, Protocol):
    """One that may be out of reach."""

    def report_to(self, report: Callable[[Event], None]) -> None:
        """`report` is called on any thread when its server is lost or back."""

    def close(self) -> None:
        """Leave the server."""


class StopWordDetector(Protocol):
    """Detects "stop" on its own. Runs on the ear's thread."""

    def process(self, chunk: AudioChunk, *, speech: bool) -> bool:
        """Process the next chunk; `speech`: somebody speaks in it."""

    def reset(self) -> None:
        """Forget all audio so far."""


class Transcriber(Protocol):
    """Speech to text. Runs on its own thread."""

    def transcribe(self, utterance: Utterance, token: CancelToken) -> Transcript:
        """Raises TranscriptionError, DeviceFailedError, Cancelled."""


class StreamingTranscriber(Transcriber, Protocol):
    """A transcriber with partial results."""

    def partial(self, utterance: Utterance, token: CancelToken) -> Partial:
        """Transcript so far. Successive calls get more of the same audio, from the same `start`.
        Raises as `transcribe`."""


class SpeakerIdentifier(Protocol):
    """Tells who has spoken. Runs on its own thread."""

    def identify(self, utterance: Utterance, token: CancelToken) -> Identification:
        """Raises Cancelled."""


class Intent(Protocol):
    """A skill's interpretation of a text. Runs on the skills' thread."""

    @property
    def skills(self) -> frozenset[str]:
        """The names of the skills that may answer."""

    @property
    def certain(self) -> bool:
        """Whether it will most likely be answered as it is, rather than asked back or refused."""

    @property
    def language(self) -> str:
        """ISO 639-1 code of the language in which it was understood."""

    @property
    def request(self) -> str:
        """What Home Assistant is asked before this is run, if there is one; empty: nothing."""

    @property
    def confirmed(self) -> bool:
        """Whether the user has said, when asked, that `request` is what was meant."""

    def run(self, token: CancelToken) -> Sequence[ReplyItem] | None:
        """Run it. Returns an empty sequence for silence, None if no skill answers after all.
        Raises SkillError, Cancelled."""


class Skills(Protocol):
    """Answer without a language model. Run on their own thread."""

    def match(
        self,
        text: str,
        alternatives: Sequence[str],
        dialogue: Dialogue,
        token: CancelToken,
        language: str = "",
    ) -> Intent | None:
        """The interpretation of a text, or None; `alternatives` are other possible transcripts.
        Without a `language` it may be in any. Has no effect yet. Raises Cancelled.
        """

    def suggestion(self, language: str = "") -> str:
        """A sentence with a few example commands; empty if there are none."""


class LanguageModel(Protocol):
    """Answers what no skill matches. Runs on the event loop."""

    def warm(self) -> None:
        """Load or connect ahead of the next reply. Returns at once."""

    def reply(self, messages: Sequence[Message]) -> AsyncGenerator[str]:
        """Deltas as they are generated; closing the generator stops them. Keeps its own time
        limits. Raises StageError."""


@runtime_checkable
class ToolCaller(Protocol):
    """A language model that can ask for tools."""

    def reply_with_tools(
        self, messages: Sequence[Message], tools: Sequence[Tool]
    ) -> AsyncGenerator[str]:
        """As `LanguageModel.reply`, with a ToolCall for each tool that it asks for, after the text.
        Messages may hold earlier calls and their results."""


class Generator(Protocol):
    """An in-process language model. Runs on its own thread."""

    def generate(self, messages: Sequence[Message], token: CancelToken) -> Iterator[str]:
        """Deltas as they are generated. Raises LanguageModelError, DeviceFailedError, Cancelled."""


@runtime_checkable
class ToolGenerator(Generator, Protocol):
    """An in-process language model that can ask for tools."""

    def generate_with_tools(
        self, messages: Sequence[Message], tools: Sequence[Tool], token: CancelToken
    ) -> Iterator[str]:
        """As `generate`, with a ToolCall for each tool that it asks for, after the text."""


class Synthesizer(Protocol):
    """Text to speech. Runs on its own thread."""

    @property
    def language(self) -> str:
        """ISO 639-1 code for spelling out numbers; empty if the engine reads digits itself."""

    def synthesize(self, sentence: str, token: CancelToken) -> Iterator[AudioChunk]:
        """Audio as it is generated, at the engine's own sample rate.

        Raises SynthesisError, DeviceFailedError, Cancelled."""


class MultilingualSynthesizer(Synthesizer, Protocol):
    """A synthesizer with several voices."""

    def voice(self, language: str) -> Synthesizer:
        """The one that reads a language, by ISO 639-1 code."""
