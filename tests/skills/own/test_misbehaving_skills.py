"""A skill that misbehaves fails alone: what it says, and that the next call works."""

import logging
import os
import signal
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from marvin.cancellation import Cancelled, CancelToken
from marvin.errors import SkillError
from tests.skills.test_commands import gone, needs_proc

from .conftest import OwnFolder

GOOD = """
@skill("count")
def count():
    global counted
    counted += 1
    return f"{counted}"

counted = 0
"""


def written(folder: OwnFolder, code: str) -> None:
    """A file whose first skill counts its calls, and whose second one is this code."""
    lines = "\n".join(f"    {line}" for line in code.splitlines())
    folder.write("one.py", f'{GOOD}\n@skill("bad", timeout_s=TIMEOUT)\ndef bad():\n{lines}\n')


def loaded(folder: OwnFolder, code: str, timeout_s: float = 300.0, **limits: Any) -> None:
    written(folder, code)
    file = folder.path / "one.py"
    file.write_text(file.read_text().replace("TIMEOUT", f"{timeout_s}"))
    assert folder.load(**limits).problems == []
    assert folder.call("one.py") == "1"


def fails(folder: OwnFolder, caplog: pytest.LogCaptureFixture, code: str, logged: str) -> None:
    loaded(folder, code)
    with pytest.raises(SkillError, match="That skill failed"):
        folder.call("one.py", 1)
    assert logged in caplog.text


@pytest.mark.parametrize(
    ("code", "logged"),
    [
        ("return 1 / 0", "one.py:12: bad() failed: ZeroDivisionError"),
        ("import sys; sys.exit()", "one.py:12: bad() failed: SystemExit"),
        ("raise KeyboardInterrupt", "one.py:12: bad() failed: KeyboardInterrupt"),
        ("raise BaseException", "one.py:12: bad() failed: BaseException"),
        ("return ['a', 'list']", "one.py:10: bad() failed: TypeError"),
        ("return b'bytes'", "one.py:10: bad() failed: TypeError"),
        ("return 5", "one.py:10: bad() failed: TypeError"),
        ("yield 'a'", "one.py:10: bad() failed: TypeError"),
        ("return bad()", "one.py:12: bad() failed: RecursionError"),
        ("class Odd(Exception):\n    __str__ = None\nraise Odd", "one.py:14: bad() failed: Odd"),
        ("return input()", "one.py:12: bad() failed: EOFError"),
    ],
)
def test_failure_is_spoken_and_logged_with_its_line(
    folder: OwnFolder, caplog: pytest.LogCaptureFixture, code: str, logged: str
) -> None:
    fails(folder, caplog, code, logged)
    assert folder.call("one.py") == "2", "the process goes on"


@pytest.mark.parametrize(
    ("code", "logged"),
    [
        ("import os; os._exit(3)", "its process ended (status 3)"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)", "(status -11)"),
        ("import os; os.closerange(0, 100)", "its process ended"),
        ("import os\nfor at in range(3, 9):\n    try: os.write(at, b'{}}\\n')\n"
         "    except OSError: pass", "its process writes nonsense"),
    ],
)  # fmt: skip
def test_process_that_ends_is_started_again(
    folder: OwnFolder, caplog: pytest.LogCaptureFixture, code: str, logged: str
) -> None:
    fails(folder, caplog, code, logged)
    assert folder.call("one.py") == "1", "a new process"


@pytest.mark.parametrize(
    "code",
    [
        "while True: pass",
        "while True:\n    try:\n        while True: print('x' * 1000)\n"
        "    except BaseException: pass",
        "import time; time.sleep(3600)",
        "import os, signal; os.kill(os.getpid(), signal.SIGSTOP)",
    ],
)
def test_endless_loop_is_stopped(
    folder: OwnFolder, caplog: pytest.LogCaptureFixture, code: str
) -> None:
    loaded(folder, code, timeout_s=0.2)
    with pytest.raises(SkillError, match="took too long"):
        folder.call("one.py", 1)
    assert "one.py:10: bad() failed: does not end within 0.2 s" in caplog.text
    assert folder.call("one.py") == "1"


def test_memory_is_limited(folder: OwnFolder, caplog: pytest.LogCaptureFixture) -> None:
    loaded(folder, "return str(len(bytearray(1 << 28)))", memory=1 << 27)
    with pytest.raises(SkillError):
        folder.call("one.py", 1)
    assert "MemoryError" in caplog.text


def test_fork_answers_once(folder: OwnFolder) -> None:
    loaded(folder, "import os\nos.fork()\nreturn 'forked'")
    assert folder.call("one.py", 1) == "forked"
    assert folder.call("one.py") == "2"


@needs_proc
@pytest.mark.parametrize("how", ["os.fork() or time.sleep(600)", "subprocess.Popen(LONG)"])
def test_what_it_started_ends_with_it(folder: OwnFolder, tmp_path: Path, how: str) -> None:
    code = (
        "import os, subprocess, time\n"
        f"LONG = ['sh', '-c', 'echo $$ > {tmp_path}/pid; exec sleep 600']\n"
        f"if 'LONG' in {how!r}:\n    {how}\n"
        f"elif not os.fork():\n    open('{tmp_path}/pid', 'w').write(f'{{os.getpid()}}\\n')\n"
        "    time.sleep(600)\n"
        f"while not os.path.exists('{tmp_path}/pid') or not open('{tmp_path}/pid').read():\n"
        "    time.sleep(0.01)\n"
        "return 'started'"
    )
    loaded(folder, code)
    assert folder.call("one.py", 1) == "started"
    folder.own.close()
    assert gone(tmp_path / "pid")


def test_print_goes_to_the_log(folder: OwnFolder, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    loaded(
        folder,
        "import os, sys\nprint('{\"text\": \"secret\"}')\nprint('\\x1b[31mred', file=sys.stderr)\n"
        "os.system('echo program')\nreturn 'spoken'",
    )
    assert folder.call("one.py", 1) == "spoken"
    lines = [record.getMessage() for record in caplog.records if record.levelno == logging.DEBUG]
    assert 'one.py: {"text": "secret"}' in lines
    assert "one.py: red" in lines
    assert "one.py: program" in lines


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("return None", "Done."),
        ("return ''", "Done."),
        ("return ' \\n '", "Done."),
        ("return '\\x1b[31mred\\x07\\x00 \\u202eline\\nend'", "red line end"),
        ("return '\\udcff \\ud83d'", "\N{REPLACEMENT CHARACTER} \N{REPLACEMENT CHARACTER}"),
        ("class Odd(str):\n    __getitem__ = __len__ = None\nreturn Odd('odd')", "odd"),
    ],
)
def test_reply_is_cleaned(folder: OwnFolder, code: str, text: str) -> None:
    loaded(folder, code)
    assert folder.call("one.py", 1) == text


def test_long_reply_is_cut(folder: OwnFolder) -> None:
    loaded(folder, "return '\\U0001f600 word ' * 1_000_000")
    text = folder.call("one.py", 1)
    assert text.startswith("\U0001f600 word ")
    assert text.endswith(" ...")
    assert len(text) < 510


def test_cancelled_call_ends_the_process(folder: OwnFolder, tmp_path: Path) -> None:
    loaded(folder, f"open('{tmp_path}/began', 'w')\nwhile True: pass")
    token = CancelToken()

    def cancel() -> None:
        while not (tmp_path / "began").exists():
            time.sleep(0.01)
        token.cancel()

    thread = threading.Thread(target=cancel)
    thread.start()
    with pytest.raises(Cancelled):
        folder.call("one.py", 1, token)
    thread.join()
    assert folder.call("one.py") == "1"


@needs_proc
def test_process_that_was_killed_between_two_calls_is_started_again(
    folder: OwnFolder, tmp_path: Path
) -> None:
    loaded(folder, f"import os\nopen('{tmp_path}/pid', 'w').write(str(os.getpid()))")
    assert folder.call("one.py", 1) == "Done."
    os.kill(int((tmp_path / "pid").read_text()), signal.SIGKILL)
    assert gone(tmp_path / "pid")
    assert folder.call("one.py") == "1"


def test_file_that_changes_itself_is_used_as_it_was(folder: OwnFolder) -> None:
    loaded(folder, "open(__file__, 'w').write('broken(')\nreturn 'changed'")
    assert folder.call("one.py", 1) == "changed"
    folder.own.close()
    assert folder.call("one.py", 0) == "1", "started again from the text that was read"
    assert folder.problems() == ["one.py:1: SyntaxError: '(' was never closed"]


@needs_proc
def test_only_some_processes_stay(folder: OwnFolder) -> None:
    for name in ("a", "b", "c"):
        folder.write(f"{name}.py", f'@skill("{name}")\ndef f():\n    import os\n    '
                     "return str(os.getpid())")  # fmt: skip
    assert folder.load(processes=2).problems == []
    pids = {name: folder.call(f"{name}.py") for name in ("a", "b", "c")}
    assert not Path(f"/proc/{pids['a']}").exists()
    assert folder.call("c.py") == pids["c"]
    assert folder.call("b.py") == pids["b"]
    assert folder.call("a.py") != pids["a"]
    assert not Path(f"/proc/{pids['c']}").exists()
