"""Merges an adapter into its model."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from marvin.backends.pretrained.adapter import add_adapter, base_of, is_adapter
from marvin.backends.pretrained.audio_checkpoint import load_audio_checkpoint
from marvin.errors import ModelLoadError, TrainingError
from marvin.hub.source import Source
from marvin.workshop.audio_questions.place_chosen import chosen_place


def merge(adapter: Path, out: Path, *, model: str | None = None, dtype: str = "auto") -> None:
    """Write a model folder that needs no PEFT, or nothing at all.

    Raises:
        ModelLoadError: The adapter or its model cannot be used.
        TrainingError: `out` is in use, or cannot be written.
    """
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise TrainingError(f"{out} exists and is not an empty folder: choose another --out")
    if not is_adapter(adapter):
        raise ModelLoadError(f"{adapter} is no adapter: name a folder of `marvin tune audio-llm`")
    name = model or base_of(adapter)
    loaded = load_audio_checkpoint(Source("--model", name), chosen_place("cpu", dtype))
    merged = add_adapter(loaded.model, adapter, name).merge_and_unload()
    out.parent.mkdir(parents=True, exist_ok=True)
    partial = Path(tempfile.mkdtemp(dir=out.parent, prefix=f".{out.name}."))
    try:
        merged.save_pretrained(str(partial))
        loaded.processor.save_pretrained(str(partial))
        partial.chmod(0o755)
        partial.replace(out)
    except OSError as error:
        raise TrainingError(f"{out} cannot be written: {error}") from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)
