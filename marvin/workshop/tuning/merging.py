"""Merges an adapter into its model."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from safetensors import SafetensorError

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
    with _partial(out) as folder:
        name = model or base_of(adapter)
        loaded = load_audio_checkpoint(Source("--model", name), chosen_place("cpu", dtype))
        merged = add_adapter(loaded.model, adapter, name).merge_and_unload()
        try:
            merged.save_pretrained(str(folder))
            loaded.processor.save_pretrained(str(folder))
            folder.chmod(0o755)
            folder.replace(out)
        except (OSError, SafetensorError) as error:
            raise TrainingError(f"{out} cannot be written: {error}") from error


@contextmanager
def _partial(out: Path) -> Iterator[Path]:
    """A folder beside `out`, which is deleted in the end unless it was moved there."""
    # Before the model is loaded: it takes no time to find it wrong.
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(dir=out.parent, prefix=f".{out.name}."))
    except OSError as error:
        raise TrainingError(f"{out} cannot be written: {error.strerror}") from error
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
