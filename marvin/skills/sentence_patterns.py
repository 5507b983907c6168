"""Sentence templates, declared once for the matcher, the recogniser's grammar and the help."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING

from marvin.cancellation import CancelToken
from marvin.dialogue import Dialogue
from marvin.languages.language import Language
from marvin.languages.translation import spoken
from marvin.skills.text import canonical
from marvin.types import ReplyItem

if TYPE_CHECKING:
    from hassil import Intents
    from hassil.expression import Expression, Sentence
    from hassil.intents import SlotList

Slots = tuple[tuple[str, str | int], ...]
"""Names and values, in spoken order."""


@dataclass(frozen=True, slots=True)
class Said:
    """A matched sentence."""

    slots: Slots = ()
    """Phrases as in their list, numbers as int."""
    token: CancelToken = field(default_factory=CancelToken)
    text: str = ""
    """The whole text, canonical."""
    dialogue: Dialogue = field(default_factory=Dialogue)
    """The dialogue of the conversation in which it was said."""
    about: object = None
    """The subject of the question that it answers."""
    heard: str = ""
    """The whole text as it was transcribed or typed, with its punctuation."""

    def get(self, name: str) -> str | None:
        return next((str(value) for slot, value in self.slots if slot == name), None)

    def number(self, name: str) -> int | None:
        values = (value for slot, value in self.slots if slot == name)
        return next((value for value in values if isinstance(value, int)), None)


ANY_LANGUAGE = "any language"

Answer = Callable[[Said], list[ReplyItem] | None]
"""An empty reply is silence; None passes the sentence on to the next match."""


@dataclass(frozen=True, slots=True)
class SentenceGroup:
    """Sentences with the same meaning."""

    sentences: tuple[str, ...]
    """Hassil templates, for texts and for the recogniser's grammar. Few, and none short or vague:
    each one makes the recogniser turn more noise into commands.
    """
    answer: Answer
    question: str | None = None
    """Matches only right after this question was asked."""
    written: tuple[str, ...] = ()
    """More templates, for texts only. `{any_*}` slots take names of up to three words, `{free_*}`
    slots the rest of a sentence."""
    tentative: bool = False
    """A question or a refusal, which only applies if the user says no more."""
    unless: Callable[[Said], bool] = lambda said: False
    """Returns whether a match should be ignored after all."""
    request: Callable[[Said], str] = lambda said: ""
    """What Home Assistant is asked first, if there is one; empty: nothing."""
    key: str = ""
    """Names it within its skill, in the files of other languages. Empty: English only.
    `ANY_LANGUAGE`: the same everywhere."""


@dataclass(frozen=True, slots=True)
class Numbers:
    spoken: range
    """In the recogniser's grammar."""
    largest: int
    """In a text: larger numbers are understood too, and get a proper answer."""


@dataclass(frozen=True, slots=True)
class Names:
    """Phrases, some of which are only written: `km`."""

    spoken: tuple[str, ...]
    written: tuple[str, ...]


Words = tuple[str, ...] | range | Numbers | Names | Mapping[str, str]
"""A mapping has phrases of another language, each with the English one that it stands for."""
_HashableWords = tuple[tuple[str, str], ...] | range


@dataclass(frozen=True, slots=True)
class Skill:
    """Sentence groups that can be disabled by name."""

    name: str
    phrases: tuple[SentenceGroup, ...]
    examples: tuple[str, ...] = ()
    """Examples for the help."""
    lists: Mapping[str, Words] = field(default_factory=dict)
    rules: Mapping[str, str] = field(default_factory=dict)
    spoken_rules: Mapping[str, str] = field(default_factory=dict)
    """Smaller versions of some `rules`, for the recogniser's grammar."""


RULES = {"what_is": "(what is|what's|whats)"}

_NO_NAME = frozenset(
    (
        *("a", "all", "an", "and", "another", "be", "do", "for", "i", "in", "is", "it", "left"),
        *("me", "more", "my", "of", "on", "one", "or", "other", "that", "the", "this", "timer"),
        *("timers", "to", "what", "with", "you"),
    )
)
"""Never part of a name."""
_NO_NAME_ALONE = frozenset(("first", "second", "third", "fourth", "fifth", "next", "last", "new"))
_NAME_WORDS, _FREE_WORDS = 3, 25

_TEMPLATE_PARTS = re.compile(r"(\{[^{}]*\}|<[^<>]*>|[()\[\]{}<>|;\\])")

WILDCARD = re.compile(r"\{((?:any|free)_\w+)")


class Matcher:
    """Finds the sentence groups that match a text, in the order of the skills."""

    def __init__(self, intents: "Intents", phrases: Mapping[int, SentenceGroup]) -> None:
        self._intents = intents
        self._phrases = phrases
        """Keyed by the id of hassil's sentence, which `intents` keeps alive."""

    @classmethod
    def load(cls, skills: Sequence[Skill]) -> "Matcher":
        """Compile in the language that is spoken."""
        phrases = [
            (phrase, text)
            for skill in skills
            for phrase in skill.phrases
            for text in phrase.sentences + phrase.written
        ]
        lists: dict[str, Words] = {}
        rules = dict(RULES)
        for skill in skills:
            rules |= skill.rules
            lists |= skill.lists
        intents, sentences = _compiled(
            spoken(),
            tuple(text for _, text in phrases),
            tuple((name, _hashable(words)) for name, words in lists.items()),
            tuple(rules.items()),
        )
        found = zip(sentences, (phrase for phrase, _ in phrases), strict=True)
        return cls(intents, {id(sentence): phrase for sentence, phrase in found})

    def find(self, text: str) -> Iterator[tuple[SentenceGroup, Slots]]:
        """All interpretations of a canonical text."""
        from hassil import recognize_all

        for result in recognize_all(text, self._intents):
            phrase = self._phrases[id(result.intent_sentence)]
            slots = tuple((entity.name, _value(entity.value)) for entity in result.entities_list)
            if all(_plausible(*slot, text) for slot in slots):
                yield phrase, slots


@lru_cache(maxsize=8)
def _compiled(
    language: Language | None,
    texts: tuple[str, ...],
    lists: "tuple[tuple[str, _HashableWords], ...]",
    rules: tuple[tuple[str, str], ...],
) -> "tuple[Intents, Sequence[Sentence]]":
    """The intents, and the sentence of each text. A reload compiles the same ones again."""
    from hassil import Intents, recognize_best
    from hassil.intents import Intent, IntentData
    from hassil.parse_expression import parse_sentence

    # Texts are canonical when matched, so templates must be, too.
    data = IntentData(sentence_texts=[canonical_template(text) for text in texts])
    intents = Intents(
        language="en",
        intents={"": Intent(name="", data=[data])},
        slot_lists={name: _slot_list(name, words) for name, words in lists}
        | _wildcards((*(text for _, text in rules), *data.sentence_texts)),
        expansion_rules={name: parse_sentence(canonical_template(text)) for name, text in rules},
    )
    recognize_best("warm", intents)  # hassil prepares its filter on the first call.
    return intents, data.sentences


def _value(value: object) -> str | int:
    return int(value) if isinstance(value, int | float) else str(value).strip()


def _plausible(name: str, value: str | int, text: str) -> bool:
    """Free names are short, without numbers or function words."""
    words = str(value).split()
    if name.startswith(("any_", "free_")) and f" {value} " not in f" {text} ":
        return False  # hassil starts "to morrow" in the middle of a word.
    if name.startswith("free_"):
        return len(words) <= _FREE_WORDS
    if not name.startswith("any_"):
        return True
    if len(words) > _NAME_WORDS or value in _NO_NAME_ALONE:
        return False
    language = spoken()
    never = language.words.function_words if language else _NO_NAME
    return all(word.replace("'", "").isalpha() and word not in never for word in words)


def canonical_template(template: str) -> str:
    parts = _TEMPLATE_PARTS.split(template)
    for at in range(0, len(parts), 2):
        words = parts[at]
        before = " " if words[:1].isspace() else ""
        after = " " if words[-1:].isspace() else ""
        text = canonical(words)
        parts[at] = f"{before}{text}{after}" if text else before
    return "".join(parts)


def _hashable(words: Words) -> _HashableWords:
    """Phrases become pairs of a phrase and what it stands for."""
    if isinstance(words, Mapping):
        return tuple(words.items())
    if isinstance(words, Names):
        words = words.spoken + words.written
    if isinstance(words, tuple):
        return tuple((text, text) for text in words)
    return range(words.largest + 1) if isinstance(words, Numbers) else words


def _slot_list(name: str, words: _HashableWords) -> "SlotList":
    from hassil.expression import TextChunk
    from hassil.intents import RangeSlotList, TextSlotList, TextSlotValue

    if isinstance(words, tuple):
        # The longest first: "an hour and a half" must not end at "an hour".
        phrases = sorted(words, key=lambda phrase: len(phrase[0]), reverse=True)
        values = [TextSlotValue(TextChunk(canonical(text)), value) for text, value in phrases]
        return TextSlotList(name=name, values=values)
    # Numbers are digits in a canonical text; hassil's own number words would take long to prepare.
    return RangeSlotList(name=name, start=words.start, stop=words[-1], step=words.step, words=False)


def _wildcards(texts: Iterable[str]) -> "dict[str, SlotList]":
    from hassil.intents import WildcardSlotList

    return {name: WildcardSlotList(name=name) for name in WILDCARD.findall(" ".join(texts))}


def expansions(expression: "Expression", limit: int) -> list[str]:
    """The first texts of a template without rules; slots are kept."""
    from hassil.expression import Alternative, Group, ListReference, TextChunk

    if isinstance(expression, TextChunk):
        return [expression.original_text]
    if isinstance(expression, ListReference):
        return [f"{{{expression.list_name}}}"]
    if isinstance(expression, Alternative):
        choices = (text for item in expression.items for text in expansions(item, limit))
        return list(dict.fromkeys(choices))[:limit]
    texts = [""]
    for item in expression.items if isinstance(expression, Group) else ():
        texts = [text + end for text in texts for end in expansions(item, limit)][:limit]
    return texts
