"""Writes the sentences of a group with given values in their slots: matching in reverse."""

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING

from marvin.languages.language import Language
from marvin.languages.translation import speaking
from marvin.skills.sentence_patterns import (
    RULES,
    WILDCARD,
    Names,
    Numbers,
    SentenceGroup,
    Words,
    canonical_template,
)
from marvin.skills.text import canonical
from marvin.skills.understood import Understood

if TYPE_CHECKING:
    from hassil.expression import Expression

Values = Mapping[str, str]
"""By slot."""
_Texts = dict[frozenset[str], str]
"""The first text for each set of slots that are filled in it."""
_EMPTY: _Texts = {frozenset(): ""}


def rendered(
    group: SentenceGroup, values: Values, fixed: Values, understood: Understood
) -> Iterator[str]:
    """Sentences with all the values, each in the first wording of its template. `fixed` values are
    used only where a sentence needs them."""
    for template in group.sentences + group.written:
        with speaking(understood.language):
            writing = _Writing({**fixed, **values}, understood)
            texts = writing.texts(_parsed(template, understood.language))
        fitting = [used for used in texts if values.keys() <= used]
        if fitting:
            yield " ".join(texts[min(fitting, key=len)].split())


def references(group: SentenceGroup, understood: Understood) -> Iterator[tuple[str, str]]:
    """The lists of a group, each with the slot that it fills."""
    with speaking(understood.language):
        for template in group.sentences:
            yield from _references(_parsed(template, understood.language))


def _references(expression: "Expression") -> Iterator[tuple[str, str]]:
    from hassil.expression import Group, ListReference

    if isinstance(expression, ListReference):
        yield expression.list_name, expression.slot_name
    for item in expression.items if isinstance(expression, Group) else ():
        yield from _references(item)


@lru_cache(maxsize=2048)
def _parsed(template: str, language: Language | None) -> "Expression":
    """`language` is the one that is spoken."""
    from hassil.parse_expression import parse_sentence

    return parse_sentence(canonical_template(template)).expression


class _Writing:
    def __init__(self, values: Values, understood: Understood) -> None:
        self._values = values
        self._language = understood.language
        self._rules: dict[str, str] = dict(RULES)
        self._lists: dict[str, Words] = {}
        for skill in understood.skills:
            self._rules |= skill.rules
            self._lists |= skill.lists
        self._known: dict[str, _Texts] = {}
        """By rule."""

    def texts(self, expression: "Expression") -> _Texts:
        from hassil.expression import (
            Alternative,
            Group,
            ListReference,
            RuleReference,
            TextChunk,
        )

        if isinstance(expression, TextChunk):
            return {frozenset(): expression.original_text}
        if isinstance(expression, ListReference):
            return self._filled(expression.list_name, expression.slot_name)
        if isinstance(expression, RuleReference):
            name = expression.rule_name
            if name not in self._known:
                self._known[name] = self.texts(_parsed(self._rules[name], self._language))
            return self._known[name]
        assert isinstance(expression, Group)
        if isinstance(expression, Alternative):
            # What is optional is left out, unless it has a slot with a value.
            choices = sorted(map(self.texts, expression.items), key=lambda texts: texts != _EMPTY)
            return _first(pair for texts in choices for pair in texts.items())
        found: _Texts = {frozenset(): ""}
        for item in expression.items:
            more = self.texts(item)
            found = _first(
                (one | other, text + end)
                for one, text in found.items()
                for other, end in more.items()
                if not one & other
            )
        return found

    def _filled(self, name: str, slot: str) -> _Texts:
        """Nothing if the slot has no value, or none that fits."""
        value = self._values.get(slot)
        if value is None:
            return {}
        words = self._lists.get(name)
        if words is None:
            text = canonical(value) if WILDCARD.match(f"{{{name}}}") else None
        elif isinstance(words, range | Numbers):
            numbers = range(words.largest + 1) if isinstance(words, Numbers) else words
            text = value if value.isdecimal() and int(value) in numbers else None
        else:
            text = _phrase(words, value)
        return {frozenset({slot}): text} if text else {}


def _phrase(words: tuple[str, ...] | Names | Mapping[str, str], value: str) -> str | None:
    """The phrase of a list, which may be given by what it stands for."""
    if isinstance(words, Names):
        words = words.spoken + words.written
    wanted = canonical(value)
    for phrase in words:
        if canonical(phrase) == wanted:
            return canonical(phrase)
    if isinstance(words, Mapping):
        return next((canonical(one) for one, meant in words.items() if meant == value), None)
    return None


def _first(pairs: Iterator[tuple[frozenset[str], str]]) -> _Texts:
    found: _Texts = {}
    for used, text in pairs:
        found.setdefault(used, text)
    return found
