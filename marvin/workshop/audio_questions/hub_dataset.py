"""Examples from a data set on the Hugging Face Hub, or a folder in one of its formats."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from marvin.errors import AudioFileError, TrainingError
from marvin.workshop.audio_questions.columns import Columns
from marvin.workshop.audio_questions.example import BadExamples, Example
from marvin.workshop.audio_questions.example_folder import FolderExamples

_BUFFER = 1000
"""Examples that are shuffled among each other."""


@dataclass(frozen=True, slots=True)
class StreamedExamples:
    """Read as they are needed, so that a data set of any size fits."""

    name: str
    rows: Any
    """A `datasets.IterableDataset` whose audio is not decoded."""
    columns: Columns
    bad: BadExamples

    @property
    def known_length(self) -> None:
        return None

    def examples(self, order: int | None = None) -> Iterator[Example]:
        """In order, or shuffled within a window by the seed `order`."""
        rows = self.rows
        if order is not None:
            rows = rows.shuffle(seed=order, buffer_size=_BUFFER)
        with _failures(self.name):
            for number, row in enumerate(rows, 1):
                try:
                    yield self.columns.example(row, f"{self.name}, row {number}", None)
                except (AudioFileError, TrainingError) as error:
                    self.bad.meet(error)

    def split(self, held_out: int, seed: int) -> tuple[StreamedExamples, FolderExamples]:
        """The first ones are held out, of a stream that is only read once."""
        first = list(islice(self.examples(), held_out))
        rest = self.rows.skip(held_out)
        return StreamedExamples(self.name, rest, self.columns, self.bad), FolderExamples(first)


def open_dataset(
    name: str, *, subset: str | None, split: str, columns: Columns, bad: BadExamples
) -> StreamedExamples:
    """Raises TrainingError if it cannot be opened or lacks a column."""
    try:
        from datasets import Audio, load_dataset
        from datasets.utils.logging import disable_progress_bar
    except ImportError as error:
        raise TrainingError(
            f"{name}: {'' if Path(name).exists() else 'there is no such folder, and '}a data set "
            "needs packages that are not installed: pip install 'marvin-voice[tune]'"
        ) from error
    disable_progress_bar()
    with _failures(name):
        rows = load_dataset(name, name=subset, split=split, streaming=True)
        if rows.features is None:
            rows = rows._resolve_features()
        for column, feature in rows.features.items():
            if isinstance(feature, Audio):
                # Marvin's reader takes any rate, and names what is broken.
                rows = rows.cast_column(column, Audio(decode=False))
    columns.check(list(rows.features), name)
    return StreamedExamples(name, rows, columns, bad)


@contextmanager
def _failures(name: str) -> Iterator[None]:
    """What `datasets` raises becomes one line."""
    try:
        yield
    except TrainingError:
        raise
    except Exception as error:
        line = next(iter(str(error).strip().splitlines()), type(error).__name__)
        raise TrainingError(
            f"the data set {name} cannot be read: {line}"
            + ("" if Path(name).exists() else ". No folder has this name either")
        ) from error
