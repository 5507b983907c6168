"""A session: one conversation with its audio ends, its memory and the engines it shares."""

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
    """Owns source, sink, ear and memory. The mind and the synthesizer belong to the process."""

    source: AudioSource
    sink: AudioSink
    ear: Worker[Ear]
    memory: Memory
    mind: Mind
    synthesizer: Worker[Synthesizer]
    partials: PartialTranscripts | None = None
    """None if the transcriber does not stream."""
    priority: int = 0
    """Priority of its calls to shared engines; lower goes first."""

    def warm(self) -> None:
        """Reload unloaded models while the user is still speaking."""
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
    priority: int = 0,
) -> Session:
    """Open a session on shared engines. The caller starts its ear."""
    sink.set_volume(config.audio.volume)
    memory.dialogue.reset_volume(config.audio.volume)
    ear = Worker("marvin-ear", lambda _: load_ear(config), despair=engines.give_up)
    partials = None
    if every_s := getattr(config.stt, "partial_s", 0.0):
        # A transcriber whose config has `partial_s` implements `partial`.
        streaming: Worker[Any] = engines.transcriber
        partials = PartialTranscripts(streaming, every_s, config.turn.transcribe_s, report)
    return Session(source, sink, ear, memory, mind, engines.synthesizer, partials, priority)
