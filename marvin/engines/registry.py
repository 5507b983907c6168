"""Makes the configured engines. The only file that names concrete classes."""

import importlib
from contextlib import closing
from typing import TYPE_CHECKING, Any

from marvin.backends.espeak.process import EspeakProcess
from marvin.backends.pretrained.place import Place
from marvin.config.llm import NoLanguageModelConfig
from marvin.config.stt import OpenAITranscriberConfig, SphinxConfig
from marvin.config.table import PlacedTable, Table
from marvin.config.tables import Config
from marvin.protocols import (
    LanguageModel,
    Synthesizer,
    Transcriber,
    VoiceActivityDetector,
    WakeWordDetector,
)
from marvin.skills.skillset import Skillset
from marvin.skills.timers.timer_set import Timers
from marvin.tts.normalization import normalize

if TYPE_CHECKING:
    from marvin.wake.ast.ast_checkpoint import Description

ENGINES = {
    "wake.ast": "marvin.wake.ast.ast_classifier:AstWakeWordDetector",
    "vad.webrtc": "marvin.vad.webrtc:WebrtcVoiceActivityDetector",
    "stt.sphinx": "marvin.stt.sphinx.sphinx:SphinxTranscriber",
    "stt.whisper": "marvin.stt.whisper.whisper:WhisperTranscriber",
    "stt.moonshine": "marvin.stt.moonshine:MoonshineTranscriber",
    "stt.openai": "marvin.stt.openai_transcriptions:OpenAITranscriber",
    "llm.none": "marvin.llm.none:NoLanguageModel",
    "llm.transformers": "marvin.llm.transformers.in_process:TransformersLanguageModel",
    "llm.chat": "marvin.llm.chat.chat:ChatLanguageModel",
    "tts.espeak": "marvin.tts.espeak:EspeakSynthesizer",
    "tts.speecht5": "marvin.tts.speecht5.speecht5:SpeechT5Synthesizer",
    "tts.bark": "marvin.tts.bark:BarkSynthesizer",
    "tts.mms": "marvin.tts.mms:MmsSynthesizer",
    "tts.openai": "marvin.tts.openai.openai_speech:OpenAISynthesizer",
}
"""Where each engine of models.toml is. Only the chosen ones are imported."""


def engine(stage: str, name: str) -> Any:
    """The class of an engine."""
    module, _, name = ENGINES[f"{stage}.{name}"].partition(":")
    return getattr(importlib.import_module(module), name)


def load_detectors(config: Config) -> tuple[VoiceActivityDetector, WakeWordDetector]:
    """Of voice activity and of the wake word, for one ear."""
    vad = engine("vad", config.vad.engine).load(config.vad)
    return vad, engine("wake", config.wake.engine).load(config.wake, _pronounce)


def describe_wake_model(name: str) -> "Description":
    """Labels and size of what `wake.model` names."""
    module = importlib.import_module("marvin.wake.ast.ast_checkpoint")
    description: Description = module.describe_checkpoint(name)
    return description


def load_skillset(config: Config, timers: Timers | None = None) -> Skillset:
    """The skills, the user's own commands included; `timers`: those that they change."""
    return Skillset.load(config.skills, timers, wake_phrase=config.wake.label)


def load_transcriber(config: Config, skillset: Skillset, place: Place) -> Transcriber:
    """The recogniser; one of a grammar gets that of the skills."""
    name = config.wake.label
    phrases = (name, f"hey {name}", f"okay {name}")
    table = config.stt
    kind = engine("stt", table.engine)
    transcriber: Transcriber
    if isinstance(table, SphinxConfig):
        transcriber = kind.load(table, skillset.patterns(), phrases, _pronounce)
    elif isinstance(table, OpenAITranscriberConfig):
        transcriber = kind.load(table, wake_phrases=phrases)
    else:
        transcriber = kind.load(table, place, wake_phrases=phrases)
    return transcriber


def load_synthesizer(config: Config, place: Place) -> Synthesizer:
    """The voice, with the rules and the words of numbers of its language: they take 40 ms."""
    synthesizer: Synthesizer = _load("tts", config.tts, place)
    normalize("10:30", synthesizer.language)
    return synthesizer


def load_generator(table: Table, place: Place) -> Any:
    """A language model in this process."""
    return _load("llm", table, place)


def load_language_model(table: Table) -> LanguageModel:
    """One that is not in this process: a server's, or none."""
    model: LanguageModel
    if isinstance(table, NoLanguageModelConfig):
        model = engine("llm", table.engine)()
    else:
        model = engine("llm", "chat").load(table)
    return model


def _load(stage: str, table: Any, place: Place) -> Any:
    kind = engine(stage, table.engine)
    return kind.load(table, place) if isinstance(table, PlacedTable) else kind.load(table)


def _pronounce(word: str) -> str:
    """IPA of a word that the recogniser's dictionary lacks."""
    with closing(EspeakProcess()) as process:
        process.start()
        return process.phonemes(word)
