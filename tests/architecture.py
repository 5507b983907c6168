"""Draws the rooms of `marvin/` and their imports: `python -m tests.architecture [FOLDER]`.

A room is a top-level entry of `marvin/` (in FOLDER, by default this checkout). An arrow connects
two rooms, one of which imports the other. A circle is a set of rooms that import each other.
"""

import sys
import tomllib
from pathlib import Path
from typing import Any

import grimp

from tests.paths import ROOT

HIGHEST = "__main__"


def contract() -> dict[str, Any]:
    """The layers in pyproject.toml."""
    with (ROOT / "pyproject.toml").open("rb") as file:
        (layers,) = tomllib.load(file)["tool"]["importlinter"]["contracts"]
    return {key: str(value) if isinstance(value, bool) else value for key, value in layers.items()}


def floors() -> list[tuple[str, ...]]:
    """The rooms from the top floor down."""
    return [
        tuple(layer.replace("|", ":").replace(" ", "").split(":")) for layer in contract()["layers"]
    ]


def arrows(graph: grimp.ImportGraph) -> set[tuple[str, str]]:
    """Pairs of importing and imported room."""
    found = set()
    for module in graph.modules:
        for imported in graph.find_modules_directly_imported_by(module):
            pair = _room(module), _room(imported)
            if "" not in pair and pair[0] != pair[1]:
                found.add(pair)
    return found


def circles(pairs: set[tuple[str, str]]) -> list[set[str]]:
    """Sets of rooms that import each other."""
    reach = {room: {to for at, to in pairs if at == room} for pair in pairs for room in pair}
    for through in reach:
        for room in reach:
            if through in reach[room]:
                reach[room] = reach[room] | reach[through]
    found: list[set[str]] = []
    for room in reach:
        ring = {other for other in reach if other in reach[room] and room in reach[other]}
        if ring and ring not in found:
            found.append(ring)
    return found


def _room(module: str) -> str:
    return module.split(".")[1] if "." in module else ""


def main() -> None:
    if sys.argv[1:]:
        sys.path.insert(0, str(Path(sys.argv[1]).resolve()))
    graph = grimp.build_graph("marvin")
    pairs = arrows(graph)
    print(f"rooms    {len({_room(module) for module in graph.modules} - {''})}")
    print(f"floors   {len(floors())}")
    print(f"arrows   {len(pairs)}")
    print(f"circles  {', '.join(' and '.join(sorted(ring)) for ring in circles(pairs)) or 'none'}")


if __name__ == "__main__":
    main()
