"""The spelling skill: spells words, and counts their letters."""

import re

from marvin.languages.translation import spoken, tr
from marvin.skills import spoken_numbers as numbers
from marvin.skills.sentence_patterns import Said, SentenceGroup, Skill
from marvin.skills.text import capital
from marvin.types import ReplyItem, Say

_MOST_WORDS = 3
_NO_WORD = re.compile(
    r"(?:it|that|this|them)$|.*\b(?:the|an?|my|your|for|of|out|on|to|me|us|is|are) "
    r"|.* (?:is|are|out)$"
)
"""Part of another sentence: `spell it`, `spell trouble for us`."""
_A_WORD = "[(the|a|my) (word|words|name|term) ]{free_word}"
_SPELL_WRITTEN = (
    "how (do|would|should|does|can) (you|i|we|one|someone) spell " + _A_WORD,
    "how to spell " + _A_WORD,
    "how (is|are|was) " + _A_WORD + " (spelled|spelt|written)",
    "(spell|spell out) (the|a|my) (word|words|name|term) {free_word}",
    "spell {free_word}",
    "<what_is> the [(correct|right) ]spelling (of|for) " + _A_WORD,
    "(tell me|do you know) how (to spell|you spell|i spell) " + _A_WORD,
)
_COUNT_WRITTEN = (
    "how many (letters|characters) (are |are there |does |is )[in ](the|a) (word|name) {free_word}"
    "[ have]",
    "how many (letters|characters) [(are|are there) ]in {free_word}",
    "how many (letters|characters) does {free_word} have",
    "how long is the (word|name) {free_word}",
)


def spelling_skill() -> Skill:
    phrases = (
        SentenceGroup((), _spell, written=_SPELL_WRITTEN, unless=_no_word, key="spell"),
        SentenceGroup((), _letters, written=_COUNT_WRITTEN, unless=_no_word, key="count"),
    )
    return Skill("spelling", phrases, ("how do you spell necessary",))


def _word(said: Said) -> str:
    """With number words again: a canonical text has digits."""
    from num2words import num2words

    language = spoken()
    code = language.code if language else "en"
    words = (said.get("free_word") or "").split()
    return " ".join(num2words(word, lang=code) if word.isdecimal() else word for word in words)


def _no_word(said: Said) -> bool:
    words = said.get("free_word") or ""
    if (language := spoken()) is not None:
        other = re.search(language.areas["spelling"].unless, said.text)
        return bool(len(words.split()) > _MOST_WORDS or other)
    long = len(words.split()) > (_MOST_WORDS if said.text.startswith("how ") else 2)
    named = re.search(r"\b(?:word|name) ", said.text)
    return bool(long or (not named and _NO_WORD.match(words)))


def _spell(said: Said) -> list[ReplyItem]:
    word = _word(said)
    letters = (_letter(letter) for letter in word.replace(" ", ""))
    return [Say(f"{capital(word)}: {', '.join(letters)}.")]


def _letter(letter: str) -> str:
    if letter == "'":
        return tr("apostrophe")
    return letter.upper() if letter != "ß" else letter


def _letters(said: Said) -> list[ReplyItem]:
    word = _word(said)
    count = sum(letter.isalpha() for letter in word)
    text = tr("{word} has {letters}.", word=word, letters=numbers.counted(count, "letter"))
    return [Say(capital(text))]
