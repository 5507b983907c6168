"""The engines of the table [llm] that hear."""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field, field_validator

from marvin.config.engine_table import CheckpointKey, DeviceTraits, PlacedTable
from marvin.config.llm import (
    ChatConfig,
    ConversationTable,
    LanguageModelConfig,
    working_of_text,
)
from marvin.config.table import Text

Transcripts = Literal["beside", "model", "none"]
_AUDIO_TOKENS = 750
"""Of 30 s that a model hears."""
_WORKING_OF_AUDIO = 30_000_000
"""Activations of the encoder for one window of 30 s: 1500 positions in a layer as wide as Whisper
large's."""


class AudioLanguageModelConfig(PlacedTable, ConversationTable, LanguageModelConfig):
    """A model in this process that hears the user's voice itself."""

    does = "answers by its skills and {model}, which hears your voice"
    # Trained in bfloat16. The first clause is some twenty tokens.
    traits = DeviceTraits(("bfloat16", "float16", "float32"), ("float32", "bfloat16"), 20, 0.8)

    model: Text
    adapter: Text | None = None
    """Folder of a LoRA adapter of `marvin tune audio-llm`, made for `model`."""
    transcript: Transcripts = "beside"
    """What is written of what you say, for the skills, the console and the history: `beside`, by
    the recogniser of [stt]; `model`, by the model itself, which takes longer; `none`, so that
    skills answer only what is typed."""
    seed: Annotated[int, Field(ge=0, lt=2**63)] | None = None
    """Makes answers reproducible if `temperature` is above 0."""
    fallbacks: tuple[LanguageModelConfig, ...] = ()
    """Asked in this order when it fails: `[[llm.fallbacks]]` with the same keys."""

    @field_validator("tools")
    @classmethod
    def _no_tools(cls, value: str) -> str:
        if value == "on":
            raise ValueError('should be "off": a model that hears calls no tools')
        return value

    def working(self, settings: Mapping[str, int]) -> int:
        tokens = self.history_tokens + self.max_tokens + _AUDIO_TOKENS
        return working_of_text(settings, tokens) + _WORKING_OF_AUDIO


class VoxtralConfig(AudioLanguageModelConfig):
    """Voxtral, which hears your voice and other recordings, up to 40 minutes of them."""

    class_path = "marvin.llm.audio_llm.hearing_model:HearingLanguageModel"
    package = "mistral_common"
    checkpoints = (CheckpointKey(parameters=4_676_000_000),)

    engine: Literal["voxtral"] = "voxtral"
    """`voxtral`: Mistral's; needs the extra `audio-llm`."""
    model: Text = "mistralai/Voxtral-Mini-3B-2507"
    """Hub id or folder."""


class AudioFlamingoConfig(AudioLanguageModelConfig):
    """Audio Flamingo 3, which hears your voice, sounds and music, up to 10 minutes of them."""

    class_path = "marvin.llm.audio_llm.hearing_model:HearingLanguageModel"
    checkpoints = (CheckpointKey(parameters=8_267_000_000, licence="NVIDIA OneWay Noncommercial"),)

    engine: Literal["audio_flamingo"] = "audio_flamingo"
    """`audio_flamingo`: NVIDIA's; its licence forbids commercial use."""
    model: Text = "nvidia/audio-flamingo-3-hf"
    """Hub id or folder."""


def transcripts_of(table: LanguageModelConfig) -> Transcripts | None:
    """What is written of what the user says to a model that hears it; None: it hears nothing."""
    if isinstance(table, AudioLanguageModelConfig):
        return table.transcript
    return "beside" if isinstance(table, ChatConfig) and table.audio else None
