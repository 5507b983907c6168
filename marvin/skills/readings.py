"""Asks which of two readings of a sentence was meant, and handles the answer."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import takewhile

from marvin.languages.translation import spoken, tr
from marvin.skills.sentence_patterns import Numbers, SentenceGroup, Skill
from marvin.skills.text import canonical, capital

WHICH = "which reading"
"""For `SentenceGroup.question`."""

_SHORT = ("on", "off", "up", "down")
"""Words that are clear enough to ask about on their own."""
_AROUND = ("i", "said", "meant", "make", "it", "for")
"""Words that an answer may have around the part in question."""
_FIRST = ("first", "the first", "first 1", "the first 1")
_SECOND = ("second", "the second", "second 1", "the second 1")


def _words(name: str, english: tuple[str, ...]) -> tuple[str, ...]:
    """The words of a list in the language that is spoken."""
    language = spoken()
    return tuple(map(canonical, language.lists[name])) if language else english


@dataclass(frozen=True, slots=True)
class Readings:
    heard: str
    other: str
    again: bool = False
    """The answer was doubtful, and it has been asked again."""

    def question(self, again: bool) -> str:
        """`15 or 50 minutes?`"""
        (one, other), after = self._parts()
        short = _words("short_reading", _SHORT)
        if not all(part.isdigit() or part in short for part in (one, other)):
            choice = tr("{one}, or {other}", one=self.heard, other=self.other)
        else:
            unit = self._unit(after) if one.isdigit() else ""
            choice = tr("{one} or {other} {unit}", one=one, other=other, unit=unit).strip()
        if again:
            return tr("The first or the second: {choice}?", choice=choice)
        return tr("{choice}?", choice=capital(choice))

    def _unit(self, after: str) -> str:
        """As it was heard: `Prozent`. Of `por 100` nothing, which would look like a number."""
        unit, *rest = after.split(" ")
        if rest and rest[0].isdigit():
            return ""
        heard = (word.strip(".,!?") for word in self.heard.split())
        return next((word for word in heard if canonical(word) == unit), unit)

    def chosen(self, answer: str) -> str | None:
        said = canonical(answer)
        (one, other), _ = self._parts()
        first, second = _words("first_reading", _FIRST), _words("second_reading", _SECOND)
        around = _words("around_reading", _AROUND)
        for part, ordinals, text in ((one, first, self.heard), (other, second, self.other)):
            # An answer with more words means something else.
            of_it = set(said.split()) <= {*canonical(text).split(), *around}
            if said in ordinals or (of_it and part and f" {part} " in f" {said} "):
                return text
        return None

    def _parts(self) -> tuple[tuple[str, str], str]:
        """The parts that differ, and what follows them."""
        one, other = canonical(self.heard).split(), canonical(self.other).split()
        before = _same(one, other)
        one, other = one[before:], other[before:]
        after = _same(one[::-1], other[::-1])
        parts = [" ".join(words[: len(words) - after]) for words in (one, other)]
        return (parts[0], parts[1]), " ".join(one[len(one) - after :])


def _same(one: Sequence[str], other: Sequence[str]) -> int:
    """The number of words that they share at the start."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))


def readings_skill() -> Skill:
    """The answers: for recognisers with a grammar, and to notice that one is unclear too."""
    sentences = (
        "{reading}[ (percent|degrees|hours|minutes|seconds)]",
        "(on|off|up|down)",
        "[the ](first|second)[ one]",
    )
    phrase = SentenceGroup(sentences, lambda said: None, WHICH, key="which")
    return Skill("readings", (phrase,), lists={"reading": Numbers(range(101), 10**6)})
