"""Skills of the user's own in the running daemon, and what a reload does to them."""

import asyncio
from pathlib import Path

import pytest

from marvin.config.tables import Config
from marvin.errors import ControlError

from .running import running


@pytest.fixture
def skills(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The user's folder."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    folder = tmp_path / "config" / "marvin" / "skills"
    folder.mkdir(parents=True)
    return folder


def write(skills: Path, name: str, body: str) -> None:
    first = "from marvin.skills.own import skill\n@skill('greet the robot')\ndef greet():\n"
    (skills / name).write_text(f"{first}    {body}\n")


async def test_reload_takes_changed_files(
    config: Config, skills: Path, caplog: pytest.LogCaptureFixture
) -> None:
    write(skills, "a.py", "return 'First.'")
    async with running(config) as one:
        assert await one.daemon.ask("greet the robot") == "First."
        write(skills, "a.py", "return 'Second.'")
        assert await one.daemon.ask("greet the robot") == "First."
        assert await one.daemon.reload() == []
        assert await one.daemon.ask("greet the robot") == "Second."
        write(skills, "a.py", "return (")
        write(skills, "b.py", "return 'Third.'")
        assert await one.daemon.reload() == []
        (problem,) = one.daemon.skill_problems
        assert problem == f"{skills}/a.py:4: SyntaxError: '(' was never closed"
        assert problem in caplog.text
        assert await one.daemon.ask("greet the robot") == "Third.", "the others go on"


async def test_reload_during_a_call(config: Config, skills: Path, tmp_path: Path) -> None:
    began = tmp_path / "began"
    write(skills, "a.py", f"open({str(began)!r}, 'w')\n    while True: pass")
    async with running(config) as one:
        call = asyncio.create_task(one.daemon.ask("greet the robot"))
        async with asyncio.timeout(300):
            while not began.exists():  # noqa: ASYNC110 (it tells nobody)
                await asyncio.sleep(0.01)
        write(skills, "a.py", "return 'Second.'")
        assert await one.daemon.reload() == []
        with pytest.raises(ControlError, match="not answered"):
            await call
        assert await one.daemon.ask("greet the robot") == "Second."
