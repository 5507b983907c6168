"""The real `marvin` with hostile outputs, file descriptors and environments."""

import json
import os
import pty
import subprocess
import sys
import termios
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

from tests.paths import SAMPLES
from tests.pipes import pipe

QUESTION = SAMPLES / "what_time_is_it.wav"
LIMIT_S = 300


def marvin(*arguments: str | bytes) -> list[str | bytes]:
    return [sys.executable, "-m", "marvin", *arguments]


def surroundings(folder: Path, **more: str) -> dict[str, str]:
    return {"PATH": "/usr/bin:/bin", "HOME": str(folder), "XDG_STATE_HOME": str(folder), **more}


def run_on_a_recording(folder: Path, *options: str) -> list[str | bytes]:
    reply = str(folder / "reply.wav")
    return marvin("run", *options, "--input", str(QUESTION), "--output", reply)


def reply_bytes(folder: Path) -> int:
    return (folder / "reply.wav").stat().st_size


@pytest.mark.parametrize(
    ("locale", "json_wanted"),
    [({"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}, False),
     ({"PYTHONIOENCODING": "ascii"}, True),
     ({"PYTHONIOENCODING": "iso-8859-1:strict"}, False),
     ({"LANG": "xx_YY.nonsense", "LC_ALL": "xx_YY.nonsense"}, True)],
    ids=["C", "ascii in json", "latin-1", "a broken locale in json"],
)  # fmt: skip
def test_terminal_without_arrows_gets_every_event(
    locale: dict[str, str], json_wanted: bool, tmp_path: Path
) -> None:
    done = subprocess.run(
        run_on_a_recording(tmp_path, *["--json"] * json_wanted),
        capture_output=True, env=surroundings(tmp_path, **locale), timeout=LIMIT_S,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, b"")
    text = done.stdout.decode("iso-8859-1")
    if json_wanted:
        events = [json.loads(line) for line in text.splitlines()]
        assert events[-1]["after"] == "idle"
    else:
        assert "heard  what time is it" in text
        assert text.splitlines()[-1].endswith("turn over")


@contextmanager
def full_pipe() -> Iterator[int]:
    with pipe(full=True) as one:
        yield one.stream.fileno()


@contextmanager
def stopped_terminal() -> Iterator[int]:
    """A terminal in which somebody has pressed Ctrl-S."""
    reading, writing = pty.openpty()
    termios.tcflow(writing, termios.TCOOFF)
    try:
        yield writing
    finally:
        os.close(writing)
        os.close(reading)


@pytest.mark.parametrize(
    ("unread", "stuck"),
    [
        (full_pipe, "stdout"),
        (full_pipe, "stderr"),
        (full_pipe, "both"),
        (stopped_terminal, "both"),
    ],
)
def test_turn_is_taken_although_nobody_reads_the_output(
    unread: Callable[[], AbstractContextManager[int]], stuck: str, tmp_path: Path
) -> None:
    with unread() as output:
        done = subprocess.run(
            run_on_a_recording(tmp_path, "-v"),
            stdout=subprocess.PIPE if stuck == "stderr" else output,
            stderr=subprocess.PIPE if stuck == "stdout" else output,
            env=surroundings(tmp_path),
            timeout=LIMIT_S,
        )
    assert done.returncode == 0
    assert reply_bytes(tmp_path) > 10_000
    if stuck == "stdout":
        assert b"were not written" in done.stderr
    if stuck == "stderr":
        assert b"heard  what time is it" in done.stdout


@pytest.mark.parametrize("stuck", ["stdout", "stderr"])
def test_signal_ends_it_although_nobody_reads_the_output(stuck: str, tmp_path: Path) -> None:
    with full_pipe() as output:
        process = subprocess.Popen(
            run_on_a_recording(tmp_path, "-v", "--realtime"),
            stdout=subprocess.PIPE if stuck == "stderr" else output,
            stderr=subprocess.PIPE if stuck == "stdout" else output,
            env=surroundings(tmp_path),
        )
        flowing = process.stdout or process.stderr
        assert flowing is not None
        # It prints one of the two once it listens.
        assert any(b"armed" in line or b"wake word model" in line for line in flowing)
        process.terminate()
        process.communicate(timeout=LIMIT_S)
        assert process.returncode == 0


@pytest.mark.parametrize("closed", [(0,), (1,), (2,), (0, 1, 2)], ids=lambda one: str(one))
def test_it_runs_with_standard_descriptors_closed(closed: tuple[int, ...], tmp_path: Path) -> None:
    shut = " ".join(f"{one}>&-" if one else "0<&-" for one in closed)
    done = subprocess.run(
        ["sh", "-c", f'exec "$@" {shut}', "sh", *run_on_a_recording(tmp_path)],
        capture_output=True, env=surroundings(tmp_path), timeout=LIMIT_S,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert reply_bytes(tmp_path) > 10_000
    if 1 not in closed:
        assert b"heard  what time is it" in done.stdout


def test_full_disk_for_the_output_does_not_end_it(tmp_path: Path) -> None:
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            run_on_a_recording(tmp_path), stdout=full, stderr=subprocess.PIPE,
            env=surroundings(tmp_path), timeout=LIMIT_S,
        )  # fmt: skip
    assert done.returncode == 0
    assert reply_bytes(tmp_path) > 10_000
    assert done.stderr.count(b"output is lost: No space left on device") == 1


def told(folder: Path, *arguments: str | bytes, **options: object) -> tuple[int, str]:
    """The exit code and the text on standard error."""
    done = subprocess.run(
        marvin(*arguments),
        **{"stdout": subprocess.DEVNULL, "env": surroundings(folder), **options},  # type: ignore[call-overload]
        stderr=subprocess.PIPE,
        timeout=LIMIT_S,
    )
    return done.returncode, done.stderr.decode(errors="replace")


def test_unwritable_output_is_reported_in_one_line(tmp_path: Path) -> None:
    with open("/dev/full", "w") as full:
        code, said = told(tmp_path, "config", stdout=full)
    assert (code, said) == (1, "marvin: the output cannot be written: No space left on device\n")


@pytest.mark.parametrize("command", ["ask", "say"])
def test_text_that_is_not_utf8_is_refused_in_one_line(command: str, tmp_path: Path) -> None:
    code, said = told(tmp_path, command, b"what time is it \xff\xfe")
    assert code == 2
    assert "not UTF-8" in said
    assert "Traceback" not in said


def test_file_name_that_is_not_utf8_is_shown_in_one_line(tmp_path: Path) -> None:
    code, said = told(tmp_path, "transcribe", os.fsencode(tmp_path) + b"/\xff.wav")
    assert code == 1
    assert "does not exist" in said
    assert "Traceback" not in said


def test_deleted_working_directory_is_no_problem(tmp_path: Path) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    done = subprocess.run(
        ["sh", "-c", 'cd "$0" && rmdir "$0" && exec "$@"', str(gone),
         *marvin("ask", "what is six times seven")],
        capture_output=True, env=surroundings(tmp_path), timeout=LIMIT_S,
    )  # fmt: skip
    assert (done.returncode, done.stdout, done.stderr) == (0, b"6 times 7 is 42.\n", b"")
