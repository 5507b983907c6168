"""LoRA adapters: a model's changes from fine-tuning, in a folder of their own."""

from __future__ import annotations

import warnings
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from safetensors import SafetensorError

from marvin.backends.pretrained.audio_checkpoint import (
    AudioCheckpoint,
    load_audio_checkpoint,
)
from marvin.backends.pretrained.checkpoint import unshare
from marvin.backends.pretrained.lock import transformers_lock
from marvin.backends.pretrained.place import Place
from marvin.boundary.files import read_json
from marvin.errors import ModelLoadError
from marvin.hub.source import Source, is_folder

CONFIG = "adapter_config.json"
WEIGHTS = "adapter_model.safetensors"
_BASE = "base_model_name_or_path"


def is_adapter(folder: Path) -> bool:
    return (folder / CONFIG).is_file()


def base_of(folder: Path) -> str:
    """The model that an adapter was trained for. Raises ModelLoadError."""
    try:
        values: Any = read_json(folder / CONFIG)
        name = values[_BASE]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelLoadError(f"the adapter {folder} cannot be used: {error!r}") from error
    if not isinstance(name, str) or not name:
        raise ModelLoadError(f"the adapter {folder} does not say which model it is for ({CONFIG})")
    return name


def load_with_adapter(
    key: str, name: str, place: Place, *, revision: str | None = None
) -> AudioCheckpoint:
    """An audio language model, or the folder of an adapter together with its model.

    Raises:
        ModelMissingError, ModelLoadError, DeviceFailedError: As `load_audio_checkpoint`.
    """
    folder = Path(name).expanduser()
    if not is_adapter(folder):
        return load_audio_checkpoint(Source(key, name, revision), place)
    base = load_audio_checkpoint(Source(key, base_of(folder), revision), place)
    return with_adapter(base, folder, base_of(folder))


def with_adapter(base: AudioCheckpoint, folder: Path, name: str) -> AudioCheckpoint:
    """The checkpoint `name`, changed by an adapter and no slower. Raises as `add_adapter`."""
    folder = folder.expanduser()
    model = add_adapter(base.model, folder, name).merge_and_unload()
    return replace(base, model=model, name=f"{base.name} with {folder}")


def add_adapter(model: Any, folder: Path, name: str) -> Any:
    """The model `name` with an adapter, for use; changes `model`, which nothing may share.

    Raises:
        ModelLoadError: The adapter is missing or broken, or for another model.
    """
    if not is_adapter(folder) or not (folder / WEIGHTS).is_file():
        raise ModelLoadError(f"{folder} is no adapter: it needs {CONFIG} and {WEIGHTS}")
    if find_spec("peft") is None:
        raise ModelLoadError(
            f"the adapter {folder} needs peft, which is missing: pip install 'marvin-voice[tune]'"
        )
    made_for = base_of(folder)
    other = f"the adapter {folder} was trained for {made_for}, not for {name}"
    if made_for != name and not is_folder(made_for) and not is_folder(name):
        raise ModelLoadError(other)
    unshare(model)
    with transformers_lock, warnings.catch_warnings():
        # The keys that it warns of are checked below.
        warnings.simplefilter("ignore")
        from peft import PeftConfig, get_peft_model

        try:
            config = PeftConfig.from_pretrained(str(folder))
            config.inference_mode = True
            changed = get_peft_model(model, config)
            loaded = changed.load_adapter(str(folder), "default", use_safetensors=True)
        except (OSError, ValueError, RuntimeError, TypeError, SafetensorError) as error:
            line = str(error).strip().splitlines()[0]
            raise ModelLoadError(f"{other}, or it is damaged: {line}") from error
    if loaded.missing_keys or loaded.unexpected_keys:
        key = min([*loaded.missing_keys, *loaded.unexpected_keys])
        raise ModelLoadError(f"{other}: they differ in {key}")
    return changed.eval().requires_grad_(False)
