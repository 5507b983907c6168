"""Turns the files of the user's own skills into skills. A broken file leaves the others working."""

from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from marvin.cancellation import CancelToken
from marvin.config.tables import SkillsConfig
from marvin.skills.commands import action_text
from marvin.skills.own.python_skills import (
    DescribedFile,
    ProcessCache,
    call_text,
    described,
    python_skill,
)
from marvin.skills.own.skill_entries import SkillEntry, shadowed
from marvin.skills.own.skill_files import SkillSource, read_sources
from marvin.skills.own.skill_process import SkillFileError, SkillLimits, SkillProcess
from marvin.skills.own.toml_skills import toml_entries, toml_skill
from marvin.skills.sentence_patterns import Skill

_AT_ONCE = 4
"""Files that are imported at the same time."""


@dataclass(frozen=True, slots=True)
class SkillFile:
    """A file and what became of it."""

    path: Path
    skill: Skill | None = None
    entries: tuple[SkillEntry, ...] = ()
    """One for each of the skill's groups of sentences."""
    tests: Mapping[str, Callable[[CancelToken], None]] = field(default_factory=dict)
    """By name; a test that fails raises SkillFileError."""
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
    file: DescribedFile


def load_own_skills(
    folder: Path, config: SkillsConfig, limits: SkillLimits | None = None
) -> OwnSkills:
    """Read the folder, which need not exist. Each Python file gets a process of its own."""
    limits = limits or SkillLimits()
    sources = read_sources(folder)
    if not sources:
        return OwnSkills()
    processes = ProcessCache(limits.processes)
    taken: dict[str, str] = {}
    shadowed(configured_entries(config), taken)
    files = []
    with ThreadPoolExecutor(_AT_ONCE, "marvin-own-skills") as executor:
        imported = executor.map(lambda source: _imported(source, limits), sources)
        for at, (source, found) in enumerate(zip(sources, imported, strict=True)):
            files.append(_file(source, f"own{at}_", found, taken, processes))
    return OwnSkills(tuple(files), processes)


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
        return _python_file(path, prefix, found, taken, processes)
    skill, problems = toml_skill(source, prefix)
    if problems:
        return SkillFile(path, problems=tuple(problems))
    entries = tuple(toml_entries(source))
    return SkillFile(path, skill, entries, warnings=tuple(shadowed(entries, taken)))


def _python_file(
    path: Path, prefix: str, found: _Imported, taken: dict[str, str], processes: ProcessCache
) -> SkillFile:
    process, skills = found.process, found.file.skills
    skill, problems = python_skill(path, prefix, skills, process, processes)
    if problems:
        process.close()
        return SkillFile(path, problems=tuple(problems))
    processes.use(process)
    entries = tuple(
        SkillEntry(f"{path}:{one.line}", one.sentences, one.lists, partial(call_text, one))
        for one in skills
    )

    def test(name: str, token: CancelToken) -> None:
        processes.use(process)
        process.test(name, token)

    tests = {name: partial(test, name) for name in found.file.tests}
    return SkillFile(path, skill, entries, tests, warnings=tuple(shadowed(entries, taken)))


def configured_entries(config: SkillsConfig) -> Iterable[SkillEntry]:
    """The commands in models.toml, which come before all files."""
    for at, command in enumerate(config.commands):
        place = f"models.toml: skills.commands[{at}]"
        yield SkillEntry(place, command.sentences, config.lists, partial(action_text, command))
