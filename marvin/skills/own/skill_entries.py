"""What the user's files declare, and which answers a sentence that several have: the first."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from marvin.skills.sentence_patterns import Said
from marvin.skills.user_sentences import Lists, said_texts, sentence_problems


@dataclass(frozen=True, slots=True)
class SkillEntry:
    """A function or a command of the user's."""

    place: str
    """File and line."""
    sentences: Sequence[str]
    lists: Lists
    action: Callable[[Said], str]
    """What it would do, in words."""


def shadowed(entries: Iterable[SkillEntry], taken: dict[str, str]) -> list[str]:
    """Warnings about sentences of a file that an earlier one has, too. `taken` are the places of
    all texts so far; those of this file are added."""
    found = []
    own: dict[str, str] = {}
    for one in entries:
        for sentence in one.sentences:
            if sentence_problems(sentence, one.lists):
                continue  # Reported elsewhere.
            texts = [*said_texts(sentence, one.lists)]
            first = next((taken[text] for text in texts if text in taken), None)
            if first is not None:
                found.append(f'{one.place}: "{sentence}" is answered by {first}, which comes first')
            own |= dict.fromkeys(texts, one.place)
    taken |= {text: place for text, place in own.items() if text not in taken}
    return found
