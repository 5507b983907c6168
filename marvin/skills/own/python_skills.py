"""What a Python file of skills declares, checked, and how its functions are called."""

import logging
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from marvin.errors import SkillError
from marvin.languages.translation import tr
from marvin.skills.commands import speakable
from marvin.skills.own.skill_process import SkillFileError, SkillProcess
from marvin.skills.sentence_patterns import Answer, Said, SentenceGroup, Skill, Words
from marvin.skills.user_sentences import (
    example,
    list_problems,
    renamed,
    sentence_problems,
    slots_of,
    texts_of,
    with_slots,
    words_of_list,
)
from marvin.types import ReplyItem, Say

_LOGGER = logging.getLogger(__name__)


class DescribedSkill(BaseModel):
    """`Declared.description`, which comes from the user's process: it is not trusted."""

    model_config = ConfigDict(strict=True, frozen=True, allow_inf_nan=False)

    name: str
    line: int
    sentences: list[str]
    lists: dict[str, list[str]]
    examples: list[str]
    timeout_s: float
    parameters: list[str]
    needed: list[str]
    """Parameters without a default."""
    takes_all: bool
    """It has **slots."""


class DescribedFile(BaseModel):
    """What the process of a file answers to its start."""

    model_config = ConfigDict(strict=True, frozen=True)

    skills: list[DescribedSkill]
    tests: list[str]
    """Names of functions."""


def described(answer: Mapping[str, object]) -> DescribedFile:
    """Raises SkillFileError."""
    try:
        found = DescribedFile.model_validate(answer)
    except ValidationError:
        raise SkillFileError("its process writes nonsense") from None
    if not found.skills:
        raise SkillFileError("declares no skill: put @skill(...) before a function")
    return found


class ProcessCache:
    """Keeps the most recently used processes alive."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._alive: list[SkillProcess] = []

    def use(self, process: SkillProcess) -> None:
        """Call it before each use."""
        if process in self._alive:
            self._alive.remove(process)
        self._alive.append(process)
        while len(self._alive) > self._most:
            self._alive.pop(0).close()

    def close(self) -> None:
        while self._alive:
            self._alive.pop().close()


def python_skill(
    path: Path,
    prefix: str,
    found: Sequence[DescribedSkill],
    process: SkillProcess,
    processes: ProcessCache,
) -> tuple[Skill, list[str]]:
    """The file as a skill, and all problems with it. `prefix` keeps its lists apart."""
    problems = []
    phrases = []
    examples = []
    lists: dict[str, Words] = {}
    for at, one in enumerate(found):
        wrong = [*_problems(one)]
        problems += [f"{path}:{one.line}: {problem}" for problem in wrong]
        if wrong:
            continue
        # Two functions of a file may have different lists of one name.
        own = f"{prefix}{at}_"
        lists |= {own + name: words_of_list(entries) for name, entries in one.lists.items()}
        sentences = tuple(renamed(sentence, own) for sentence in one.sentences)
        phrases.append(SentenceGroup(sentences, _answer(path, at, one, process, processes)))
        examples += one.examples or [example(texts_of(one.sentences[0])[0], one.lists)]
    return Skill(path.name, tuple(phrases), tuple(examples), lists), problems


def _problems(one: DescribedSkill) -> Iterator[str]:
    yield from list_problems(one.lists, "lists.")
    for sentence in one.sentences:
        wrong = sentence_problems(sentence, one.lists, "it to lists: ")
        yield from wrong
        slots = slots_of(sentence)
        if not one.takes_all:
            for slot in slots:
                if slot not in one.parameters:
                    yield f'"{sentence}": {one.name}() has no parameter {slot}'
        if not wrong:
            texts = texts_of(with_slots(sentence))
            for name in one.needed:
                if not all(f"{{{name}}}" in text for text in texts):
                    why = "is not always said" if name in slots else "is not in it"
                    yield f'"{sentence}": the parameter {name} {why}: give it a default'


def call_text(one: DescribedSkill, said: Said) -> str:
    """The call as Python."""
    return f"{one.name}({', '.join(f'{name}={value!r}' for name, value in said.slots)})"


def _answer(
    path: Path, at: int, one: DescribedSkill, process: SkillProcess, processes: ProcessCache
) -> Answer:
    def answer(said: Said) -> list[ReplyItem]:
        slots: dict[str, Any] = {name: value for name, value in said.slots if value != ""}
        processes.use(process)
        try:
            text = process.call(at, slots, one.timeout_s, said.token)
        except SkillFileError as error:
            _LOGGER.warning("%s:%d: %s() failed: %s", path, error.line or one.line, one.name, error)
            raise SkillError(error.spoken) from error
        return [Say(speakable(text) or tr("Done."))]

    return answer
