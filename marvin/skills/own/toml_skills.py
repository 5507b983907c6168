"""A TOML file of skills: the tables `[[skills.commands]]` and `[skills.lists]` of models.toml."""

import re
from functools import partial

from pydantic import Field, ValidationError

from marvin.boundary.files import parse_toml
from marvin.config.problems import problems as problems_of
from marvin.config.table import Table, Text
from marvin.config.tables import CommandConfig, SkillsConfig
from marvin.skills.commands import action_text, commands_skill
from marvin.skills.own.skill_entries import SkillEntry
from marvin.skills.own.skill_files import SkillSource
from marvin.skills.sentence_patterns import Skill

_AT_LINE = re.compile(r" \(at line (\d+), column \d+\)")
_KEY = re.compile(r"skills\.(?:commands\[(\d+)\]|lists\.(\w+))")
_COMMAND = r"\[\[\s*skills\s*\.\s*commands\s*\]\]"


class _OwnTables(Table):
    lists: dict[str, tuple[Text, ...]] = Field(default_factory=dict)
    commands: tuple[CommandConfig, ...] = ()


class _Document(Table):
    skills: _OwnTables


def toml_skill(source: SkillSource, prefix: str) -> tuple[Skill | None, list[str]]:
    """The file as a skill, and all problems with it. `prefix` keeps its lists apart."""
    path = source.path
    try:
        tables = _tables(source)
    except ValidationError as error:
        wrong = problems_of(error, _Document, {}, str(path))
        return None, [_with_line(one.removeprefix(f"{path}: "), source) for one in wrong]
    except ValueError as error:
        at = _AT_LINE.search(str(error))
        ends = "at end of document" in str(error)
        line = at[1] if at else source.text.count("\n") + 1 if ends else 1
        return None, [f"{path}:{line}: not TOML: {_AT_LINE.sub('', str(error))}"]
    if not tables.commands:
        return None, [f"{path}:1: has no [[skills.commands]]"]
    config = SkillsConfig(lists=tables.lists, commands=tables.commands)
    skill, problems = commands_skill(config, path.name, prefix)
    return skill, [_with_line(one, source) for one in problems]


def toml_entries(source: SkillSource) -> list[SkillEntry]:
    """The commands of a file without problems."""
    tables = _tables(source)
    return [
        SkillEntry(
            _with_line(f"skills.commands[{at}]", source),
            command.sentences,
            tables.lists,
            partial(action_text, command),
        )
        for at, command in enumerate(tables.commands)
    ]


def _tables(source: SkillSource) -> _OwnTables:
    return _Document.model_validate(parse_toml(source.text)).skills


def _with_line(problem: str, source: SkillSource) -> str:
    """With the file, and the line of the command or the list that it begins with."""
    key = _KEY.match(problem)
    line = 1
    if key is not None:
        head = rf"[\"']?{key[2]}[\"']?\s*=" if key[2] else _COMMAND
        found = [*re.finditer(rf"^[ \t]*{head}", source.text, re.MULTILINE)]
        at = int(key[1] or 0)
        # Commands may also be written in one list.
        line = source.text.count("\n", 0, found[at].start()) + 1 if at < len(found) else 1
    return f"{source.path}:{line}: {problem}"
