"""The user's own commands, from `[[skills.commands]]`."""

import json
import logging
import re
import shutil
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import TYPE_CHECKING

from marvin.boundary.terminal import one_line
from marvin.config.tables import CommandConfig, SkillsConfig
from marvin.skills import program
from marvin.skills.sentence_patterns import (
    Answer,
    Said,
    SentenceGroup,
    Skill,
    Words,
    canonical_template,
    expansions,
)
from marvin.skills.text import canonical
from marvin.types import ReplyItem, Say

if TYPE_CHECKING:
    from hassil.expression import Expression

_LOGGER = logging.getLogger(__name__)

_SLOT = re.compile(r"\{([a-z_][a-z0-9_]*)\}")
"""In `say` and `run`. Other braces are kept, because programs take JSON."""
_REFERENCE = re.compile(r"\{(\w+)((?::\w+)?)\}")
"""In a sentence: `{list}` or `{list:slot}`."""
_RANGE = re.compile(r"(-?\d+)\.\.(-?\d+)")
_NAME = re.compile(r"[a-z_][a-z0-9_]*")
_PREFIX = "user_"
"""Keeps the user's lists apart from built-in ones of the same name."""
_SPOKEN = 500
"""Longest spoken output, in characters."""
_EXPANSIONS = 64


def commands_skill(config: SkillsConfig) -> tuple[Skill, list[str]]:
    """The user's commands as a skill, and all problems with them."""
    problems = list(_list_problems(config.lists))
    lists = {_PREFIX + name: _words(entries) for name, entries in config.lists.items()}
    owners: dict[str, int] = {}
    phrases = []
    examples = []
    for at, command in enumerate(config.commands):
        key = f"skills.commands[{at}]"
        slots: set[str] = set()
        for number, sentence in enumerate(command.sentences):
            found, expression = _sentence_problems(sentence, config.lists)
            problems += [f"{key}.sentences[{number}]: {problem}" for problem in found]
            slots |= {_slot_of(*match) for match in _REFERENCE.findall(sentence)}
            if expression is not None and not found:
                texts = _texts(expression)
                shadow = _shadow(texts, owners, at)
                if shadow is not None:
                    problems.append(
                        f"{key}.sentences[{number}]: can never be heard, "
                        f"skills.commands[{shadow}] has the same words"
                    )
                if number == 0:
                    examples.append(_example(texts[0], config.lists))
        problems += [f"{key}{problem}" for problem in _action_problems(command, slots)]
        sentences = tuple(_REFERENCE.sub(_renamed, sentence) for sentence in command.sentences)
        phrases.append(SentenceGroup(sentences, _answer(command)))
    return Skill("commands", tuple(phrases), tuple(examples), lists), problems


def _list_problems(lists: Mapping[str, tuple[str, ...]]) -> Iterator[str]:
    for name, entries in lists.items():
        key = f"skills.lists.{name}"
        if not _NAME.fullmatch(name):
            yield f"{key}: a name has small letters, digits and _ only"
        if not entries:
            yield f"{key}: is empty"
        for entry in entries:
            bounds = _RANGE.fullmatch(entry)
            if bounds is None:
                if re.search(r"[()\[\]{}<>|;\\]", entry):
                    yield f'{key}: "{entry}": write one plain phrase for each entry'
                elif not canonical(entry):
                    yield f'{key}: "{entry}": has no words'
            elif len(entries) > 1:
                yield f'{key}: "{entry}": a range has to be the only entry'
            elif not 0 <= int(bounds[1]) <= int(bounds[2]) <= 1_000_000:
                yield f'{key}: "{entry}": a range goes from a smaller to a larger number, from 0 on'


def _words(entries: tuple[str, ...]) -> Words:
    bounds = _RANGE.fullmatch(entries[0]) if len(entries) == 1 else None
    if bounds is None:
        return entries
    return range(int(bounds[1]), int(bounds[2]) + 1)


def _sentence_problems(
    sentence: str, lists: Mapping[str, tuple[str, ...]]
) -> tuple[list[str], "Expression | None"]:
    from hassil.parse_expression import parse_sentence
    from hassil.parser import ParseError

    try:
        expression = parse_sentence(canonical_template(sentence)).expression
    except (ParseError, AssertionError, ValueError, IndexError):
        return [f'"{sentence}": brackets do not match, or nothing is between them'], None
    problems = []
    if re.search(r"[{}<>;\\]", _REFERENCE.sub("", sentence)):
        problems.append(f'"{sentence}": only (a|b), [optional] and {{list}} can be used')
    for name, _ in _REFERENCE.findall(sentence):
        if name not in lists:
            close = get_close_matches(name, lists, 1)
            hint = f"did you mean {{{close[0]}}}?" if close else f"add skills.lists.{name}"
            problems.append(f"there is no list {{{name}}} ({hint})")
    if not problems and not all(_texts(expression)):
        problems.append(f'"{sentence}": would be heard where nothing was said')
    return problems, expression


def _texts(expression: "Expression") -> list[str]:
    return [" ".join(text.split()) for text in expansions(expression, _EXPANSIONS)]


def _action_problems(command: CommandConfig, slots: set[str]) -> Iterator[str]:
    for key, text in (
        (".say", command.say or ""),
        *((f".run[{at}]", argument) for at, argument in enumerate(command.run or ())),
    ):
        for slot in _SLOT.findall(text):
            if slot not in slots:
                known = ", ".join(f"{{{name}}}" for name in sorted(slots)) or "none has a slot"
                yield f"{key}: no sentence of this command has {{{slot}}} ({known})"
    if command.run is None:
        if command.say is None:
            # It would answer "Done." without having done anything.
            yield ": does nothing: add say or run"
        return
    name = command.run[0]
    if _SLOT.search(name):
        yield ".run[0]: the program itself cannot be a slot"
    elif not name:
        yield ".run[0]: the name of the program is missing"
    elif shutil.which(name) is None and shutil.which(name.partition(" ")[0]) is not None:
        yield f".run: each word is an item of its own: run = {json.dumps(_words_of(command.run))}"
    elif shutil.which(name) is None:
        _LOGGER.warning("skills.commands: there is no program %s on the PATH", name)


def _words_of(run: tuple[str, ...]) -> list[str]:
    """The words, if the first item is a whole command line."""
    return [*run[0].split(), *run[1:]]


def _shadow(texts: list[str], owners: dict[str, int], at: int) -> int | None:
    """The command that already has all of these texts; new texts are assigned to this command."""
    others = {owners.get(text, at) for text in texts}
    for text in texts:
        owners.setdefault(text, at)
    return None if at in others else min(others)


def _example(text: str, lists: Mapping[str, tuple[str, ...]]) -> str:
    def first(match: re.Match[str]) -> str:
        entry = next(iter(lists[match[1]]), "")
        return entry.partition("..")[0] if _RANGE.fullmatch(entry) else entry

    return re.sub(r"\{(\w+)\}", first, text)


def _slot_of(name: str, slot: str) -> str:
    return slot.removeprefix(":") or name


def _renamed(match: re.Match[str]) -> str:
    return f"{{{_PREFIX}{match[1]}:{_slot_of(match[1], match[2])}}}"


def _answer(command: CommandConfig) -> Answer:
    def answer(said: Said) -> list[ReplyItem]:
        output = ""
        if command.run is not None:
            arguments = [_filled(argument, said) for argument in command.run]
            output = _speakable(program.run(arguments, command.timeout_s, said.token))
        if command.say is not None:
            return [Say(_filled(command.say, said))]
        return [Say(output or "Done.")]

    return answer


def _filled(text: str, said: Said) -> str:
    """Fill the slots in one pass, so that slots within values are kept."""
    return _SLOT.sub(lambda match: one_line(said.get(match[1]) or ""), text)


def _speakable(output: str) -> str:
    text = " ".join(one_line(output).split())
    if len(text) <= _SPOKEN:
        return text
    return f"{text[:_SPOKEN].rpartition(' ')[0] or text[:_SPOKEN]} ..."
