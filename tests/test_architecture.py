"""Checks the architecture's rules, and that each check fails when its rule is broken."""

import ast
import subprocess
import sys
from collections import defaultdict
from itertools import combinations, permutations
from pathlib import Path

import grimp
import pytest
from importlinter.contracts.layers import LayersContract

from tests.architecture import contract, floors
from tests.paths import ROOT

SOURCES = sorted((ROOT / "marvin").rglob("*.py"))
HEAVY = {"torch", "transformers", "sounddevice", "pocketsphinx"}
STAGES = next(rooms for rooms in floors() if "stt" in rooms)
UPWARD = [
    (low, high)
    for below, above in combinations(floors()[::-1], 2)
    for low in below
    for high in above
]
"""From a room to one on a higher floor."""


@pytest.fixture(scope="module")
def graph() -> grimp.ImportGraph:
    return grimp.build_graph("marvin")


def kept(graph: grimp.ImportGraph) -> bool:
    rules = contract()
    layers = LayersContract(rules["name"], {"root_packages": ["marvin"]}, rules)
    return layers.check(graph, verbose=False).kept


def loaded_by(statement: str) -> set[str]:
    """Top-level modules loaded in a new interpreter by the statement."""
    code = f"import sys\n{statement}\nprint(*sys.modules)"
    out = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=300
    ).stdout.splitlines()[-1]
    return {name.partition(".")[0] for name in out.split()}


@pytest.mark.parametrize(
    "path",
    [*SOURCES, *(ROOT / "benchmarks").rglob("*.py"), *(ROOT / "tests").rglob("*.py")],
    ids=lambda path: str(path.relative_to(ROOT)),
)
def test_files_are_short_and_have_a_docstring(path: Path) -> None:
    text = path.read_text()
    assert len(text.splitlines()) <= 300
    tree = ast.parse(text)
    assert ast.get_docstring(tree) or not text, "it says what it is for"
    long = [
        node.name
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (node.end_lineno or 0) - node.lineno >= 50
        and not node.name.startswith("test_")  # Often a table with a line of code below it.
    ]
    assert long == []


def test_rooms_import_only_lower_floors(graph: grimp.ImportGraph) -> None:
    assert kept(graph)


@pytest.mark.parametrize(("importer", "imported"), [*UPWARD, *permutations(STAGES, 2)])
def test_forbidden_import_is_noticed(
    graph: grimp.ImportGraph, importer: str, imported: str
) -> None:
    importer, imported = f"marvin.{importer}", f"marvin.{imported}"
    graph.add_import(importer=importer, imported=imported)
    try:
        assert not kept(graph)
    finally:
        graph.remove_import(importer=importer, imported=imported)


def test_public_class_names_are_unique() -> None:
    places = defaultdict(list)
    for path in SOURCES:
        for node in ast.parse(path.read_text()).body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                places[node.name].append(path.name)
    assert {name: where for name, where in places.items() if len(where) > 1} == {}


def test_module_names_are_unique() -> None:
    places = defaultdict(list)
    for path in [*SOURCES, *sorted((ROOT / "benchmarks").rglob("*.py"))]:
        # The parser of a command's arguments has the same name as the code that runs it.
        if path.stem not in ("__init__", "__main__") and path.parent.name != "arguments":
            places[path.name].append(str(path.parent.relative_to(ROOT)))
    assert {name: where for name, where in places.items() if len(where) > 1} == {}


@pytest.mark.parametrize(
    "module",
    [
        "marvin",
        "marvin.cli.main",
        "marvin.cli.commands.talking",
        "marvin.engines.registry",
        "marvin.engines.engine_set",
    ],
)
def test_importing_loads_nothing_heavy(module: str) -> None:
    assert not loaded_by(f"import {module}") & HEAVY


def test_help_imports_almost_nothing() -> None:
    loaded = loaded_by(
        "from marvin.cli.main import main\ntry: main(['--help'])\nexcept SystemExit: pass"
    )
    assert not loaded & (HEAVY | {"numpy", "pydantic", "rich", "asyncio"})
