"""Opens examples by what the user named: a folder, a JSON lines file or a data set."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from marvin.errors import TrainingError
from marvin.workshop.audio_questions.columns import Columns
from marvin.workshop.audio_questions.example import BadExamples, Example
from marvin.workshop.audio_questions.example_folder import FolderExamples, lines_file, read_folder
from marvin.workshop.audio_questions.hub_dataset import open_dataset


class Examples(Protocol):
    @property
    def known_length(self) -> int | None:
        """None for a stream."""

    def examples(self, order: int | None = None) -> Iterator[Example]: ...
    def split(self, held_out: int, seed: int) -> tuple[Examples, FolderExamples]: ...


@dataclass(frozen=True, slots=True)
class DataRequest:
    name: str
    subset: str | None = None
    split: str = "train"
    columns: Columns = field(default_factory=Columns)


def open_examples(request: DataRequest, bad: BadExamples) -> Examples:
    """Raises MarvinError, which says what is wrong with the data."""
    path = Path(request.name).expanduser()
    if path.exists() and (file := lines_file(path)):
        return read_folder(file, request.columns, bad)
    if path.is_dir() and not any(entry for entry in path.rglob("*") if entry.is_file()):
        raise TrainingError(f"{path} is empty: it needs a JSON lines file (data.jsonl)")
    return open_dataset(
        str(path) if path.exists() else request.name,
        subset=request.subset,
        split=request.split,
        columns=request.columns,
        bad=bad,
    )
