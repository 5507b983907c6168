"""Messages of `make` before pip fails."""

import runpy
from typing import Any

import pytest

from tests.paths import ROOT

PREFLIGHT = ROOT / "requirements" / "preflight.py"
GOOD: dict[str, Any] = {"venv": True, "compiler": None, "headers": False, "free_gb": 50.0}


def problems(version: tuple[int, int], **facts: Any) -> list[str]:
    return list(runpy.run_path(str(PREFLIGHT))["problems"](version, **GOOD | facts))


@pytest.mark.parametrize("version", [(3, 11), (3, 13)])
def test_with_ready_made_wheels_no_compiler_is_needed(version: tuple[int, int]) -> None:
    assert problems(version) == []


@pytest.mark.parametrize("version", [(3, 12), (3, 14)])
def test_missing_compiler_is_named_before_pip_needs_it(version: tuple[int, int]) -> None:
    (problem,) = problems(version)
    assert "sudo apt install build-essential" in problem
    assert f"python3.{version[1]}-dev" in problem
    assert problems(version, compiler="/usr/bin/cc", headers=True) == []
    assert problems(version, compiler="/usr/bin/cc") == [problem]


@pytest.mark.parametrize("version", [(2, 7), (3, 8), (3, 10), (3, 15)])
def test_unsuitable_python_is_named(version: tuple[int, int]) -> None:
    (problem,) = problems(version)
    assert f"this is {version[0]}.{version[1]}" in problem
    assert "PYTHON=" in problem


def test_missing_venv_and_a_full_disk_are_reported_together() -> None:
    venv, disk = problems((3, 11), venv=False, free_gb=0.4)
    assert "python3.11-venv" in venv
    assert "0.4 GB" in disk
