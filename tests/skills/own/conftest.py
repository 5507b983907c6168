"""A folder of the user's own skills, on a machine that may be slow."""

import textwrap
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from marvin.cancellation import CancelToken
from marvin.config.tables import SkillsConfig
from marvin.skills.own.own_skills import OwnSkills, load_own_skills
from marvin.skills.own.skill_process import SkillLimits
from marvin.skills.sentence_patterns import Said
from marvin.types import Say

PATIENT = SkillLimits(import_s=300.0)


class OwnFolder:
    """The folder, and what was loaded from it last."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.own = OwnSkills()

    def write(self, name: str, text: str) -> Path:
        """Each line of a Python file after the import of `skill`, which is its first line."""
        file = self.path / name
        text = textwrap.dedent(text).lstrip("\n")
        if name.endswith(".py"):
            text = f"from marvin.skills.own import skill\n{text}"
        file.write_text(text)
        return file

    def load(self, config: SkillsConfig | None = None, **limits: Any) -> OwnSkills:
        self.own.close()
        self.own = load_own_skills(self.path, config or SkillsConfig(), replace(PATIENT, **limits))
        return self.own

    def problems(self) -> list[str]:
        """Without the folder."""
        return [problem.replace(f"{self.path}/", "") for problem in self.load().problems]

    def warnings(self) -> list[str]:
        return [
            warning.replace(f"{self.path}/", "")
            for file in self.load().files
            for warning in file.warnings
        ]

    def call(
        self, name: str, at: int = 0, token: CancelToken | None = None, **slots: str | int
    ) -> str:
        """What the skill at this place of a file says."""
        (skill,) = [one for one in self.own.skills if one.name == name]
        said = Said(tuple(slots.items()), token or CancelToken())
        reply = skill.phrases[at].answer(said)
        assert reply is not None
        (item,) = reply
        assert isinstance(item, Say)
        return item.text


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[OwnFolder]:
    path = tmp_path / "skills"
    path.mkdir(mode=0o755)
    folder = OwnFolder(path)
    yield folder
    folder.own.close()
