"""A skill with the sentences of another language in place of its English ones."""

from collections.abc import Mapping
from dataclasses import replace

from marvin.languages.language import Area, Language
from marvin.skills.sentence_patterns import ANY_LANGUAGE, Names, Skill, Words

_FREE = ("{any_", "{free_")


def translated(
    skill: Skill, language: Language, names: Mapping[str, tuple[str, ...]]
) -> Skill | None:
    """The skill in that language; None if none of its sentences are.

    Slots, and therefore answers, are the same in every language: a phrase of a list has the English
    one as its value, and numbers are digits. `names` are the user's own phrases for lists.
    """
    area = language.areas.get(skill.name, Area())
    phrases = []
    for phrase in skill.phrases:
        if phrase.key == ANY_LANGUAGE:
            phrases.append(phrase)
        elif templates := area.sentences.get(phrase.key):
            spoken = tuple(text for text in templates if not any(free in text for free in _FREE))
            written = tuple(text for text in templates if text not in spoken)
            phrases.append(replace(phrase, sentences=spoken, written=written))
    if skill.phrases and not phrases:
        return None
    return Skill(
        skill.name,
        tuple(phrases),
        area.examples if skill.examples else (),
        {**_numbers(skill), **_phrases(language, names)},
        language.rules,
        language.spoken_rules,
    )


def _numbers(skill: Skill) -> dict[str, Words]:
    """Ranges of numbers, which every language shares."""
    return {
        name: words
        for name, words in skill.lists.items()
        if not isinstance(words, tuple | Names | Mapping)
    }


def _phrases(language: Language, names: Mapping[str, tuple[str, ...]]) -> dict[str, Words]:
    lists: dict[str, Words] = {}
    for name, phrases in language.lists.items():
        same = dict.fromkeys(phrases) if isinstance(phrases, tuple) else phrases
        lists[name] = {text: meaning or text for text, meaning in same.items()} | {
            text: text for text in names.get(name, ())
        }
    return lists
