"""The commands for a running Marvin, as a user types them."""

import argparse
import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from marvin.cli.commands import talking
from marvin.cli.commands.status import duration
from marvin.cli.main import main
from marvin.events import AudioLost
from marvin.service.metrics import Metrics
from tests.service.control.daemon import running
from tests.service.test_metrics import turn


@pytest.fixture(autouse=True)
def path(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The socket of this user's daemon, in this test."""
    with TemporaryDirectory(prefix="marvin-") as folder:
        monkeypatch.setenv("XDG_RUNTIME_DIR", folder)
        yield Path(folder) / "marvin.sock"


@pytest.fixture
def alone(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """Texts that a voice of the command itself would speak."""
    said: list[object] = []

    def say(arguments: argparse.Namespace) -> int:
        said.append(arguments.text)
        return 0

    monkeypatch.setattr(talking, "say", say)
    return said


async def marvin(*arguments: str) -> int:
    return await asyncio.to_thread(main, arguments)


COMMANDS = ["status", "status --json", "listen", "stop", "mute", "unmute", "events", "reload"]


@pytest.mark.parametrize("command", COMMANDS)
def test_without_a_daemon_every_command_says_how_to_start_one(
    command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(command.split()) == 1
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.startswith("marvin: Marvin is not running: start it with `marvin run`")
    assert shown.err.count("\n") == 1


async def test_each_command_reaches_the_assistant(path: Path) -> None:
    async with running(path) as daemon:
        for command in ("listen", "stop", "mute", "unmute", "reload"):
            assert await marvin(command) == 0
        # Commands that wait for an answer first check that a daemon exists.
        assert daemon.assistant.done == ["listen", "stop", True, False, "status", "reload"]


async def test_refusal_is_one_line_and_exit_code_1(
    path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with running(path) as daemon:
        daemon.assistant.refuses = "it is muted"
        assert await marvin("listen") == 1
    assert capsys.readouterr().err == "marvin: it is muted\n"


async def test_wrong_models_toml_exits_with_code_78(
    path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with running(path) as daemon:
        daemon.assistant.problems = ["wake.treshold: no such key", "tts.rate: too high"]
        assert await marvin("reload") == 78
    shown = capsys.readouterr().err
    assert all(problem in shown for problem in daemon.assistant.problems)


async def test_reload_tells_what_is_wrong_with_a_skill_file(
    path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with running(path) as daemon:
        daemon.assistant.skill_problems = ["garden.py:4: SyntaxError: invalid syntax"]
        assert await marvin("reload") == 0
    assert capsys.readouterr().err == "garden.py:4: SyntaxError: invalid syntax\n"


async def test_status_for_a_person(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    metrics = Metrics(lambda: 0.0)
    metrics.note(turn(total_s=1.25))
    async with running(path) as daemon:
        daemon.assistant.figures = {
            **metrics.snapshot(),
            "uptime_s": 93_784.0,
            "muted": False,
            "memory_mb": 312.4,
            "devices": {"input": {"name": "[USB] Mic", "rate_hz": 48_000}, "output": {}},
        }
        assert await marvin("status") == 0
    lines = [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]
    assert lines[0] == "state starting"
    for line in (
        "uptime 1 d 2 h",
        "turns answered 1",
        "failures -",
        "muted no",
        "memory 312 MB",
        "devices input name [USB] Mic, rate 48000 Hz",
        "devices output -",
        "stt 100 100 1",
        "first token - - 0",
        "total 1250 1250 1",
    ):
        assert line in lines


async def test_status_for_a_program(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    async with running(path):
        assert await marvin("status", "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["state"], found["wakes"]) == ("idle", 3)


async def test_events_are_lines_of_json_until_the_daemon_ends(
    path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with running(path) as daemon:
        following = asyncio.create_task(marvin("events"))
        shown = ""
        while not shown.endswith("\n"):
            daemon.server.publish(AudioLost(0.5))
            await asyncio.sleep(0)
            shown += capsys.readouterr().out
    assert await following == 1
    assert json.loads(shown.splitlines()[0]) == {"event": "audio_lost", "seconds": 0.5}
    assert capsys.readouterr().err == "marvin: Marvin has ended\n"


async def test_running_daemon_speaks_the_text(path: Path, alone: list[object]) -> None:
    async with running(path) as daemon:
        assert await marvin("say", "Dinner", "is ready.") == 0
        assert daemon.assistant.done == ["status", "Dinner is ready."]
    assert alone == []


def test_without_a_daemon_a_voice_is_loaded(alone: list[object]) -> None:
    assert main(["say", "hello"]) == 0
    assert alone == [["hello"]]


@pytest.mark.parametrize("wanted", [["--output", "a.wav"], ["-p", "pi"], ["-c", "models.toml"]])
async def test_another_voice_or_an_output_file_bypasses_the_daemon(
    path: Path, alone: list[object], wanted: list[str]
) -> None:
    async with running(path) as daemon:
        assert await marvin("say", "hello", *wanted) == 0
        assert daemon.assistant.done == []
    assert alone == [["hello"]]


async def test_text_refused_by_the_daemon_is_not_spoken_otherwise(
    path: Path, alone: list[object], capsys: pytest.CaptureFixture[str]
) -> None:
    async with running(path) as daemon:
        daemon.assistant.refuses = "the speaker is gone"
        assert await marvin("say", "hello") == 1
    assert alone == []
    assert "the speaker is gone" in capsys.readouterr().err


@pytest.fixture
def anywhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ignore signal handlers, which need the main thread, where these tests run their daemons."""
    monkeypatch.setattr(talking, "run_until_signalled", asyncio.run)


async def test_typed_question_goes_to_the_running_marvin(
    path: Path, anywhere: None, capsys: pytest.CaptureFixture[str]
) -> None:
    async with running(path) as daemon:
        assert await marvin("ask", "what time", "is it") == 0
        assert daemon.assistant.done == ["status", "what time is it"]
        assert capsys.readouterr().out == "It is noon.\n"
        # The daemon's skills do not know, and the skills of this process are not asked.
        assert await marvin("ask", "what is six times seven") == 0
        assert "no language model" in capsys.readouterr().out
        daemon.assistant.refuses = "models are being loaded: try again in a moment"
        assert await marvin("ask", "what time is it") == 1
        shown = capsys.readouterr()
        assert shown.out == ""
        assert shown.err == "marvin: models are being loaded: try again in a moment\n"


@pytest.mark.parametrize("option", ["-c", "-p"])
async def test_typed_question_with_its_own_configuration_is_answered_here(
    path: Path, anywhere: None, option: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = tmp_path / "models.toml"
    config.write_text("")
    async with running(path) as daemon:
        wanted = str(config) if option == "-c" else "embedded"
        assert await marvin("ask", "what is six times seven", option, wanted) == 0
        assert daemon.assistant.done == []
    assert "42" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.04, "0.0 s"),
        (59.94, "59.9 s"),
        (61, "1 min 1 s"),
        (3_599, "59 min 59 s"),
        (3_600, "1 h 0 min"),
        (90_061, "1 d 1 h"),
    ],
)
def test_duration_is_shown_in_its_two_largest_units(seconds: float, text: str) -> None:
    assert duration(seconds) == text


async def test_room_that_is_not_there_is_refused_and_nothing_is_spoken_here(
    path: Path, alone: list[object], capsys: pytest.CaptureFixture[str]
) -> None:
    async with running(path):
        assert await asyncio.to_thread(main, ["say", "--room", "kitchen", "Dinner"]) == 1
    assert "no rooms are known here" in capsys.readouterr().err
    assert alone == []


@pytest.mark.parametrize(
    "options", [["--as-read"], ["--profile", "embedded"], ["--output", "a.wav"]]
)
def test_room_goes_with_no_voice_of_ones_own(
    options: list[str], alone: list[object], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["say", "--room", "kitchen", *options, "Dinner"]) == 78
    assert "--room is for the running Marvin" in capsys.readouterr().err
    assert alone == []
