"""Turns the files of the user's own skills into skills. A broken file leaves the others working."""

import logging
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from marvin.cancellation import CancelToken
from marvin.config.tables import SkillsConfig
from marvin.skills.own.precedence import DeclaredSentence, shadowed
from marvin.skills.own.python_skills import DescribedSkill, ProcessCache, described, python_skill
from marvin.skills.own.skill_files import SkillSource, read_sources
from marvin.skills.own.skill_process import SkillFileError, SkillLimits, SkillProcess
from marvin.skills.own.toml_skills import toml_sentences, toml_skill
from marvin.skills.sentence_patterns import Skill

_LOGGER = logging.getLogger(__name__)

_AT_ONCE = 4
"""Files that are imported at the same time."""


@dataclass(frozen=True, slots=True)
class SkillFile:
    """A file and what became of it."""

    path: Path
    skill: Skill | None = None
    problems: tuple[str, ...] = ()
    """`FILE:LINE: what is wrong`; the file is not used."""
    warnings: tuple[str, ...] = ()
    """The same, for a file that is used."""


@dataclass(frozen=True, slots=True)
class OwnSkills:
    """All files, in matching order."""

    files: tuple[SkillFile, ...] = ()
    _processes: ProcessCache = field(default_factory=lambda: ProcessCache(0))

    @property
    def skills(self) -> list[Skill]:
        return [file.skill for file in self.files if file.skill is not None]

    @property
    def problems(self) -> list[str]:
        return [problem for file in self.files for problem in file.problems]

    @property
    def warnings(self) -> list[str]:
        return [warning for file in self.files for warning in file.warnings]

    def close(self) -> None:
        """End the files' processes. Calls start them again."""
        self._processes.close()


@dataclass(frozen=True, slots=True)
class _Imported:
    """A Python file whose process runs."""

    process: SkillProcess
    skills: list[DescribedSkill]


def load_own_skills(
    folder: Path, config: SkillsConfig, limits: SkillLimits | None = None
) -> OwnSkills:
    """Read the folder, which need not exist. Each Python file is imported in a process of its own.

    Problems and warnings are also logged.
    """
    limits = limits or SkillLimits()
    sources = read_sources(folder)
    if not sources:
        return OwnSkills()
    processes = ProcessCache(limits.processes)
    taken: dict[str, str] = {}
    shadowed(_configured(config), taken)
    files = []
    with ThreadPoolExecutor(_AT_ONCE, "marvin-own-skills") as executor:
        imported = executor.map(lambda source: _imported(source, limits), sources)
        for at, (source, found) in enumerate(zip(sources, imported, strict=True)):
            files.append(_file(source, f"own{at}_", found, taken, processes))
    own = OwnSkills(tuple(files), processes)
    for line in own.problems + own.warnings:
        _LOGGER.warning("%s", line)
    return own


def _imported(source: SkillSource, limits: SkillLimits) -> _Imported | str:
    """What is wrong, or nothing if it is not a Python file."""
    if source.problem:
        return f"{source.path}: {source.problem}"
    if source.path.suffix != ".py":
        return ""
    process = SkillProcess(source.path, source.text, limits)
    try:
        return _Imported(process, described(process.start(CancelToken())))
    except SkillFileError as error:
        process.close()
        return f"{source.path}:{error.line or 1}: {error}"


def _file(
    source: SkillSource,
    prefix: str,
    found: _Imported | str,
    taken: dict[str, str],
    processes: ProcessCache,
) -> SkillFile:
    path = source.path
    if isinstance(found, str) and found:
        return SkillFile(path, problems=(found,))
    if isinstance(found, _Imported):
        skill, problems = python_skill(path, prefix, found.skills, found.process, processes)
        if problems:
            found.process.close()
            return SkillFile(path, problems=tuple(problems))
        processes.use(found.process)
        sentences = [*_declared(path, found.skills)]
        return SkillFile(path, skill, warnings=tuple(shadowed(sentences, taken)))
    from_toml, problems = toml_skill(source, prefix)
    if problems:
        return SkillFile(path, problems=tuple(problems))
    return SkillFile(path, from_toml, warnings=tuple(shadowed(toml_sentences(source), taken)))


def _declared(path: Path, skills: Iterable[DescribedSkill]) -> Iterable[DeclaredSentence]:
    for one in skills:
        for sentence in one.sentences:
            yield DeclaredSentence(f"{path}:{one.line}", sentence, one.lists)


def _configured(config: SkillsConfig) -> Iterable[DeclaredSentence]:
    """The commands in models.toml come before all files."""
    for at, command in enumerate(config.commands):
        for sentence in command.sentences:
            yield DeclaredSentence(f"models.toml: skills.commands[{at}]", sentence, config.lists)
