"""The contract of each stage. Engines and fakes inherit nothing and do not import this file:
the type checker holds them to it where `app.py` and the tests put a line together."""

from collections.abc import AsyncGenerator, Iterator, Sequence
from typing import Protocol

from marvin.cancellation import CancelToken
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


class Skills(Protocol):
    """Answers without a language model. Runs on its own thread."""

    def understands(self, text: str, token: CancelToken) -> bool:
        """Whether `answer` would most likely have a reply. Does nothing. Raises Cancelled."""

    def declines(self, text: str, token: CancelToken) -> bool:
        """Whether `answer` would ask back or say no, if nothing more is said. Does nothing. Raises
        Cancelled."""

    def answer(self, text: str, token: CancelToken) -> Reply | None:
        """The reply, or None when no skill understands. Raises SkillError, Cancelled."""

    def clarify(self, text: str, alternatives: Sequence[str], token: CancelToken) -> Reply | None:
        """The reply to what may have been said in several ways: a question, where they differ.
        Raises as `answer`."""

    def said(self, text: str) -> None:
        """What was spoken in the end, for "repeat that"."""

    def suggestion(self) -> str:
        """A sentence with a few things to say; empty where there is nothing."""


class LanguageModel(Protocol):
    """Answers what no skill understands. Runs on the event loop."""

    def warm(self) -> None:
        """The user has called: load, connect, whatever makes the reply come sooner. Returns at
        once."""

    def reply(self, messages: Sequence[Message]) -> AsyncGenerator[str]:
        """Text as it is written, piece by piece; closing it hangs up. Raises StageError."""


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
