"""The skills' sentences, as a recogniser's grammar takes them."""

from collections.abc import Collection, Iterable, Mapping

from marvin.skills.sentence_patterns import WILDCARD, Names, Numbers, Skill, Words
from marvin.types import Patterns

_RULES = {"what_is": "(what is|what's)"}


def grammar(skills: Iterable[Skill], language: str) -> Patterns:
    """Sentences without `{any_*}` and `{free_*}` slots."""
    skills = list(skills)
    wild = _wild_rules({name: text for skill in skills for name, text in skill.rules.items()})
    sentences: list[str] = []
    answers: list[str] = []
    lists: dict[str, tuple[str, ...] | range] = {}
    rules = dict(_RULES)
    for skill in skills:
        for phrase in skill.phrases:
            (sentences if phrase.question is None else answers).extend(phrase.sentences)
        for name, words in skill.lists.items():
            lists[name] = _spoken_phrases(words)
        rules |= {name: text for name, text in skill.rules.items() if name not in wild}
        rules |= dict(skill.spoken_rules)
    wild -= rules.keys()
    return Patterns(
        _without(wild, sentences), lists, rules, answers=_without(wild, answers), language=language
    )


def _wild_rules(rules: Mapping[str, str]) -> set[str]:
    """Those that take any words, which a grammar cannot."""
    wild = {name for name, text in rules.items() if WILDCARD.search(text)}
    while more := {name for name, text in rules.items() if _refers_to(wild, text)} - wild:
        wild |= more
    return wild


def _refers_to(rules: Collection[str], text: str) -> bool:
    return any(f"<{name}>" in text for name in rules)


def _without(rules: Collection[str], sentences: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(text for text in sentences if not _refers_to(rules, text)))


def _spoken_phrases(words: Words) -> tuple[str, ...] | range:
    if isinstance(words, Numbers | Names):
        return words.spoken
    return tuple(words) if isinstance(words, Mapping) else words
