"""The contract of each stage. Engines and fakes inherit nothing and do not import this file:
the type checker holds them to it where `app.py` and the tests put a line together."""

from collections.abc import AsyncGenerator, Iterator, Sequence
from typing import Protocol

from marvin.cancellation import CancelToken
from marvin.dialogue import Dialogue
from marvin.types import AudioChunk, Detection, Message, Partial, Reply, Transcript, Utterance


class AudioSource(Protocol):
    """Where audio comes from."""

    @property
    def live(self) -> bool:
        """Whether time passes by itself. A recording that is read at full speed can wait."""

    def chunks(self) -> AsyncGenerator[AudioChunk]:
        """Chunks of CHUNK_SAMPLES at RATE_HZ, the last one shorter, until the source ends."""


class AudioSink(Protocol):
    """Where audio goes to."""

    async def play(self, chunk: AudioChunk) -> None:
        """Queue a chunk of any rate. Returns when it is queued; waits while the queue is full."""

    async def drained(self) -> None:
        """Wait until everything that was queued has been heard."""

    def flush(self) -> float:
        """Throw away what has not been heard yet, without a click; how many seconds that was."""

    def set_volume(self, volume: float) -> None:
        """Playback volume in [0, 1]."""


class VoiceActivityDetector(Protocol):
    """Is someone speaking? Runs on the ear's thread."""

    def speech_probability(self, chunk: AudioChunk) -> float:
        """In [0, 1]."""

    def reset(self) -> None:
        """Forget the audio so far."""


class WakeWordDetector(Protocol):
    """Was the wake word said? Runs on the ear's thread."""

    @property
    def near_miss(self) -> Detection | None:
        """What was almost the wake word, told in the one chunk in which it is over."""

    def process(self, chunk: AudioChunk, voice: bool) -> Detection | None:
        """Take the next chunk; `voice` says that someone may be speaking in or near it."""

    def set_speaking(self, speaking: bool) -> None:
        """Whether Marvin itself speaks: then it takes more to wake."""

    def reset(self) -> None:
        """Forget the audio so far."""


class Transcriber(Protocol):
    """Speech to text. Runs on its own thread."""

    def transcribe(self, utterance: Utterance, token: CancelToken) -> Transcript:
        """Raises TranscriptionError, DeviceFailedError, Cancelled."""


class StreamingTranscriber(Transcriber, Protocol):
    """One that can also say what was said so far."""

    def partial(self, utterance: Utterance, token: CancelToken) -> Partial:
        """What was understood so far. Each call in an utterance brings more of the same audio, from
        the same `start` on. Raises as `transcribe`."""


class Intent(Protocol):
    """What skills understand in a text. Runs on their thread."""

    @property
    def certain(self) -> bool:
        """Whether it is most likely answered as it is, not asked back or refused."""

    def run(self, token: CancelToken) -> Reply | None:
        """Do it. None when no skill answers after all. Raises SkillError, Cancelled."""


class Skills(Protocol):
    """Answer without a language model. Run on their own thread."""

    def match(
        self, text: str, alternatives: Sequence[str], dialogue: Dialogue, token: CancelToken
    ) -> Intent | None:
        """What is understood, None for nothing; `alternatives`: what may have been said as well.
        Does nothing yet. Raises Cancelled."""

    def suggestion(self) -> str:
        """A sentence with a few things to say; empty where there is nothing."""


class LanguageModel(Protocol):
    """Answers what no skill understands. Runs on the event loop."""

    def warm(self) -> None:
        """The user has called: load, connect, whatever makes the reply come sooner. Returns at
        once."""

    def reply(self, messages: Sequence[Message]) -> AsyncGenerator[str]:
        """Text as it is written, piece by piece; closing it hangs up. Keeps its own time limits.
        Raises StageError."""


class Generator(Protocol):
    """A language model in this process. Runs on its own thread."""

    def generate(self, messages: Sequence[Message], token: CancelToken) -> Iterator[str]:
        """Text as it is written. Raises LanguageModelError, DeviceFailedError, Cancelled."""


class Synthesizer(Protocol):
    """Text to speech. Runs on its own thread."""

    @property
    def language(self) -> str:
        """ISO 639-1 code of the language in which numbers are to be read; empty: it reads them
        itself."""

    def synthesize(self, sentence: str, token: CancelToken) -> Iterator[AudioChunk]:
        """Audio as it is made, at the engine's own rate.

        Raises SynthesisError, DeviceFailedError, Cancelled."""
