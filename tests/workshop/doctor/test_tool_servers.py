"""The doctor names the MCP servers that give no tools."""

from pathlib import Path

import pytest

from marvin.config.tables import Config
from marvin.workshop.doctor.examining import run
from marvin.workshop.doctor.finding import Level
from marvin.workshop.doctor.patient import Patient
from marvin.workshop.doctor.tool_servers import tool_lanes
from tests.workshop.doctor.described import described

GONE = {"gone": {"command": "no-such-program", "allow": ["*"]}}


@pytest.mark.parametrize(
    ("engine", "level", "text"),
    [
        ("chat", Level.FAIL, "there is no program 'no-such-program'"),
        ("none", Level.WARN, "no language model calls tools"),
    ],
)
def test_server(tmp_path: Path, engine: str, level: Level, text: str) -> None:
    config = Config.model_validate({"llm": {"engine": engine}, "tools": {"mcp": GONE}})
    ((check,),) = tool_lanes(Patient(described(tmp_path), config))
    found = run(check)
    assert (found.name, found.level, found.text) == ("tools of gone", level, text)


def test_without_servers_there_is_nothing_to_check(tmp_path: Path) -> None:
    assert tool_lanes(Patient(described(tmp_path))) == []
