"""Loads audio language models: what reads conversations of recordings and text, and writes text."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from marvin.backends.pretrained.checkpoint import check_vocabulary, load_model, load_processor
from marvin.backends.pretrained.lock import transformers_lock
from marvin.boundary.files import read_json
from marvin.errors import ModelLoadError
from marvin.hub.source import Source, locate

if TYPE_CHECKING:
    from collections.abc import Collection

    from marvin.backends.pretrained.place import Place


@dataclass(frozen=True, slots=True)
class AudioFamily:
    """What its code and its training tell of a kind of audio language model."""

    model_type: str
    """As in config.json."""
    model_class: str
    """Of transformers."""
    processor_class: str
    """Of transformers."""
    longest_s: float
    """Of one recording: how long it can be, or was in training."""
    several: bool
    """Whether a conversation may have more than one recording."""
    system_role: bool
    """Whether a system prompt and a recording go together."""
    package: str = ""
    """That its processor needs, by the name that import knows."""


VOXTRAL = AudioFamily(
    "voxtral",
    "VoxtralForConditionalGeneration",
    "VoxtralProcessor",
    # Its card: 40 minutes for understanding, which is its context of 32,000 tokens.
    longest_s=2400.0,
    several=True,
    system_role=False,
    package="mistral_common",
)
AUDIO_FLAMINGO = AudioFamily(
    "audioflamingo3",
    "AudioFlamingo3ForConditionalGeneration",
    "AudioFlamingo3Processor",
    # Its processor cuts longer ones off.
    longest_s=600.0,
    several=False,
    system_role=True,
)
FAMILIES = {"voxtral": VOXTRAL, "audio_flamingo": AUDIO_FLAMINGO}
"""By the engine of [llm]."""


@dataclass(frozen=True, slots=True)
class AudioCheckpoint:
    """A loaded audio language model."""

    model: Any
    processor: Any
    family: AudioFamily
    name: str
    """For messages."""


def load_audio_checkpoint(
    source: Source, place: Place, families: Collection[AudioFamily] = FAMILIES.values()
) -> AudioCheckpoint:
    """The model of one of the `families`, at its place, and its processor.

    Raises:
        ModelMissingError: It is not downloaded.
        ModelLoadError: A file is missing or broken, it is another model, or a package is missing.
        DeviceFailedError: The device is missing or out of memory.
    """
    family = family_of(source, families)
    processor = load_audio_processor(source, family)
    with transformers_lock:
        import transformers
    model = load_model(getattr(transformers, family.model_class), source, place)
    check_vocabulary(model, processor.tokenizer, source)
    return AudioCheckpoint(model, processor, family, str(source))


def context_length(model: Any) -> int:
    """The number of tokens that the language model was made for."""
    length: int = model.config.get_text_config().max_position_embeddings
    return length


def family_of(source: Source, families: Collection[AudioFamily] = FAMILIES.values()) -> AudioFamily:
    """By the checkpoint's config.json. Raises ModelMissingError, ModelLoadError."""
    folder = locate(source)
    try:
        values: Any = read_json(folder / "config.json")
        found = values.get("model_type")
    except (OSError, ValueError, AttributeError) as error:
        raise ModelLoadError(f"{source}: its config.json cannot be read: {error}") from error
    for family in families:
        if family.model_type == found:
            return family
    wanted = " or ".join(repr(family.model_type) for family in families)
    raise ModelLoadError(f"{source}: config.json has model_type {found!r}, not {wanted}")


def load_audio_processor(source: Source, family: AudioFamily) -> Any:
    """The processor alone: tokenizer, chat template and features. Raises as the checkpoint."""
    if family.package and find_spec(family.package) is None:
        raise ModelLoadError(
            f"{source}: its processor needs {family.package.replace('_', '-')}, which is missing: "
            "`pip install 'marvin-voice[audio-llm]'`"
        )
    with transformers_lock:
        import transformers
    return load_processor(getattr(transformers, family.processor_class), source)
