"""The rules of the house, each tested so that it bites."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from tests.paths import ROOT

SOURCES = sorted((ROOT / "marvin").rglob("*.py"))
STAGES = {"audio", "wake", "vad", "stt", "skills", "llm", "tts"}
SHELL = {
    "answering", "app", "assistant", "cli", "commands", "console", "daemon", "jobs", "line",
    "partials", "protocols", "stages", "turn", "voice", "worker",
}  # fmt: skip
HEAVY = {"torch", "transformers", "sounddevice", "pocketsphinx"}


def imports(path: Path) -> set[str]:
    """Modules of Marvin that a file imports, at any depth."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
    return found


def loaded_by(statement: str) -> set[str]:
    """Top-level modules in a fresh interpreter after the statement."""
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
def test_a_file_fits_in_one_head(path: Path) -> None:
    text = path.read_text()
    assert len(text.splitlines()) <= 300
    tree = ast.parse(text)
    assert ast.get_docstring(tree) or not text, "it says what it is for"
    long = [
        node.name
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (node.end_lineno or 0) - node.lineno >= 50
        and not node.name.startswith("test_")  # often a table with a line of code below it
    ]
    assert long == []


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_stages_know_neither_each_other_nor_who_runs_them(path: Path) -> None:
    stage = path.relative_to(ROOT / "marvin").parts[0]
    known = {name.split(".")[1] for name in imports(path) if name.startswith("marvin.")}
    if stage in STAGES:
        assert known & (STAGES | SHELL) <= {stage}
    if stage in {"app.py", "line.py", "jobs.py", "daemon.py", "__main__.py", "cli.py", "commands"}:
        return
    above = {"app", "line", "jobs", "daemon", "cli", "commands", "__main__"}
    assert not known & above, "nothing that a line is made of knows who puts it together"


def test_only_one_file_below_the_command_line_names_engines() -> None:
    naming = {
        path.name
        for path in SOURCES
        for name in imports(path)
        if name.startswith(("marvin.tts.", "marvin.stt.", "marvin.wake.", "marvin.vad.webrtc"))
        and not name.startswith("marvin.tts.normalization")
        and path.relative_to(ROOT / "marvin").parts[0] not in STAGES | {"training", "commands"}
    }
    assert naming <= {"app.py"}


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


def test_the_command_line_s_help_loads_next_to_nothing() -> None:
    loaded = loaded_by(
        "from marvin.cli.main import main\ntry: main(['--help'])\nexcept SystemExit: pass"
    )
    assert not loaded & (HEAVY | {"numpy", "pydantic", "rich", "asyncio"})
