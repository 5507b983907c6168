"""Finds and loads AST checkpoints: a shipped one, a folder, or one from the Hub."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError
from safetensors import SafetensorError, safe_open

from marvin.boundary.files import check_regular, read_json
from marvin.config.wake import SHIPPED, shipped_or
from marvin.errors import ModelLoadError
from marvin.hub.source import Source, locate
from marvin.wake.ast.architecture import Architecture
from marvin.wake.ast.features import FeatureSettings
from marvin.wake.ast.forward import Forward
from marvin.wake.ast.transformers_forward import TransformersForward

_AST = "audio-spectrogram-transformer"


@dataclass(frozen=True, slots=True)
class Checkpoint:
    forward: Forward | TransformersForward
    settings: FeatureSettings
    label_index: int
    """Output index of the wake word."""
    multi_label: bool
    """Labels are not mutually exclusive."""


@dataclass(frozen=True, slots=True)
class Description:
    """Facts about a checkpoint that has not been loaded."""

    labels: tuple[str, ...]
    size_bytes: int
    """Size of the files that loading reads."""


def describe_checkpoint(name: str) -> Description:
    """`name` is a shipped model's, a folder, or a Hub id.

    Raises:
        ModelLoadError: It is missing, or not an AST.
    """
    source = _source(name)
    labels = _architecture(source, name).labels
    sizes = (
        path.stat().st_size for path in source.glob("*") if path.suffix in (".json", ".safetensors")
    )
    return Description(labels, sum(sizes))


def load_checkpoint(name: str, label: str, *, own_network: bool = True) -> Checkpoint:
    """Load a shipped model, a folder, or a Hub id; by transformers if not `own_network`.

    Raises:
        ModelLoadError: It is missing, broken or not an AST, or lacks the label.
    """
    source = _source(name)
    settings = load_settings(name)
    architecture = _architecture(source, name)
    seen = architecture.max_length, architecture.num_mel_bins
    if seen != (settings.max_length, settings.num_mel_bins):
        raise ModelLoadError(
            f"wake.model = {name!r}: config.json says {seen[0]} frames of {seen[1]} mel bins, "
            f"preprocessor_config.json {settings.max_length} of {settings.num_mel_bins}"
        )
    index = _label_index(architecture.labels, label, name)
    forward = _own(source, name, architecture) if own_network else TransformersForward(source)
    return Checkpoint(forward, settings, index, architecture.multi_label)


def _own(source: Path, name: str, architecture: Architecture) -> Forward:
    try:
        check_regular(source / "model.safetensors")
        with safe_open(source / "model.safetensors", framework="numpy") as file:
            return Forward(architecture, file.get_tensor)
    except TypeError as error:
        raise ModelLoadError(
            f"wake.model = {name!r}: cannot load model.safetensors in {source}: {error}; save "
            "its weights as float32"
        ) from error
    except (OSError, ValueError, SafetensorError) as error:
        raise _missing(source, name, "model.safetensors", error) from error


def _source(name: str) -> Path:
    if name in SHIPPED:
        return Path(shipped_or(name))
    try:
        return locate(Source("wake.model", name))
    except ModelLoadError as error:
        hint = f'`model = "{SHIPPED[0]}"` works without any download'
        raise type(error)(f"{error}; {hint}") from error


def load_settings(name: str) -> FeatureSettings:
    """Feature settings of a shipped model, a folder, or a Hub id.

    Raises:
        ModelLoadError: It is missing or broken.
    """
    values = _read(_source(name), name, "preprocessor_config.json")
    try:
        return FeatureSettings.from_preprocessor(values)
    except ValueError as error:
        raise ModelLoadError(f"wake.model = {name!r}: preprocessor_config.json: {error}") from error


def _architecture(source: Path, name: str) -> Architecture:
    values = _read(source, name, "config.json")
    if values.get("model_type") != _AST:
        kind = values.get("model_type", "of an unknown type")
        raise ModelLoadError(
            f"wake.model = {name!r} is not an Audio Spectrogram Transformer but {kind}"
        )
    try:
        return Architecture.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        what = ": ".join(("config.json", *map(str, first["loc"]), first["msg"]))
        raise ModelLoadError(f"wake.model = {name!r}: {what}") from error


def _read(source: Path, name: str, file: str) -> dict[str, object]:
    try:
        values = read_json(source / file)
        if not isinstance(values, dict):
            raise ValueError("not a JSON object")
    except (OSError, ValueError) as error:
        raise _missing(source, name, file, error) from error
    return values


def _missing(source: Path, name: str, files: str, error: Exception) -> ModelLoadError:
    first_line = str(error).strip().partition("\n")[0]
    return ModelLoadError(f"wake.model = {name!r}: cannot load {files} in {source}: {first_line}")


def _label_index(labels: Sequence[str], label: str, name: str) -> int:
    if label in labels:
        return labels.index(label)
    close = difflib.get_close_matches(label, labels, n=1)
    hint = f" (did you mean {close[0]!r}?)" if close else ""
    known = ", ".join(sorted(labels))
    raise ModelLoadError(
        f"wake.label = {label!r}: the model {name} has no such label{hint}. It has: {known}"
    )
