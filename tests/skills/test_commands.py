"""The user's own commands: matching, substitution and programs."""

import logging
import os
import signal
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from marvin.cancellation import Cancelled, CancelToken
from marvin.errors import SkillError

from .conftest import Load, Marvin

PRINT_ARGUMENTS = [sys.executable, "-c", "import sys; print(*sys.argv[1:], sep=' / ')"]


def command(*sentences: str, **keys: Any) -> dict[str, Any]:
    return {"sentences": list(sentences)} | keys


def not_done(marvin: Marvin, text: str) -> str:
    """The reply when a command is not run."""
    reply = marvin.says(text) or ""
    assert reply.startswith("I cannot ")
    return reply


def test_fixed_answer_with_a_spoken_value(load: Load) -> None:
    marvin = load(
        lists={"lamp": ["Bed Light", "office lamp"], "level": ["0..100"]},
        commands=[
            command("(turn|switch) on [the] {lamp}", say="Switching on the {lamp}."),
            command("(dim|set) [the] {lamp} to {level} percent", say="{lamp}: {level}"),
            command("mix {lamp:left} and {lamp:right}", say="{right}, {left}{left}"),
            command("channel twenty five", say="25"),
            command("is it [so] [{lamp}]", say="<{lamp}>"),
        ],
    )
    assert marvin.says("Turn on the bed light.") == "Switching on the Bed Light."
    assert marvin.says("marvin switch on office lamp please") == "Switching on the office lamp."
    assert marvin.says("dim the office lamp to fifty percent") == "office lamp: 50"
    assert marvin.says("Set the office lamp to 50%!") == "office lamp: 50"
    assert "set the office lamp to 101 percent" in not_done(marvin, "set the office lamp to 101%")
    assert marvin.says("mix office lamp and bed light") == "Bed Light, office lampoffice lamp"
    assert marvin.says("Channel 25.") == "25"
    assert marvin.says("is it so") == "<>"
    assert "turn on the radio" in not_done(marvin, "turn on the radio")
    assert "turn on the bed lights" in not_done(marvin, "turn on the bed lights")


def test_user_s_own_sentences_take_precedence(load: Load) -> None:
    marvin = load(
        commands=[command("what time is it", say="Tea time."), command("stop", say="No.")]
    )
    assert marvin.says("What time is it?") == "Tea time."
    assert marvin.says("stop") == "No."


def test_sentence_may_start_with_a_courtesy(load: Load) -> None:
    marvin = load(commands=[command("so long", say="And thanks."), command("please", say="Yes.")])
    assert marvin.says("So long!") == "And thanks."
    assert marvin.says("please") == "Yes."


def test_lists_may_have_the_name_of_a_built_in_one(load: Load) -> None:
    marvin = load(
        lists={"unit": ["first floor"], "minutes": ["few minutes"]},
        commands=[command("clean {unit} in a {minutes}", say="{unit}, {minutes}")],
    )
    assert marvin.says("clean first floor in a few minutes") == "first floor, few minutes"
    assert marvin.says("set a timer for 5 minutes") == "Timer set for 5 minutes."
    assert marvin.says("one foot in metres") == "1 foot is 0.3048 metres."


def test_output_is_spoken(load: Load) -> None:
    marvin = load(
        commands=[
            command("say it", run=[*PRINT_ARGUMENTS, " a\nb\x1b[1m ", "c"]),
            command("hide it", run=[*PRINT_ARGUMENTS, "hidden"], say="Hidden."),
            command("say nothing", run=[sys.executable, "-c", ""]),
            command("say much", run=[sys.executable, "-c", "print('word ' * 100_000)"]),
            command("say bytes", run=[sys.executable, "-c", "import os; os.write(1, b'\\xff!')"]),
        ]
    )
    assert marvin.says("say it") == "a b / c"
    assert marvin.says("hide it") == "Hidden."
    assert marvin.says("say nothing") == "Done."
    assert marvin.says("say bytes") == "\N{REPLACEMENT CHARACTER}!"
    much = marvin.says("say much")
    assert much is not None
    assert len(much) < 510
    assert much.endswith("word ...")


def test_spoken_value_never_extends_beyond_its_argument(load: Load, tmp_path: Path) -> None:
    target = tmp_path / "made"
    evil = [f"$(touch {target})", f"a && touch {target}", "`id` x", "* ~ $HOME", "-rf / two words"]
    marvin = load(
        lists={"evil": [text.replace("(", "").replace(")", "") for text in evil]},
        commands=[
            command("run {evil}", run=[*PRINT_ARGUMENTS, "{evil}", "--x={evil}", '{"a": "{evil}"}'])
        ],
    )
    for text in evil:
        text = text.replace("(", "").replace(")", "")
        assert marvin.says(f"run {text}") == f'{text} / --x={text} / {{"a": "{text}"}}'
    assert not target.exists()
    assert marvin.says("run rm -rf") is None
    assert marvin.says("run $(reboot)") is None


def test_spoken_value_is_not_searched_for_slots(load: Load) -> None:
    marvin = load(
        lists={"one": ["two"], "two": ["three"]},
        commands=[command("put {one:two} and {two:one}", say="{one} {two} {{one}} {not a slot}")],
    )
    assert marvin.says("put two and three") == "three two {three} {not a slot}"


@pytest.mark.parametrize(
    ("run", "text", "logged"),
    [
        ([sys.executable, "-c", "raise SystemExit(3)"], "That command failed.", "status 3"),
        (
            [sys.executable, "-c", "import os; os.kill(os.getpid(), 9)"],
            "That command failed.",
            "status -9",
        ),
        (
            ["no-such-program-anywhere"],
            "I could not start the program of that command.",
            "No such file",
        ),
        ([os.devnull], "I could not start the program of that command.", "Permission denied"),
    ],
)
def test_failure_is_spoken_and_logged_without_what_was_said(
    load: Load, caplog: pytest.LogCaptureFixture, run: list[str], text: str, logged: str
) -> None:
    marvin = load(
        lists={"secret": ["my secret"]}, commands=[command("do {secret}", run=[*run, "{secret}"])]
    )
    caplog.set_level(logging.INFO)
    with pytest.raises(SkillError, match=text):
        marvin.hears("do my secret")
    assert logged in caplog.text
    assert "my secret" not in caplog.text


def sleeper(pid_file: Path) -> list[str]:
    """A program with a child, both of which sleep for long."""
    return ["sh", "-c", f"sleep 600 & echo $! > {pid_file}; wait"]


def gone(pid_file: Path) -> bool:
    """Whether the child has ended; an unreaped zombie has."""
    end_s = time.monotonic() + 300
    while runs(pid_file) and time.monotonic() < end_s:
        time.sleep(0.01)
    return not runs(pid_file)


def runs(pid_file: Path) -> bool:
    try:
        stat = Path(f"/proc/{int(pid_file.read_text())}/stat").read_text()
    except FileNotFoundError:
        return False
    return stat.rpartition(")")[2].split()[0] != "Z"


needs_proc = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs /proc")


@needs_proc
def test_program_that_takes_too_long_is_killed_with_its_children(
    load: Load, tmp_path: Path
) -> None:
    pid_file = tmp_path / "pid"
    # On a busy machine the program needs some time to start.
    for limit_s in (0.5, 5.0, 50.0):
        marvin = load(commands=[command("wait", run=sleeper(pid_file), timeout_s=limit_s)])
        with pytest.raises(SkillError, match="took too long"):
            marvin.hears("wait")
        if pid_file.exists() and pid_file.read_text().strip():
            break
    assert gone(pid_file)


@needs_proc
def test_cancelling_kills_the_program_at_once(load: Load, tmp_path: Path) -> None:
    marvin = load(commands=[command("wait", run=sleeper(tmp_path / "pid"))])
    token = CancelToken()

    def cancel() -> None:
        while not (tmp_path / "pid").exists() or not (tmp_path / "pid").read_text():
            time.sleep(0.01)
        token.cancel()

    understood = marvin.understands("wait")
    assert understood is not None
    thread = threading.Thread(target=cancel)
    thread.start()
    with pytest.raises(Cancelled):
        understood.run(token)
    thread.join()
    assert gone(tmp_path / "pid")


@needs_proc
def test_background_child_does_not_delay_the_answer(load: Load, tmp_path: Path) -> None:
    pid_file = tmp_path / "pid"
    stay = f"sleep 600 & echo $! > {pid_file}; echo started"
    marvin = load(commands=[command("play", run=["sh", "-c", stay], timeout_s=300.0)])
    assert marvin.says("play") == "started"
    assert runs(pid_file)
    os.kill(int(pid_file.read_text()), signal.SIGKILL)
