"""The command that runs every benchmark and reports what it left out."""

import json
import os
import signal
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from benchmarks import __main__ as every
from benchmarks.__main__ import Piece, main, measure, run
from benchmarks.ratio_table import Row, write_json

ROW = Row("x", "a", "b", [1.0], [2.0], None)


@pytest.fixture(autouse=True)
def results(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(every, "RESULTS", tmp_path)
    monkeypatch.setattr(every, "ROOT", tmp_path)


def python(code: str) -> list[str]:
    return [sys.executable, "-c", code]


def test_module_missing_from_this_checkout_is_named() -> None:
    assert measure(Piece("no_such", 1.0), None) == (
        [], "benchmarks.speed.no_such is not in this checkout",
    )  # fmt: skip
    assert every.is_there("no_such.install") is False


def test_benchmark_that_needs_recordings_is_left_out_without_them(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["bench", "--only", "published_whisper", "--no-install"]
    monkeypatch.setattr(sys, "argv", arguments)
    assert main() == 0
    assert "left out: published_whisper: needs --data DIR" in capsys.readouterr().out


def test_failure_is_explained_by_its_last_line(tmp_path: Path) -> None:
    log = tmp_path / "log"
    assert run(python("print('begun'); raise SystemExit('no recordings')"), 300, log) == (
        "no recordings"
    )
    assert log.read_text() == "begun\nno recordings\n"
    assert run(python("raise SystemExit(3)"), 300, log) == "exit code 3"
    assert run(python("pass"), 300, log) == ""


def test_timed_out_benchmark_is_killed_with_its_children(tmp_path: Path) -> None:
    log = tmp_path / "log"
    assert run(["sh", "-c", "sleep 600 & echo $!; wait"], 1.5, log) == "took longer than 2 s"
    pid = int(log.read_text())
    deadline = time.monotonic() + 300
    while _runs(pid) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not _runs(pid)


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
        return Path(f"/proc/{pid}/stat").read_text().split()[2] != "Z"
    except (ProcessLookupError, FileNotFoundError):
        return False


def test_all_results_are_in_one_table_and_the_rest_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def measured(piece: Piece, data: Path | None) -> tuple[list[Row], str]:
        return ([ROW], "") if piece.name == "start_up" else ([], "it is tired")

    monkeypatch.setattr(every, "measure", measured)
    monkeypatch.setattr(sys, "argv", ["bench", "--only", "start_up", "peers", "--no-install"])
    assert main() == 1
    assert "failed: peers: it is tired" in capsys.readouterr().out
    found = json.loads((tmp_path / "bench.json").read_text())
    assert found["left_out"] == {"peers": "it is tired"}
    assert len(found["rows"]) == 1


@pytest.fixture(autouse=True)
def terminating() -> Iterator[None]:
    before = signal.getsignal(signal.SIGTERM)
    yield
    signal.signal(signal.SIGTERM, before)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_terminated_run_leaves_no_process_behind(number: int, tmp_path: Path) -> None:
    log = tmp_path / "log"
    code = (
        "import os, signal, time; print(os.getpid(), flush=True); "
        f"os.kill(os.getppid(), {int(number)}); time.sleep(60)"
    )
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with pytest.raises(KeyboardInterrupt):
        run(python(code), 300, log)
    assert not _runs(int(log.read_text()))


def test_ctrl_c_keeps_what_was_measured(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def measured(piece: Piece, data: Path | None) -> tuple[list[Row], str]:
        if piece.name == "start_up":
            return [ROW], ""
        raise KeyboardInterrupt

    monkeypatch.setattr(every, "measure", measured)
    only = ["--only", "start_up", "first_audio", "listening"]
    monkeypatch.setattr(sys, "argv", ["bench", *only, "--no-install"])
    assert main() == 130
    assert "failed: listening: interrupted" in capsys.readouterr().out
    found = json.loads((tmp_path / "bench.json").read_text())
    assert set(found["left_out"]) == {"listening", "first_audio"}
    assert len(found["rows"]) == 1


def test_timed_out_benchmark_keeps_the_rows_that_it_wrote(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def run(command: Sequence[str], limit_s: float, log: Path) -> str:
        write_json([ROW], tmp_path / "listening.json")
        return "took longer than 1 s"

    monkeypatch.setattr(every, "run", run)
    assert measure(Piece("listening", 1.0), None) == ([ROW], "took longer than 1 s")


def test_rows_of_an_earlier_run_are_not_reused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_json([ROW], tmp_path / "listening.json")
    monkeypatch.setattr(every, "run", lambda command, limit_s, log: "")
    assert measure(Piece("listening", 1.0), None) == ([], "it wrote no rows")
