"""Reads scripted conversations."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

SCRIPTS = Path(__file__).parent / "scripts"


@dataclass(frozen=True, slots=True)
class Conversation:
    name: str
    lines: tuple[tuple[int, str], ...]
    """With their numbers in the file."""


def conversations(path: Path) -> Iterator[Conversation]:
    """A `# name` begins each."""
    name, lines = "", list[tuple[int, str]]()
    for number, line in enumerate(path.read_text().splitlines(), 1):
        if line.startswith("#"):
            if lines:
                yield Conversation(f"{path.stem}: {name}", tuple(lines))
            name, lines = line.removeprefix("#").strip(), []
        elif line.strip():
            lines.append((number, line.strip()))
    yield Conversation(f"{path.stem}: {name}", tuple(lines))
