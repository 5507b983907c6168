"""Loads transformers models and processors from a checkpoint folder.

Safetensors only, no code from the checkpoint, no network. Errors become one message that names the
key of models.toml. Weights used by two stages are loaded once.
"""

from __future__ import annotations

import contextlib
import logging
import warnings
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any
from weakref import WeakValueDictionary

from safetensors import SafetensorError

from marvin.backends.pretrained.failures import device_failures
from marvin.backends.pretrained.int8 import quantized
from marvin.backends.pretrained.lock import transformers_lock
from marvin.backends.pretrained.quiet import quiet
from marvin.errors import ModelLoadError
from marvin.hub.source import Source, locate

if TYPE_CHECKING:
    from pathlib import Path

    from marvin.backends.pretrained.place import Place

_LOGGER = logging.getLogger(__name__)

_LOADED: WeakValueDictionary[tuple[object, ...], Any] = WeakValueDictionary()
"""Models in use, by class, folder, device and dtype; freed with the last reference."""


def load_model(model_class: Any, source: Source, place: Place) -> Any:
    """The model in evaluation mode at its place; the same object for the same arguments.

    `model_class` is a transformers class with `from_pretrained`.

    Raises:
        ModelMissingError: The model is not downloaded.
        ModelLoadError: A file is missing, broken, a pickle or of another architecture.
        DeviceFailedError: The device is missing or out of memory.
    """
    folder = locate(source)
    quiet()
    key = (model_class, folder.resolve(), place.device, place.dtype)
    with transformers_lock:
        model = _LOADED.get(key)
        if model is None:
            model = _load(model_class, source, folder, place)
            _LOADED[key] = model
        return model


def unshare(model: Any) -> None:
    """Load it anew from now on: the caller is about to change it."""
    with transformers_lock:
        for key in [key for key, one in _LOADED.items() if one is model]:
            del _LOADED[key]


def load_processor(processor_class: Any, source: Source, **options: object) -> Any:
    """A processor, tokenizer or feature extractor of the checkpoint.

    Raises:
        ModelMissingError: The checkpoint is not downloaded.
        ModelLoadError: A file is missing or broken.
    """
    folder = locate(source)
    quiet()
    with _broken(source, folder), transformers_lock:
        return processor_class.from_pretrained(
            folder, local_files_only=True, trust_remote_code=False, **options
        )


def check_vocabulary(model: Any, tokenizer: Any, source: Source) -> None:
    """Raises ModelLoadError if the tokenizer is another model's."""
    known = model.get_input_embeddings().num_embeddings
    if not 0 < len(tokenizer) <= known:
        raise ModelLoadError(
            f"{source}: its tokenizer has {len(tokenizer)} tokens, its model {known}"
        )


def _load(model_class: Any, source: Source, folder: Path, place: Place) -> Any:
    import torch

    _check_architecture(model_class, source, folder)
    on_cpu = torch.float32 if place.dtype == "int8" else getattr(torch, place.dtype)
    with _broken(source, folder), device_failures(str(source)), warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        model, report = model_class.from_pretrained(
            folder,
            dtype=on_cpu,
            local_files_only=True,
            use_safetensors=True,
            trust_remote_code=False,
            output_loading_info=True,
            # The report below names the weights; the exception would only advise programmers.
            ignore_mismatched_sizes=True,
        )
    if missing := report["missing_keys"]:
        raise ModelLoadError(f"{source}: missing weights, for example {min(missing)}")
    if others := report["mismatched_keys"]:
        name, found, wanted = min(others)
        raise ModelLoadError(
            f"{source}: the weights do not match config.json: {name} has shape "
            f"{tuple(found)}, not {tuple(wanted)}"
        )
    if more := report["unexpected_keys"]:
        _LOGGER.info("%s: %d unused weights, for example %s", source, len(more), min(more))
    model.eval().requires_grad_(False)
    with device_failures(str(source)):
        return quantized(model) if place.dtype == "int8" else model.to(place.device)


def _check_architecture(model_class: Any, source: Source, folder: Path) -> None:
    with transformers_lock:
        from transformers import PretrainedConfig

    with _broken(source, folder):
        values, _ = PretrainedConfig.get_config_dict(folder, local_files_only=True)
        if not values:
            raise OSError("config.json is missing")
    # Auto classes choose the configuration class themselves.
    wanted = getattr(getattr(model_class, "config_class", None), "model_type", None)
    if wanted is not None and values.get("model_type") != wanted:
        found = values.get("model_type", "unknown")
        raise ModelLoadError(f"{source}: config.json has model_type {found!r}, not {wanted!r}")


@contextlib.contextmanager
def _broken(source: Source, folder: Path) -> Iterator[None]:
    """Turn a library's exceptions into a one-line ModelLoadError."""
    try:
        yield
    except (OSError, ValueError, RuntimeError, TypeError, KeyError, SafetensorError) as error:
        line = _first_line(error)
        hint = ""
        if any(folder.glob("*.bin")) and not any(folder.glob("*.safetensors")):
            hint = (
                ". Its weights are a pickle, which can run any code: `marvin models pull ID` "
                "converts Hub models to safetensors"
            )
        raise ModelLoadError(f"{source}: cannot be loaded from {folder}: {line}{hint}") from error


def _first_line(error: Exception) -> str:
    """The first informative line; one that ends in a colon is joined with the next."""
    lines = [line.strip().rstrip(".") for line in str(error).splitlines() if line.strip()]
    if not lines:
        return type(error).__name__
    if "backend tokenizer" in lines[0]:
        return "its tokenizer files are missing"
    return " ".join(lines[:2]) if lines[0].endswith(":") else lines[0]
