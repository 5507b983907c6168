"""One conversation: what it hears and speaks through, what it remembers, what it shares."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from marvin.config.tables import Config
from marvin.conversation.ear import Ear, load_ear
from marvin.conversation.partial_transcripts import PartialTranscripts
from marvin.engines.engine_set import EngineSet
from marvin.engines.workers.worker import Worker
from marvin.events import Event
from marvin.mind.memory import Memory
from marvin.mind.mind import Mind
from marvin.protocols import AudioSink, AudioSource, Synthesizer


@dataclass(frozen=True, slots=True)
class Session:
    """Source, sink, ear and memory are its own; mind and synthesizer belong to the process."""

    source: AudioSource
    sink: AudioSink
    ear: Worker[Ear]
    memory: Memory
    mind: Mind
    synthesizer: Worker[Synthesizer]
    partials: PartialTranscripts | None = None
    """Where the transcriber writes down what is being said."""
    stream: int = 0
    """Tells the utterances of this source from those of another on the same transcriber."""

    def warm(self) -> None:
        """Load what was unloaded: the user has called, and still speaks."""
        self.mind.warm()
        self.synthesizer.warm()


def open_session(
    engines: EngineSet,
    mind: Mind,
    config: Config,
    source: AudioSource,
    sink: AudioSink,
    memory: Memory,
    report: Callable[[Event], None],
    *,
    stream: int = 0,
) -> Session:
    """A conversation on engines that others may use as well; its ear has to be started."""
    sink.set_volume(config.audio.volume)
    memory.dialogue.volume = config.audio.volume
    ear = Worker("marvin-ear", lambda _: load_ear(config), despair=engines.give_up)
    partials = None
    if every_s := getattr(config.stt, "partial_s", 0.0):
        # A recogniser with the key `partial_s` has the method `partial`.
        streaming: Worker[Any] = engines.transcriber
        partials = PartialTranscripts(streaming, every_s, config.turn.transcribe_s, report)
    return Session(source, sink, ear, memory, mind, engines.synthesizer, partials, stream)
