"""The parts of a line that is ready to run."""

from dataclasses import dataclass

from marvin.conversation.ear import Ear
from marvin.conversation.partial_transcripts import PartialTranscripts
from marvin.engines.workers.worker import Worker
from marvin.mind.memory import Memory
from marvin.protocols import AudioSink, AudioSource, LanguageModel, Skills, Synthesizer, Transcriber


@dataclass(frozen=True, slots=True)
class Stages:
    """Each stage, known by its protocol."""

    source: AudioSource
    sink: AudioSink
    ear: Worker[Ear]
    transcriber: Worker[Transcriber]
    skills: Worker[Skills]
    language_model: LanguageModel
    conversation: Memory
    synthesizer: Worker[Synthesizer]
    partials: PartialTranscripts | None = None
    """Where the transcriber writes down what is said while it is said."""

    def warm(self) -> None:
        """Load what was unloaded: the user has called, and still speaks."""
        self.transcriber.warm()
        self.language_model.warm()
        self.synthesizer.warm()
