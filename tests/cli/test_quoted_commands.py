"""Every `marvin ...` command in messages, help and documentation works as written."""

import ast
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from marvin.cli.arguments import parser
from tests.paths import ROOT

PAGES = [ROOT / "README.md", ROOT / "models.toml", *sorted((ROOT / "docs").glob("*.md"))]
PROGRAMS = sorted((ROOT / "marvin").rglob("*.py"))

_QUOTED = re.compile(r"`(?:sudo )?(marvin(?: [^`]*)?)`")
_LINE = re.compile(r"^(?: {4}|\$ )?(marvin [a-z][^\n`]*)$", re.MULTILINE)
"""A line of a listing, or a string that is only a command."""
_REST = re.compile(r"\s+[|>&;#]|  \(|\s\.\.\.|\s&&")
"""A pipe or a comment after the command."""


def texts(path: Path) -> Iterator[str]:
    """The content of a page, or the strings of a program, with X for inserted values."""
    source = path.read_text(encoding="utf-8")
    if path.suffix != ".py":
        yield source
        return
    tree = ast.parse(source)
    parts = {
        id(part) for one in ast.walk(tree) if isinstance(one, ast.JoinedStr) for part in one.values
    }
    for one in ast.walk(tree):
        if isinstance(one, ast.JoinedStr):
            yield "".join(
                str(part.value) if isinstance(part, ast.Constant) else "X" for part in one.values
            )
        elif isinstance(one, ast.Constant) and isinstance(one.value, str) and id(one) not in parts:
            yield one.value


def commands(path: Path) -> list[str]:
    found = []
    for text in texts(path):
        for command in [*_QUOTED.findall(text), *_LINE.findall(text)]:
            found.append(_REST.split(" ".join(command.split()) if "\n" in command else command)[0])
    return list(dict.fromkeys(found))


NEEDED = (
    (),
    ("X",),
    ("list",),
    ("--model", "X", "--data", "X"),
    ("X", "--out", "X"),
)
"""What commands may need to parse."""


def understood(command: str) -> bool:
    """Whether it parses, also if it names only a command or an option without its arguments."""
    words = shlex.split(command)[1:]
    return not words or any(parsed([*words, *more]) for more in NEEDED)


def parsed(words: list[str]) -> bool:
    try:
        parser().parse_args(words)
    except SystemExit as done:
        # 0: --help and --version.
        return done.code == 0
    return True


def test_command_that_does_not_exist_is_found(capsys: pytest.CaptureFixture[str]) -> None:
    assert understood("marvin run --input FILE")
    assert not understood("marvin run --inptu FILE")
    assert not understood("marvin rum")
    assert not understood("marvin wake trian")


@pytest.mark.parametrize("path", [*PAGES, *PROGRAMS], ids=lambda path: str(path.relative_to(ROOT)))
def test_every_quoted_command_can_be_typed(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    wrong = [command for command in commands(path) if not understood(command)]
    assert not wrong, capsys.readouterr().err


def test_quoted_commands_are_found() -> None:
    assert "marvin models pull X" in commands(ROOT / "marvin" / "hub" / "source.py")
    assert "marvin test-mic --calibrate" in commands(ROOT / "docs" / "tuning.md")
    assert len({command for path in [*PAGES, *PROGRAMS] for command in commands(path)}) > 70
