"""The user's own commands, from `[[skills.commands]]`."""

import json
import logging
import re
import shlex
import shutil
from collections.abc import Iterator

from marvin.boundary.terminal import one_line
from marvin.config.tables import CommandConfig, SkillsConfig
from marvin.languages.translation import tr
from marvin.skills import program
from marvin.skills.sentence_patterns import Answer, Said, SentenceGroup, Skill
from marvin.skills.user_sentences import (
    example,
    list_problems,
    renamed,
    sentence_problems,
    shadow,
    slots_of,
    texts_of,
    words_of_list,
)
from marvin.types import ReplyItem, Say

_LOGGER = logging.getLogger(__name__)

_SLOT = re.compile(r"\{([a-z_][a-z0-9_]*)\}")
"""In `say` and `run`. Other braces are kept, because programs take JSON."""
_SPOKEN = 500
"""Longest spoken output, in characters."""


def commands_skill(
    config: SkillsConfig, name: str = "commands", prefix: str = "user_"
) -> tuple[Skill, list[str]]:
    """The user's commands as a skill, and all problems with them. `prefix` keeps the user's lists
    apart from others of the same name."""
    problems = list(list_problems(config.lists))
    lists = {prefix + name: words_of_list(entries) for name, entries in config.lists.items()}
    owners: dict[str, int] = {}
    phrases = []
    examples = []
    for at, command in enumerate(config.commands):
        key = f"skills.commands[{at}]"
        slots: set[str] = set()
        for number, sentence in enumerate(command.sentences):
            found = sentence_problems(sentence, config.lists)
            problems += [f"{key}.sentences[{number}]: {problem}" for problem in found]
            slots.update(slots_of(sentence))
            if not found:
                texts = texts_of(sentence)
                first = shadow(texts, owners, at)
                if first is not None:
                    problems.append(
                        f"{key}.sentences[{number}]: can never be heard, "
                        f"skills.commands[{first}] has the same words"
                    )
                if number == 0:
                    examples.append(example(texts[0], config.lists))
        problems += [f"{key}{problem}" for problem in _action_problems(command, slots)]
        sentences = tuple(renamed(sentence, prefix) for sentence in command.sentences)
        phrases.append(SentenceGroup(sentences, _answer(command)))
    return Skill(name, tuple(phrases), tuple(examples), lists), problems


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


def _answer(command: CommandConfig) -> Answer:
    def answer(said: Said) -> list[ReplyItem]:
        output = ""
        if command.run is not None:
            arguments = [_filled(argument, said) for argument in command.run]
            output = speakable(program.run(arguments, command.timeout_s, said.token))
        if command.say is not None:
            return [Say(_filled(command.say, said))]
        return [Say(output or tr("Done."))]

    return answer


def action_text(command: CommandConfig, said: Said) -> str:
    """What the command would do."""
    if command.run is None:
        return f'says "{_filled(command.say or "", said)}"'
    return f"runs {shlex.join(_filled(argument, said) for argument in command.run)}"


def _filled(text: str, said: Said) -> str:
    """Fill the slots in one pass, so that slots within values are kept."""
    return _SLOT.sub(lambda match: one_line(said.get(match[1]) or ""), text)


def speakable(output: str) -> str:
    """On one line, cut after `_SPOKEN` characters."""
    text = " ".join(one_line(output).split())
    if len(text) <= _SPOKEN:
        return text
    return f"{text[:_SPOKEN].rpartition(' ')[0] or text[:_SPOKEN]} ..."
