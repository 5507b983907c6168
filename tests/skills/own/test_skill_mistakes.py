"""Mistakes in files of skills: each is named by file and line, and the other files work."""

import os
from pathlib import Path

import pytest

from marvin.config.tables import SkillsConfig

from .conftest import OwnFolder

GOOD = '@skill("good")\ndef good():\n    return "Good."\n'


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("x = 1\ndef f(:\n", "3: SyntaxError: invalid syntax"),
        ("if True:\nx = 1", "3: IndentationError: expected an indented block after 'if' "
         "statement on line 2"),
        ("import no_such_library", "2: ModuleNotFoundError: No module named 'no_such_library'"),
        ("def f():\n    return g\nf()", "3: NameError: name 'g' is not defined"),
        ("import sys\nsys.exit('bye')", "3: SystemExit: bye"),
        ("import os\nos._exit(4)", "1: its process ended (status 4)"),
        ("x = 1", "1: declares no skill: put @skill(...) before a function"),
        ("\0", "1: SyntaxError: source code string cannot contain null bytes"),
        ("@skill\ndef f(): pass", "2: TypeError: the sentences should be texts in quotes"),
        ("@skill()\ndef f(): pass", '2: TypeError: @skill needs a sentence: '
         '@skill("water the plants")'),
        ("@skill('a', lists={'b': 'c'})\ndef f(): pass",
         '2: TypeError: lists[\'b\'] should be a list of texts: ["c"]'),
        ("@skill('a', lists={'b': [1]})\ndef f(): pass",
         "2: TypeError: lists['b'] should be texts in quotes"),
        ("@skill('a', lists={'b': range(0, 9, 2)})\ndef f(): pass",
         "2: ValueError: lists['b']: a range has a step of 1 and is not empty"),
        ("@skill('a', timeout_s=0)\ndef f(): pass",
         "2: ValueError: timeout_s = 0 should be between 0 and 300"),
        ("@skill('a')\nasync def f(): pass", "2: TypeError: write `def` in place of `async def`"),
        ("@skil('a')\ndef f(): pass", "2: NameError: name 'skil' is not defined"),
        ("x = 1\n\n@skill('water (the plants')\ndef f(): pass",
         '4: "water (the plants": brackets do not match, or nothing is between them'),
        ("@skill('water {plant}')\ndef f(plant): pass",
         "2: there is no list {plant} (add it to lists: plant)"),
        ("@skill('water {plamt}', lists={'plant': ['fern']})\ndef f(plamt): pass",
         "2: there is no list {plamt} (did you mean {plant}?)"),
        ("@skill('water {plant}', lists={'plant': ['fern']})\ndef f(): pass",
         '2: "water {plant}": f() has no parameter plant'),
        ("@skill('water {plant:what}', lists={'plant': ['fern']})\ndef f(plant): pass",
         '2: "water {plant:what}": f() has no parameter what'),
        ("@skill('water [the {plant}]', lists={'plant': ['fern']})\ndef f(plant): pass",
         '2: "water [the {plant}]": the parameter plant is not always said: give it a default'),
        ("@skill('water')\ndef f(plant): pass",
         '2: "water": the parameter plant is not in it: give it a default'),
        ("@skill('[maybe]')\ndef f(): pass", '2: "[maybe]": would be heard where nothing was said'),
        ("@skill('a', lists={'B c': ['x']})\ndef f(): pass",
         "2: lists.B c: a name has small letters, digits and _ only"),
        ("@skill('a', lists={'b': []})\ndef f(): pass", "2: lists.b: is empty"),
    ],
)  # fmt: skip
def test_mistake_in_python(folder: OwnFolder, text: str, problem: str) -> None:
    folder.write("bad.py", text)
    assert folder.problems()[0] == f"bad.py:{problem}"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("\n\nx = [\n", "4: not TOML: Invalid value (at end of document)"),
        ("a = 1\nb = = 2", "2: not TOML: Invalid value"),
        ("", "1: skills: is missing"),
        ("[skills]\ndisabled = ['time']",
         "1: skills.disabled: unknown key (there is: lists, commands)"),
        ("[skills.lists]\na = ['b']", "1: has no [[skills.commands]]"),
        ("[[skills.commands]]\nsentences = ['a']\nsay = 'b'\n\n\n[[skills.commands]]\nsay = 'b'",
         "6: skills.commands[1].sentences: is missing"),
        ("[[skills.commands]]\nsentences = ['a']\nsay = 'b'\n[[skills.commands]]\n"
         "sentences = ['turn on {lamb}']\nsay = 'b'\n[skills.lists]\nlamp = ['a']",
         "4: skills.commands[1].sentences[0]: there is no list {lamb} (did you mean {lamp}?)"),
        ("[[skills.commands]]\nsentences = ['a']\n", "1: skills.commands[0]: does nothing: "
         "add say or run"),
        ("[skills.lists]\nlamp = ['a']\nlevel = ['5..1']\n[[skills.commands]]\n"
         "sentences = ['a']\nsay = 'b'",
         '3: skills.lists.level: "5..1": a range goes from a smaller to a larger number, '
         "from 0 on"),
    ],
)  # fmt: skip
def test_mistake_in_toml(folder: OwnFolder, text: str, problem: str) -> None:
    (folder.path / "bad.toml").write_text(text)
    line, _, what = problem.partition(":")
    assert folder.problems() == [f"bad.toml:{line}:{what}"]


def test_file_that_never_ends_is_not_used(folder: OwnFolder) -> None:
    folder.write("bad.py", "while True: print('x')")
    found = folder.load(import_s=0.5)
    assert found.problems == [f"{folder.path}/bad.py:1: does not end within 0.5 s"]


def test_broken_file_leaves_the_others_working(folder: OwnFolder) -> None:
    folder.write("a.py", "broken(")
    folder.write("b.py", GOOD)
    folder.write("c.toml", "broken")
    folder.write("d.toml", '[[skills.commands]]\nsentences = ["also good"]\nsay = "Also."')
    places = [problem.partition(": ")[0] for problem in folder.load().problems]
    assert places == [f"{folder.path}/a.py:2", f"{folder.path}/c.toml:1"]
    assert folder.call("b.py") == "Good."
    assert folder.call("d.toml") == "Also."


def test_first_file_answers_a_sentence_that_two_have(folder: OwnFolder) -> None:
    lists = "lists={'plant': ['fern', 'cactus']}"
    folder.write("b.py", f"@skill('(feed|water) the {{plant}}', {lists})\ndef f(plant): pass")
    folder.write("a.py", "@skill('Water the {plant}!', lists={'plant': ['cactus', 'fern']})\n"
                 "def f(plant): pass")  # fmt: skip
    folder.write("c.py", "@skill('water the {plant}', lists={'plant': ['rose']})\ndef f(plant): 0")
    folder.write("d.toml", '[[skills.commands]]\nsentences = ["good night"]\nsay = "Night."')
    assert folder.warnings() == [
        'b.py:2: "(feed|water) the {plant}" is answered by a.py:2, which comes first',
    ]
    command = {"sentences": ["good [good] night"], "say": "Bye."}
    own = folder.load(SkillsConfig.model_validate({"commands": [command]}))
    assert own.files[-1].warnings == (
        f'{folder.path}/d.toml:1: skills.commands[0]: "good night" is answered by '
        "models.toml: skills.commands[0], which comes first",
    )


def test_no_file_is_imported_by_marvin_itself(folder: OwnFolder, tmp_path: Path) -> None:
    folder.write("pid.py", f"import os\nopen('{tmp_path}/pid', 'w').write(f'{{os.getppid()}}')\n"
                 + GOOD)  # fmt: skip
    assert folder.problems() == []
    assert (tmp_path / "pid").read_text() == str(os.getpid()), "its parent is this process"
