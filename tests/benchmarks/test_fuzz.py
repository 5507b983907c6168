"""The fuzzer finds bugs and reproduces them."""

import argparse
import random
from pathlib import Path

import pytest

from benchmarks.robustness.fuzz import fuzz
from benchmarks.robustness.fuzz_config import ConfigTarget
from benchmarks.robustness.fuzz_control import ControlTarget
from benchmarks.robustness.fuzz_wav import WavTarget
from benchmarks.robustness.mutations import damaged
from marvin.errors import MarvinError


class Fragile:
    """Fails in some cases."""

    def __call__(self, pick: random.Random, folder: Path) -> str:
        if (number := pick.randrange(10)) == 0:
            raise ValueError("a bug")
        if number < 5:
            raise MarvinError("that is wrong; do this")
        return "accepted"

    def close(self) -> None:
        pass


def options(count: int, only: int | None = None) -> argparse.Namespace:
    return argparse.Namespace(count=count, seed=0, only=only)


def test_bug_is_reported_with_its_case_and_reproduced(capsys: pytest.CaptureFixture[str]) -> None:
    assert not fuzz("fragile", Fragile(), options(100))
    out = capsys.readouterr().out
    assert "WRONG: BUG ValueError at test_fuzz.py" in out
    number = int(out.partition("first in case ")[2].split()[0])
    assert not fuzz("fragile", Fragile(), options(1, number))


def test_same_seed_gives_the_same_damage() -> None:
    data = bytes(range(200))
    assert damaged(data, random.Random(3)) == damaged(data, random.Random(3))
    assert damaged(data, random.Random(3)) != data
    assert damaged(b"", random.Random(3))


def test_broken_files_and_messages_cause_only_marvin_errors(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert fuzz("config", ConfigTarget(), options(150)), capsys.readouterr().out
    assert fuzz("wav", WavTarget(), options(300)), capsys.readouterr().out
    assert fuzz("control", ControlTarget(), options(500)), capsys.readouterr().out
    out = capsys.readouterr().out
    # Not only refusals: the mutations are close enough to valid input.
    assert out.count("accepted") >= 1
    assert out.count("read") >= 1
    assert out.count("done") >= 1
