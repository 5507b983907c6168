"""Mistakes in the user's own commands are all reported at start-up."""

from typing import Any

import pytest

from marvin.errors import ConfigError
from marvin.skills.built_in import NAMES
from marvin.skills.cannot_do import LIMITS

from .conftest import Load
from .test_commands import command


def problems(load: Load, **keys: Any) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        load(**keys)
    return str(caught.value).splitlines()


def test_every_problem_is_reported_at_once(load: Load) -> None:
    names = ", ".join((*NAMES, LIMITS))
    assert problems(
        load,
        disabled=["timer", "everything"],
        lists={
            "lamp": ["bed light"],
            "Bad Name": ["x"],
            "none": [],
            "mixed": ["one", "1..5"],
            "backwards": ["5..1"],
            "template": ["(a|b)"],
            "silent": ["?!"],
        },
        commands=[
            command("turn on (the|a {lamp}", say="{lamp}"),
            command("turn on {lampe}", "turn off {lamp}", say="{lamp} {what}"),
            command("go to <place>", say="ok"),
            command("[maybe]", say="ok"),
            command("start {lamp}", run=["{lamp}", "{nothing}"]),
            command("read {lamp:} {1..5:x}", say="ok"),
            command("same thing", say="ok"),
            command("Same [thing]", "(same|the same) thing", "same thing.", say="ok"),
            command("one; two", "()", "[]", "a) b", "{}", say="ok"),
            command("turn on the heating"),
        ],
    ) == [
        "skills.lists.Bad Name: a name has small letters, digits and _ only",
        "skills.lists.none: is empty",
        'skills.lists.mixed: "1..5": a range has to be the only entry',
        'skills.lists.backwards: "5..1": a range goes from a smaller to a larger number, from 0 on',
        'skills.lists.template: "(a|b)": write one plain phrase for each entry',
        'skills.lists.silent: "?!": has no words',
        'skills.commands[0].sentences[0]: "turn on (the|a {lamp}": brackets do not match, '
        "or nothing is between them",
        "skills.commands[1].sentences[0]: there is no list {lampe} (did you mean {lamp}?)",
        "skills.commands[1].say: no sentence of this command has {what} ({lamp}, {lampe})",
        'skills.commands[2].sentences[0]: "go to <place>": only (a|b), [optional] and {list} '
        "can be used",
        'skills.commands[3].sentences[0]: "[maybe]": would be heard where nothing was said',
        "skills.commands[4].run[1]: no sentence of this command has {nothing} ({lamp})",
        "skills.commands[4].run[0]: the program itself cannot be a slot",
        'skills.commands[5].sentences[0]: "read {lamp:} {1..5:x}": only (a|b), [optional] and '
        "{list} can be used",
        "skills.commands[7].sentences[2]: can never be heard, "
        "skills.commands[6] has the same words",
        'skills.commands[8].sentences[0]: "one; two": only (a|b), [optional] and {list} '
        "can be used",
        *(
            f'skills.commands[8].sentences[{at}]: "{text}": brackets do not match, or nothing is '
            "between them"
            for at, text in enumerate(("()", "[]", "a) b", "{}"), start=1)
        ),
        "skills.commands[9]: does nothing: add say or run",
        f"skills.disabled[0]: there is no skill 'timer' (did you mean 'timers'? there are {names})",
        f"skills.disabled[1]: there is no skill 'everything' (there are {names})",
    ]


def test_missing_program_is_only_a_warning(load: Load, caplog: pytest.LogCaptureFixture) -> None:
    load(commands=[command("go", run=["no-such-program-anywhere"])])
    assert "no program no-such-program-anywhere" in caplog.text


def test_command_line_in_one_string_gets_advice_to_write_a_list(load: Load) -> None:
    assert problems(load, commands=[command("greet me", run=["sh -c true", "now"])]) == [
        'skills.commands[0].run: each word is an item of its own: run = ["sh", "-c", "true", "now"]'
    ]
