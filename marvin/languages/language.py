"""Reads the file of a language."""

import tomllib
from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files

from pydantic import ConfigDict, Field, TypeAdapter
from pydantic.dataclasses import dataclass

from marvin.errors import ConfigError

CODES = ("de", "es", "fr", "it", "nl")
"""ISO 639-1 codes of the languages that have a file."""

_strict = dataclass(frozen=True, config=ConfigDict(extra="forbid"))


@_strict
class Words:
    """The table `[words]`."""

    name: str
    """Of the language, in its own words."""
    english: str
    """Its name in English."""
    greetings: tuple[str, ...]
    """Said before Marvin's name."""
    never_last: frozenset[str]
    """Words that need another one after them. Not German `an`: "mach das Licht an"."""
    negations: frozenset[str]
    starters: frozenset[str]
    """Words that begin a sentence more often than they follow an abbreviation."""
    polite_before: tuple[str, ...]
    """Said before a request without changing it."""
    polite_after: tuple[str, ...]
    polite_among: tuple[str, ...]
    """Said in the middle of one."""
    symbols: Mapping[str, str]
    """`%` as `prozent`. `-`, `x` and `/` count between numbers only."""
    same: Mapping[str, str]
    """Words that are replaced by another of the same meaning: `zwei` by `2`."""
    fractions: tuple[str, ...]
    """Those that would be read as ordinal numbers: `cuarto`."""
    to_the_user: Mapping[str, str]
    """What the user says of themselves, as Marvin says it to them: `meine` as `deine`. `…` is any
    words between: `ich … muss`."""
    also: tuple[str, ...]
    """Between the items of a list: `und`."""
    mine: tuple[str, ...]
    """`meine`: says that something belongs to the speaker."""
    indefinite: tuple[str, ...]
    """Articles, which are part of an item of a list: `un litro de leche`."""
    determiners: tuple[str, ...]
    """Around an item of a list, and no part of it: `etwas`, `die`."""
    plural_endings: tuple[str, ...]
    """Regular expressions of them, also of the singular if that changes: `en`."""
    function_words: frozenset[str]
    """Never part of a name, such as that of a timer."""
    nouns: Mapping[str, tuple[str, str]]
    """Singular and plural of an English noun, after a number."""


@_strict
class Area:
    """What a skill understands and says. Sentences are hassil templates, matched against canonical
    texts (`skills/text_elsewhere.py`)."""

    examples: tuple[str, ...] = ()
    sentences: Mapping[str, tuple[str, ...]] = Field(default_factory=dict)
    """By key of the sentence group."""
    unless: str = ""
    """A regular expression. A text in which it occurs asks for nothing that the area would do."""
    rules: Mapping[str, str] = Field(default_factory=dict)
    """Of all areas."""
    spoken_rules: Mapping[str, str] = Field(default_factory=dict)
    """Smaller versions of some rules, for the recogniser's grammar."""
    lists: Mapping[str, Mapping[str, str] | tuple[str, ...]] = Field(default_factory=dict)
    """Of all areas: the phrases of a slot, each with the English one that it stands for; or only
    phrases, which stand for themselves."""
    replies: Mapping[str, str] = Field(default_factory=dict)
    """By the English reply."""


class Language:
    """The file of a language."""

    def __init__(self, code: str, words: Words, areas: Mapping[str, Area]) -> None:
        self.code = code
        self.words = words
        self.areas = areas
        """By the name of the skill, or of what several skills share."""
        self.rules = {k: v for area in areas.values() for k, v in area.rules.items()}
        self.spoken_rules = {k: v for area in areas.values() for k, v in area.spoken_rules.items()}
        self.lists = {k: v for area in areas.values() for k, v in area.lists.items()}
        self.replies = {k: v for area in areas.values() for k, v in area.replies.items()}

    def meanings(self, slot: str) -> frozenset[str]:
        """What the phrases of a list stand for, in English."""
        phrases = self.lists[slot]
        return frozenset(phrases.values() if isinstance(phrases, Mapping) else phrases)

    def named(self, slot: str, *meanings: str) -> str:
        """The first phrase of a list with one of the meanings, which are tried in their order:
        `montag` for `monday`."""
        phrases = self.lists[slot]
        assert isinstance(phrases, Mapping)
        return next(
            phrase for meaning in meanings for phrase, one in phrases.items() if one == meaning
        )


_WORDS, _AREAS = TypeAdapter(Words), TypeAdapter(dict[str, Area])


@lru_cache
def language(code: str) -> Language:
    """Raises ConfigError: There is no file for this language."""
    if code not in CODES:
        known = ", ".join(("en", *CODES))
        raise ConfigError(f"there are no skills in the language {code!r}, only in {known}")
    text = files("marvin.languages").joinpath(f"{code}.toml").read_text(encoding="utf-8")
    areas = tomllib.loads(text)
    words = areas.pop("words")
    return Language(code, _WORDS.validate_python(words), _AREAS.validate_python(areas))
