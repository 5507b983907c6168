"""Skills as tools of a language model: a call becomes a sentence that a user could have said.

So a call does nothing that a spoken command could not do. The slots of a sentence group are the
parameters; the user's own skills offer all of theirs, the built-in ones what `TOOLS` lists.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from marvin.languages.translation import speaking
from marvin.skills.rendering import Values, references, rendered
from marvin.skills.sentence_patterns import (
    Names,
    Numbers,
    SentenceGroup,
    Skill,
    Words,
)
from marvin.skills.text import canonical
from marvin.skills.tool_table import TOOLS, Parameter, TableEntry
from marvin.skills.understood import Understood
from marvin.skills.user_sentences import texts_of
from marvin.types import Tool

OWN = "own"
"""Stands for the user's own skills and commands, in `tools.skills`."""
_MOST_VALUES = 40
"""Longer lists of phrases are not spelt out for the model."""
_LONGEST_VALUE = 200


class ArgumentsError(Exception):
    """What is wrong with the arguments, as told to the model."""


@dataclass(frozen=True, slots=True)
class SkillTool:
    tool: Tool
    skill: str
    acts: bool
    """Whether it changes something."""
    own: bool
    """Whether it is the user's own: what it says may come from anywhere."""
    group: SentenceGroup
    parameters: Mapping[str, Parameter]
    understood: Understood
    fixed: Values = field(default_factory=dict)

    def sentences(self, arguments: Mapping[str, object]) -> list[str]:
        """What a user would say, the most usual wording first. Raises ArgumentsError."""
        for name in arguments:
            if name not in self.parameters:
                raise ArgumentsError(f"there is no parameter {name!r}")
        for name, parameter in self.parameters.items():
            if parameter.required and arguments.get(name) in (None, ""):
                raise ArgumentsError(f"the parameter {name!r} is missing")
        found = [
            text
            for values in self.slot_values(arguments)
            for text in rendered(self.group, values, self.fixed, self.understood)
        ]
        if not found:
            raise ArgumentsError("these values do not go together, or one is not possible")
        return found

    def slot_values(self, arguments: Mapping[str, object]) -> Iterator[Values]:
        """The values by slot: a parameter may fill one of several."""
        given = [
            (self.parameters[name].slots, _text(value))
            for name, value in arguments.items()
            if value not in (None, "")
        ]
        for at in range(max((len(slots) for slots, _ in given), default=1)):
            yield {slots[min(at, len(slots) - 1)]: text for slots, text in given}


def _text(value: object) -> str:
    """Raises ArgumentsError."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise ArgumentsError("each value should be a text or a number")
    text = " ".join(str(value).split())
    if len(text) > _LONGEST_VALUE:
        raise ArgumentsError(f"a value is longer than {_LONGEST_VALUE} characters")
    return text


def skill_tools(
    understood: Understood, offered: Sequence[str], built_in: Sequence[str]
) -> list[SkillTool]:
    """The tools of the `offered` skills, in a language; `built_in` are the names of all others than
    the user's own."""
    tools: list[SkillTool] = []
    with speaking(understood.language):
        skills = {skill.name: skill for skill in understood.skills}
        for entry in TOOLS:
            if entry.skill in offered and entry.skill in skills:
                tools += _from_table(entry, skills[entry.skill], understood)
        if OWN in offered:
            for skill in understood.skills:
                if skill.name not in (*built_in, *NOT_OWN):
                    tools += _own(skill, understood)
    return list({one.tool.name: one for one in reversed(tools)}.values())[::-1]


NOT_OWN = ("number", "readings", "tools", "limits", "home_assistant")
"""Built-in skills that cannot be disabled, and the sentences of Home Assistant."""


def _from_table(entry: TableEntry, skill: Skill, understood: Understood) -> Iterator[SkillTool]:
    """Nothing if the language has no such sentence."""
    for group in skill.phrases:
        if group.key == entry.key and group.question is None:
            tool = SkillTool(
                Tool(entry.name, entry.description, _schema(entry.parameters, skill.lists)),
                *(skill.name, entry.acts, False, group, entry.parameters, understood),
                entry.fixed,
            )
            examples = {k: one.example for k, one in entry.parameters.items() if one.example}
            if any(
                text
                for values in tool.slot_values(examples)
                for text in rendered(group, values, entry.fixed, understood)
            ):
                yield tool
                return


def _own(skill: Skill, understood: Understood) -> Iterator[SkillTool]:
    for group in skill.phrases:
        text = min(texts_of(group.sentences[0]), key=len)
        slots = {slot: name for name, slot in references(group, understood)}
        parameters = {
            slot: Parameter((slot,), _kind(skill.lists.get(name)), "", required=False)
            for slot, name in slots.items()
        }
        lists = {slot: skill.lists[name] for slot, name in slots.items() if name in skill.lists}
        yield SkillTool(
            Tool(
                "_".join(canonical(_bare(text)).split())[:60] or "command",
                f'Does what the user\'s own command "{_bare(text)}" does.',
                _schema(parameters, lists),
            ),
            *(skill.name, True, True, group, parameters, understood),
        )


def _bare(text: str) -> str:
    """A template's text without its slots."""
    return " ".join(word for word in text.split() if "{" not in word)


def _kind(words: Words | None) -> str:
    return "integer" if isinstance(words, range | Numbers) else "string"


def _schema(
    parameters: Mapping[str, Parameter], lists: Mapping[str, Words]
) -> Mapping[str, object]:
    return {
        "type": "object",
        "properties": {
            name: _property(one, lists.get(one.slots[0])) for name, one in parameters.items()
        },
        "required": [name for name, one in parameters.items() if one.required],
    }


def _property(parameter: Parameter, words: Words | None) -> dict[str, object]:
    schema: dict[str, object] = {"type": parameter.kind}
    if parameter.description:
        schema["description"] = parameter.description
    if isinstance(words, Numbers):
        return schema | {"minimum": 1, "maximum": words.largest}
    if isinstance(words, range):
        return schema | {"minimum": words.start, "maximum": words[-1]}
    phrases = list(words.spoken if isinstance(words, Names) else words or ())
    if phrases and len(parameter.slots) == 1 and len(phrases) <= _MOST_VALUES:
        schema["enum"] = phrases
    return schema
