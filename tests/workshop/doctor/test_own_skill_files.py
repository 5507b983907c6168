"""What the doctor says of the user's own skills."""

from pathlib import Path

import pytest

from marvin.workshop.doctor.examining import examine
from marvin.workshop.doctor.finding import Level
from marvin.workshop.doctor.own_skill_files import own_skill_checks
from marvin.workshop.doctor.patient import Patient
from tests.workshop.doctor.described import described


def test_own_skills(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    folder = tmp_path / "config" / "marvin" / "skills"
    lane = own_skill_checks(Patient(described(tmp_path)))
    (found,) = examine([lane])
    assert (found.level, found.text) == (Level.OK, "none")
    folder.mkdir(parents=True)
    (folder / "a.toml").write_text('[[skills.commands]]\nsentences = ["a b"]\nsay = "c"\n')
    (found,) = examine([lane])
    assert (found.level, found.text) == (Level.OK, "1 of 1 files used")
    (folder / "secret.py").write_text("broken(")
    (found,) = examine([lane])
    assert (found.level, found.text) == (Level.WARN, "1 of 2 files used")
    assert found.cure == "correct the file, then `marvin skills test`"
    assert found.aside == f": {folder}/secret.py:1: SyntaxError: '(' was never closed"
