"""Examples from a folder with audio files and a JSON lines file."""

import random
from collections.abc import Iterator, Sequence
from pathlib import Path

from marvin.boundary.files import check_regular, parse_json
from marvin.errors import AudioFileError, MarvinError, TrainingError
from marvin.workshop.audio_questions.columns import Columns
from marvin.workshop.audio_questions.example import BadExamples, Example

_LONGEST_LINE = 1 << 20


def lines_file(path: Path) -> Path | None:
    """The JSON lines file that a path names or its folder has.

    Raises:
        TrainingError: There are several.
    """
    if path.is_file():
        return path
    found = sorted(one for one in path.glob("*.jsonl") if one.is_file())
    if len(found) > 1:
        names = ", ".join(one.name for one in found)
        raise TrainingError(f"{path} has several JSON lines files ({names}): name one of them")
    return found[0] if found else None


class FolderExamples:
    """Examples in memory; their audio is read when it is needed."""

    def __init__(self, examples: Sequence[Example]) -> None:
        self._examples = list(examples)

    @property
    def known_length(self) -> int:
        return len(self._examples)

    def examples(self, order: int | None = None) -> Iterator[Example]:
        """In order, or shuffled by the seed `order`."""
        shuffled = list(self._examples)
        if order is not None:
            random.Random(order).shuffle(shuffled)
        return iter(shuffled)

    def split(self, held_out: int, seed: int) -> "tuple[FolderExamples, FolderExamples]":
        """Those to train on, and `held_out` others."""
        shuffled = list(self.examples(seed))
        return FolderExamples(shuffled[held_out:]), FolderExamples(shuffled[:held_out])


def read_folder(file: Path, columns: Columns, bad: BadExamples) -> FolderExamples:
    """All examples of a JSON lines file, whose audio files were opened to check them.

    Raises:
        MarvinError: The file cannot be read, has a bad line that is not to be skipped, or no good.
    """
    found = []
    for number, line in enumerate(_lines(file), 1):
        if not line.strip():
            continue
        try:
            found.append(_example(line, f"{file}, line {number}", file.parent, columns))
        except (AudioFileError, TrainingError) as error:
            bad.meet(error)
    if not found:
        raise TrainingError(f"{file}: no usable example in it")
    return FolderExamples(found)


def _lines(file: Path) -> Iterator[str]:
    try:
        check_regular(file)
        # Editors on Windows begin a file with a byte order mark.
        with file.open(encoding="utf-8-sig") as lines:
            while line := lines.readline(_LONGEST_LINE):
                if len(line) == _LONGEST_LINE:
                    raise TrainingError(f"{file} has a line of a megabyte: is it JSON lines?")
                yield line
    except UnicodeDecodeError as error:
        raise TrainingError(
            f"{file} is no text in UTF-8: name a folder with a JSON lines file, or that file"
        ) from error
    except OSError as error:
        raise TrainingError(f"{file} cannot be read: {error.strerror}") from error


def _example(line: str, name: str, folder: Path, columns: Columns) -> Example:
    try:
        row = parse_json(line)
    except ValueError as error:
        raise TrainingError(f"{name}: not JSON: {error}") from error
    if not isinstance(row, dict):
        raise TrainingError(f"{name}: not a JSON object")
    example = columns.example(row, name, folder)
    try:
        example.check()
    except MarvinError as error:
        raise AudioFileError(f"{name}: {error}") from error
    return example
