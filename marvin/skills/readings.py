"""Two ways to hear one sentence: how to ask which was meant, and what the answer means."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import takewhile

from marvin.skills.patterns import Numbers, Phrase, Skill
from marvin.skills.text import canonical

WHICH = "which reading"
"""The question, for `Phrase.question`."""

_FIRST, _SECOND = (
    ("first", "the first", "the first one"),
    ("second", "the second", "the second one"),
)


@dataclass(frozen=True, slots=True)
class Readings:
    """What was heard, and what may have been said instead."""

    heard: str
    other: str

    def question(self, again: bool) -> str:
        """`15 or 50 minutes?`; `again`: the answer was no clearer."""
        (one, other), after = self._parts()
        if not one or not other:
            return f"The first or the second: {self.heard}, or {self.other}?"
        unit = after.split(" ")[0] if one.isdigit() else ""
        text = f"{one} or {other} {unit}".strip()
        return f"The first or the second: {text}?" if again else f"{text[0].upper()}{text[1:]}?"

    def chosen(self, answer: str) -> str | None:
        """The sentence that an answer means."""
        said = canonical(answer)
        (one, other), _ = self._parts()
        for part, ordinals, text in ((one, _FIRST, self.heard), (other, _SECOND, self.other)):
            only = part and f" {part} " in f" {said} "
            if said in ordinals or said == text or (only and one != other):
                return text
        return None

    def _parts(self) -> tuple[tuple[str, str], str]:
        """Where they differ, and what comes after that."""
        one, other = canonical(self.heard).split(), canonical(self.other).split()
        before = _same(one, other)
        one, other = one[before:], other[before:]
        after = _same(one[::-1], other[::-1])
        parts = [" ".join(words[: len(words) - after]) for words in (one, other)]
        return (parts[0], parts[1]), " ".join(one[len(one) - after :])


def _same(one: Sequence[str], other: Sequence[str]) -> int:
    """How many words at their beginnings are the same."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))


def readings_skill() -> Skill:
    """What a recogniser with a grammar listens for after the question."""
    sentences = (
        "{reading}[ (percent|degrees|hours|minutes|seconds)]",
        "(on|off|up|down)",
        "[the ](first|second)[ one]",
    )
    phrase = Phrase(sentences, lambda said: None, WHICH)
    return Skill("readings", (phrase,), lists={"reading": Numbers(range(101), 10**6)})
