"""Sentences and lists that users write: their mistakes, and their place beside built-in ones."""

import re
from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches

from marvin.skills.sentence_patterns import Words, canonical_template, expansions
from marvin.skills.text import canonical

Lists = Mapping[str, Sequence[str]]
"""The entries of each list: plain phrases, or one range such as `0..100`."""

_REFERENCE = re.compile(r"\{(\w+)((?::\w+)?)\}")
"""In a sentence: `{list}` or `{list:slot}`."""
_RANGE = re.compile(r"(-?\d+)\.\.(-?\d+)")
_NAME = re.compile(r"[a-z_][a-z0-9_]*")
_EXPANSIONS = 64
"""Longer templates are compared by their first texts."""


def list_problems(lists: Lists, place: str = "skills.lists.") -> Iterator[str]:
    """Each begins with `place` and the name of the list."""
    for name, entries in lists.items():
        key = f"{place}{name}"
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


def words_of_list(entries: Sequence[str]) -> Words:
    bounds = _RANGE.fullmatch(entries[0]) if len(entries) == 1 else None
    if bounds is None:
        return tuple(entries)
    return range(int(bounds[1]), int(bounds[2]) + 1)


def sentence_problems(sentence: str, lists: Lists, place: str = "skills.lists.") -> list[str]:
    """`place` and a name are where a missing list has to be added."""
    from hassil.parser import ParseError

    try:
        texts = texts_of(sentence)
    except (ParseError, AssertionError, ValueError, IndexError):
        return [f'"{sentence}": brackets do not match, or nothing is between them']
    problems = []
    if re.search(r"[{}<>;\\]", _REFERENCE.sub("", sentence)):
        problems.append(f'"{sentence}": only (a|b), [optional] and {{list}} can be used')
    for name, _ in _REFERENCE.findall(sentence):
        if name not in lists:
            close = get_close_matches(name, lists, 1)
            hint = f"did you mean {{{close[0]}}}?" if close else f"add {place}{name}"
            problems.append(f"there is no list {{{name}}} ({hint})")
    if not problems and not all(texts):
        problems.append(f'"{sentence}": would be heard where nothing was said')
    return problems


def texts_of(sentence: str) -> list[str]:
    """What can be said, with `{list}` in place of its entries. The sentence has no problems."""
    from hassil.parse_expression import parse_sentence

    expression = parse_sentence(canonical_template(sentence)).expression
    return [" ".join(text.split()) for text in expansions(expression, _EXPANSIONS)]


def shadow(texts: Sequence[str], owners: dict[str, int], at: int) -> int | None:
    """The command that already has all of these texts; new texts are assigned to this command."""
    others = {owners.get(text, at) for text in texts}
    for text in texts:
        owners.setdefault(text, at)
    return None if at in others else min(others)


def example(text: str, lists: Lists) -> str:
    """The text with the first entry of each list."""

    def first(match: re.Match[str]) -> str:
        entry = next(iter(lists[match[1]]), "")
        return entry.partition("..")[0] if _RANGE.fullmatch(entry) else entry

    return re.sub(r"\{(\w+)\}", first, text)


def slots_of(sentence: str) -> list[str]:
    return [_slot_of(*match) for match in _REFERENCE.findall(sentence)]


def with_slots(sentence: str) -> str:
    """The sentence with `{slot}` in place of `{list:slot}`."""
    return _REFERENCE.sub(lambda match: f"{{{_slot_of(match[1], match[2])}}}", sentence)


def renamed(sentence: str, prefix: str) -> str:
    """The sentence with the prefix before the names of its lists."""
    return _REFERENCE.sub(
        lambda match: f"{{{prefix}{match[1]}:{_slot_of(match[1], match[2])}}}", sentence
    )


def _slot_of(name: str, slot: str) -> str:
    return slot.removeprefix(":") or name


def said_texts(sentence: str, lists: Lists) -> Iterator[str]:
    """What can be said, in which lists of equal entries are equal. The sentence has no problems."""
    for text in texts_of(sentence):
        yield _REFERENCE.sub(lambda match: f"{{{'|'.join(sorted(lists[match[1]]))}}}", text)
