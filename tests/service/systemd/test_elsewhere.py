"""Running Marvin without systemd. Neither can be run here, but some of it can be checked."""

import plistlib
import re

from tests.paths import ROOT


def test_launch_agent_runs_and_restarts_marvin_and_logs_nothing_that_was_said() -> None:
    agent = plistlib.loads((ROOT / "launchd" / "local.marvin.plist").read_bytes())
    assert agent["Label"] == "local.marvin"
    assert agent["RunAtLoad"]
    assert agent["KeepAlive"] == {"SuccessfulExit": False}
    assert agent["ExitTimeOut"] == 10
    assert agent["Umask"] == 0o077
    shell, option, command = agent["ProgramArguments"]
    assert (shell, option) == ("/bin/sh", "-c")
    assert command.startswith('exec "$HOME/marvin/.venv/bin/marvin" run -v >/dev/null 2>>')


def test_container_files_match_the_repository() -> None:
    text = (ROOT / "Containerfile").read_text()
    copied = re.findall(r"(?m)^COPY (.+) \S+$", text)
    for name in " ".join(copied).split():
        assert (ROOT / name).exists()
    assert "pyproject.toml" in copied[0]
    assert "USER marvin" in text
    assert "exec marvin run -v >/dev/null" in text, "a container's output is kept"
