"""Which file answers a sentence that several have: the first."""

from collections.abc import Iterable
from dataclasses import dataclass

from marvin.skills.user_sentences import Lists, said_texts, sentence_problems


@dataclass(frozen=True, slots=True)
class DeclaredSentence:
    place: str
    """File and line."""
    template: str
    lists: Lists


def shadowed(sentences: Iterable[DeclaredSentence], taken: dict[str, str]) -> list[str]:
    """Warnings about sentences of a file that an earlier one has, too. `taken` are the places of
    all texts so far; those of this file are added."""
    found = []
    own: dict[str, str] = {}
    for one in sentences:
        if sentence_problems(one.template, one.lists):
            continue  # Reported elsewhere.
        texts = [*said_texts(one.template, one.lists)]
        first = next((taken[text] for text in texts if text in taken), None)
        if first is not None:
            found.append(f'{one.place}: "{one.template}" is answered by {first}, which comes first')
        own |= dict.fromkeys(texts, one.place)
    taken |= {text: place for text, place in own.items() if text not in taken}
    return found
