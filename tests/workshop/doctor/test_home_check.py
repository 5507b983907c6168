"""The doctor asks Home Assistant for its version."""

from pathlib import Path

import pytest

from marvin.config.tables import Config
from marvin.workshop.doctor import home_check
from marvin.workshop.doctor.examining import run
from marvin.workshop.doctor.finding import Finding, Level
from marvin.workshop.doctor.home_check import home, home_checks
from marvin.workshop.doctor.patient import Patient
from tests.faulty_server import Answer, FaultyServer
from tests.recorded_home import TOKEN, home_config
from tests.workshop.doctor.described import described

CONFIG = {"version": "2025.4.4", "state": "RUNNING", "components": ["api", "conversation"]}


def found(answer: Answer) -> Finding:
    with FaultyServer(answer) as server:
        finding = home(home_config(server.url))
    assert server.requests[0].path == "/api/config"
    return finding


@pytest.fixture(autouse=True)
def token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME_ASSISTANT_TOKEN", TOKEN)


@pytest.mark.parametrize(
    ("answer", "level", "text"),
    [
        (Answer.json(CONFIG), Level.OK, "answers, version 2025.4.4"),
        (Answer.json({**CONFIG, "version": "1\x1b[2J\n"}), Level.OK, "version 1[2J"),
        (Answer.json({**CONFIG, "components": []}), Level.FAIL, "no conversation integration"),
        (Answer.json([]), Level.FAIL, "something else than its configuration"),
        (Answer.html(), Level.FAIL, "answered with a web page"),
        (Answer(401), Level.FAIL, "rejects the token in HOME_ASSISTANT_TOKEN (401)"),
    ],
)
def test_answers(answer: Answer, level: Level, text: str) -> None:
    finding = found(answer)
    assert finding.level is level
    assert text in finding.text


def test_missing_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(home_check, "find_spec", lambda name: None)
    finding = found(Answer.json(CONFIG))
    assert finding.level is Level.WARN
    assert finding.cure == "pip install 'marvin-voice[servers]'"


def test_missing_token(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HOME_ASSISTANT_TOKEN")
    config = Config(home_assistant=home_config("http://127.0.0.1:9"))
    (check,) = home_checks(Patient(described(tmp_path), config))
    finding = run(check)
    assert finding.level is Level.FAIL
    assert "HOME_ASSISTANT_TOKEN is not set" in finding.text


def test_without_home_assistant_nothing_is_checked(tmp_path: Path) -> None:
    assert home_checks(Patient(described(tmp_path))) == ()
