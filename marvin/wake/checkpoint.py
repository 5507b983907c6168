"""Finds and loads AST checkpoints: the shipped one, a folder, or one from the Hub."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from safetensors import SafetensorError

from marvin.errors import ModelLoadError
from marvin.pretrained.lock import transformers_lock
from marvin.pretrained.quiet import quiet
from marvin.pretrained.source import Source, locate
from marvin.wake.features import FeatureSettings

if TYPE_CHECKING:
    from transformers import ASTForAudioClassification

SHIPPED = "marvin"
_SHIPPED_FOLDER = Path(__file__).parent / "models" / SHIPPED
_AST = "audio-spectrogram-transformer"


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A model that is ready to score."""

    model: ASTForAudioClassification
    """In evaluation mode."""
    settings: FeatureSettings
    """How its features are computed."""
    label_index: int
    """Where the wake word's score is among its outputs."""
    multi_label: bool
    """Its labels do not exclude each other."""


@dataclass(frozen=True, slots=True)
class Description:
    """What is known of a model before it is loaded."""

    labels: tuple[str, ...]
    size_bytes: int
    """Of the files that loading it reads."""


def describe_checkpoint(name: str) -> Description:
    """The labels and size of `marvin` (shipped), a folder, or a Hub id.

    Raises:
        ModelLoadError: It is missing, or not an AST.
    """
    with transformers_lock:
        from transformers.models.audio_spectrogram_transformer import (
            configuration_audio_spectrogram_transformer as configuration,
        )

    source = _source(name)
    try:
        values = _config_values(source, name)
        config = configuration.ASTConfig.from_dict(values)
    except (OSError, ValueError) as error:
        raise _missing(source, name, "config.json", error) from error
    sizes = (
        path.stat().st_size
        for path in Path(source).glob("*")
        if path.suffix in (".json", ".safetensors", ".bin")
    )
    return Description(tuple(map(str, config.id2label.values())), sum(sizes))


def load_checkpoint(name: str, label: str, *, device: str, dtype: str) -> Checkpoint:
    """Load `marvin` (shipped), a folder, or a Hub id.

    Raises:
        ModelLoadError: It is missing, broken, not an AST or does not have the label.
    """
    source = _source(name)
    settings = load_settings(name)
    model = _model(source, name, settings, dtype)
    labels = {int(index): str(text) for index, text in model.config.id2label.items()}
    one_logit = len(labels) == 1 or model.config.problem_type == "multi_label_classification"
    index = _label_index(labels, label, name)
    return Checkpoint(model.to(device).eval(), settings, index, one_logit)


def _source(name: str) -> str:
    if name == SHIPPED:
        return str(_SHIPPED_FOLDER)
    try:
        return str(locate(Source("wake.model", name)))
    except ModelLoadError as error:
        raise type(error)(f'{error}; `model = "{SHIPPED}"` works without any download') from error


def load_settings(name: str) -> FeatureSettings:
    """How the features of `marvin` (shipped), a folder, or a Hub id are computed.

    Raises:
        ModelLoadError: It is missing or broken.
    """
    with transformers_lock:
        from transformers.feature_extraction_utils import FeatureExtractionMixin

    source = _source(name)
    try:
        values, _ = FeatureExtractionMixin.get_feature_extractor_dict(source)
    except (OSError, ValueError) as error:
        raise _missing(source, name, "preprocessor_config.json", error) from error
    try:
        return FeatureSettings.from_preprocessor(values)
    except ValueError as error:
        raise ModelLoadError(f"wake.model = {name!r}: preprocessor_config.json: {error}") from error


def _config_values(source: str, name: str) -> dict[str, Any]:
    with transformers_lock:
        from transformers import PretrainedConfig

    values: dict[str, Any]
    values, _ = PretrainedConfig.get_config_dict(source)
    if not values:
        raise OSError("there is no config.json")
    if values.get("model_type") != _AST:
        kind = values.get("model_type", "of no known kind")
        raise ModelLoadError(
            f"wake.model = {name!r} is not an Audio Spectrogram Transformer but {kind}"
        )
    return values


def _model(
    source: str, name: str, settings: FeatureSettings, dtype: str
) -> ASTForAudioClassification:
    import torch

    with transformers_lock:
        from transformers.models.audio_spectrogram_transformer import (
            modeling_audio_spectrogram_transformer as modeling,
        )

    quiet()
    try:
        _config_values(source, name)
        with transformers_lock:
            model, report = modeling.ASTForAudioClassification.from_pretrained(
                source,
                dtype=getattr(torch, dtype),
                use_safetensors=True,
                output_loading_info=True,
            )
    except (OSError, ValueError, RuntimeError, SafetensorError) as error:
        raise _missing(source, name, "config.json and model.safetensors", error) from error
    if report["missing_keys"]:
        raise ModelLoadError(f"wake.model = {name!r}: weights are missing in its files")
    shape = (model.config.max_length, model.config.num_mel_bins)
    if shape != (settings.max_length, settings.num_mel_bins):
        raise ModelLoadError(
            f"wake.model = {name!r}: config.json says {shape[0]} frames of {shape[1]} mel bins, "
            f"preprocessor_config.json {settings.max_length} of {settings.num_mel_bins}"
        )
    return model


def _missing(source: str, name: str, files: str, error: Exception) -> ModelLoadError:
    first_line = str(error).strip().partition("\n")[0]
    return ModelLoadError(f"wake.model = {name!r}: cannot load {files} in {source}: {first_line}")


def _label_index(labels: Mapping[int, str], label: str, name: str) -> int:
    for index, text in labels.items():
        if text == label:
            return index
    close = difflib.get_close_matches(label, labels.values(), n=1)
    hint = f" (did you mean {close[0]!r}?)" if close else ""
    known = ", ".join(sorted(labels.values()))
    raise ModelLoadError(
        f"wake.label = {label!r}: the model {name} has no such label{hint}. It has: {known}"
    )
