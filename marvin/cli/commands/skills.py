"""`marvin skills`: lists, tests and makes skills."""

import argparse
import logging
import shlex
import sys
from collections.abc import Iterator
from contextlib import closing

from rich.table import Table

from marvin.boundary.terminal import to_json
from marvin.cancellation import CancelToken
from marvin.cli.commands.clean_console import CleanConsole
from marvin.cli.commands.common_options import load
from marvin.cli.commands.output import print
from marvin.config.tables import SkillsConfig
from marvin.dialogue import Dialogue
from marvin.engines.registry import load_skillset
from marvin.mind.spoken_text import spoken_sentences
from marvin.skills.agenda import Agenda
from marvin.skills.built_in import NAMES
from marvin.skills.cannot_do import LIMITS
from marvin.skills.own.own_skills import SkillFile, configured_entries
from marvin.skills.own.skill_files import skills_folder
from marvin.skills.own.skill_process import SkillFileError
from marvin.skills.own.skill_template import write_template
from marvin.skills.sentence_patterns import Said, Skill
from marvin.skills.skillset import Skillset, state_dir
from marvin.types import Act, Forget, ReplyItem


def show(arguments: argparse.Namespace) -> int:
    """Problems with the user's files are logged while they are loaded."""
    config = load(arguments).config
    with closing(load_skillset(config)) as skillset:
        rows = [*_rows(skillset, config.skills)]
    if arguments.json:
        print(to_json(rows, indent=2))
        return 0
    console = CleanConsole(highlight=False)
    if not console.is_terminal:
        console.width = 200  # no wrapping in files
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("skill", "from", "for example"):
        table.add_column(heading, overflow="fold")
    for row in rows:
        shown = "not used" if row.get("problems") else _quoted(row["examples"])
        table.add_row(str(row["name"]), str(row["from"]), shown)
    console.print(table)
    console.print("\n`marvin skills new NAME` writes a skill of your own.")
    return 0


def test(arguments: argparse.Namespace) -> int:
    text = " ".join(arguments.text)
    if not text.strip():
        return _test_all(arguments)
    config = load(arguments).config
    agenda = Agenda.unattended(state_dir(config.skills))
    with closing(agenda), closing(load_skillset(config, agenda)) as skillset:
        found = skillset.explain(text)
        if found is None or found[0].name == LIMITS:
            cannot = "" if found is None else ", and Marvin says that it cannot do it"
            print(f'no skill understands "{text}"{cannot}: `marvin skills list` has examples')
            return 1
        for line in _explained(found, skillset, config.skills):
            print(line)
        if not arguments.run:
            print(f"not run: `marvin skills test --run {shlex.quote(text)}` does")
            return 0
        # What a skill prints is what its author looks for.
        logging.getLogger("marvin.skills.own").setLevel(logging.DEBUG)
        intent = skillset.match(text, (), Dialogue(), CancelToken())
        assert intent is not None
        for item in intent.run(CancelToken()) or ():
            print(f"answers: {_answer(item)}")
    return 0


def new(arguments: argparse.Namespace) -> int:
    file = write_template(skills_folder(), arguments.name)
    print(f"wrote {file}")
    print(
        "Next: edit it, test it with `marvin skills test`, and put it into use by `marvin reload`."
    )
    return 0


def _rows(skillset: Skillset, config: SkillsConfig) -> Iterator[dict[str, object]]:
    examples = skillset.examples()
    for file in skillset.own.files:
        yield {
            "name": file.path.name,
            "from": str(file.path),
            "examples": [] if file.skill is None else list(file.skill.examples),
            "problems": list(file.problems),
            "warnings": list(file.warnings),
        }
    if config.commands:
        shown = list(examples.get("commands", ()))
        yield {"name": "commands", "from": "models.toml", "examples": shown}
    for name in NAMES:
        where = "built in, disabled" if name in config.disabled else "built in"
        yield {"name": name, "from": where, "examples": list(examples.get(name, ()))}


def _quoted(examples: object) -> str:
    some = examples[:2] if isinstance(examples, list) else []
    return ", ".join(f'"{one}"' for one in some) or "-"


def _explained(
    found: tuple[Skill, int, Said], skillset: Skillset, config: SkillsConfig
) -> Iterator[str]:
    skill, at, said = found
    entries = {id(file.skill): file.entries for file in skillset.own.files}
    own = entries.get(id(skill), ())
    if skill.name == "commands" and not own:
        own = tuple(configured_entries(config))
    if own:
        yield own[at].place
        yield own[at].action(said)
        return
    yield f"built-in skill {skill.name}"
    for name, value in said.slots:
        yield f"{name}: {value}"


def _answer(item: ReplyItem) -> str:
    if isinstance(item, Act):
        return f"(volume {item.volume:.0%})"
    if isinstance(item, Forget):
        return "(forgets the conversation)"
    return " ".join(spoken_sentences(item.text))


def _test_all(arguments: argparse.Namespace) -> int:
    """Test all files of the user's: their examples, and the tests in them."""
    config = load(arguments).config
    with closing(load_skillset(config)) as skillset:
        files = skillset.own.files
        if not files:
            print(f"{skills_folder()} has no skills: `marvin skills new NAME` writes one")
            return 0
        wrong = 0
        for file in files:
            problems = [*file.problems] + ([] if file.problems else [*_failures(file, skillset)])
            wrong += bool(problems)
            print(f"{file.path.name}: {'failed' if problems else 'ok'}")
            for problem in problems:
                # Problems of loading are logged already.
                if problem not in file.problems:
                    print(f"marvin: {problem}", file=sys.stderr)
    return 1 if wrong else 0


def _failures(file: SkillFile, skillset: Skillset) -> Iterator[str]:
    assert file.skill is not None
    for example in file.skill.examples:
        found = skillset.explain(example)
        if found is None or found[0] is not file.skill:
            other = "no skill" if found is None else found[0].name
            yield f'{file.path}: the example "{example}" is understood by {other}'
    for name, run in file.tests.items():
        try:
            run(CancelToken())
        except SkillFileError as error:
            yield f"{file.path}:{error.line or 1}: {name}() failed: {error}"
