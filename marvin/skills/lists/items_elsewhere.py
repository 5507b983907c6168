"""What is said for a list, and the names of lists, in languages other than English."""

import re
from functools import lru_cache

from marvin.languages.language import Language
from marvin.languages.translation import spoken
from marvin.skills.sentence_patterns import Said
from marvin.skills.text import as_heard


def items_in(language: Language, text: str, *, whole: bool) -> list[str]:
    """`Milch` and `Eier` of `etwas Milch und die Eier`; nothing if it is not clear. `whole`: an
    entry is a sentence."""
    if any(phrase.lower() in text.lower() for phrase in language.lists["list_name"]):
        return []  # Two lists in one sentence.
    parts = [text] if whole else _between(language).split(text)
    items = [without_determiner(language, part.strip()) for part in parts]
    never = language.words.function_words - set(language.words.indefinite)
    if any(item.lower().split(" ")[0] in never for item in items):
        return []
    return [item for item in dict.fromkeys(items) if item]


def without_determiner(language: Language, item: str) -> str:
    return _determiners(language).sub("", item)


def same_item(language: Language, item: str) -> str:
    """Equal for singular and plural, with or without an article or a number."""
    words = without_determiner(language, item.casefold()).split()
    while len(words) > 1 and (words[0].isdigit() or words[0] in language.words.indefinite):
        words = words[1:]
    word = " ".join(words)
    return re.sub(rf"(?<=..)(?:{'|'.join(language.words.plural_endings)})$", "", word)


def own_name(said: Said) -> str:
    """Of a list that only this user has: `Urlaubs` of `Urlaubsliste`."""
    name = as_heard(said.get("any_list") or "", said.heard)
    return next((name.removesuffix(end) for end in _endings() if name.endswith(end)), name)


def no_list(said: Said) -> bool:
    """Whether what stands for a list is something else, where its name is one word with `liste`:
    `auf die Couch`."""
    name, endings, language = said.get("any_list"), _endings(), spoken()
    if name is None or language is None or not endings:
        return False
    known = tuple(phrase.lower() for phrase in language.lists["list_name"])
    if name in endings or name.endswith(known):
        return True  # Another sentence has it.
    return not name.endswith(endings) and not any(f"{name} {end}" in said.text for end in endings)


def _endings() -> tuple[str, ...]:
    language = spoken()
    return tuple(language.lists.get("list_ending", ())) if language else ()


@lru_cache
def _between(language: Language) -> re.Pattern[str]:
    also = "|".join(map(re.escape, language.words.also))
    return re.compile(rf"\s*,\s*(?:(?:{also})\s+)?|\s+(?:{also})\s+", re.IGNORECASE)


@lru_cache
def _determiners(language: Language) -> re.Pattern[str]:
    """At the start, one or several, or at the end."""
    words = sorted(language.words.determiners, key=len, reverse=True)
    one = "|".join(re.escape(word) + ("" if word.endswith("'") else r"\s+") for word in words)
    last = "|".join(re.escape(word) for word in words)
    return re.compile(rf"^(?:{one})+(?=.)|(?<=.)\s+(?:{last})$", re.IGNORECASE)
