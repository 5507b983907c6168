"""Checks the user's own skills."""

from contextlib import closing
from dataclasses import replace
from functools import partial
from pathlib import Path

from marvin.config.tables import SkillsConfig
from marvin.skills.own.own_skills import load_own_skills
from marvin.skills.own.skill_files import skills_folder
from marvin.workshop.doctor.examining import Check, Lane
from marvin.workshop.doctor.finding import Finding, ok, warn
from marvin.workshop.doctor.patient import Patient

_LIMIT_S = 60.0
"""Files may import slow libraries."""


def own_skill_checks(patient: Patient) -> Lane:
    look = partial(own_skills, skills_folder(), patient.config.skills)
    return (Check("own skills", look, _LIMIT_S),)


def own_skills(folder: Path, config: SkillsConfig) -> Finding:
    """Counts only: names of files and sentences are private."""
    with closing(load_own_skills(folder, config)) as own:
        used = f"{len(own.skills)} of {len(own.files)} files used" if own.files else "none"
        wrong = own.problems + own.warnings
        if not wrong:
            return ok("own skills", used)
        cure = "correct the file, then `marvin skills test`"
        return replace(warn("own skills", used, cure), aside=f": {'; '.join(wrong)}")
