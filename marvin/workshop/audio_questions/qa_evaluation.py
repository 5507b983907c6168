"""Counts the answers of a model that are exactly right, in all and by category."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice

from marvin.backends.pretrained.audio_checkpoint import context_length
from marvin.backends.pretrained.audio_prompt import EncodedConversation
from marvin.errors import AudioFileError, TrainingError
from marvin.types import RATE_HZ
from marvin.workshop.audio_questions.answering import Answerer, encode
from marvin.workshop.audio_questions.exact_match import is_exact
from marvin.workshop.audio_questions.example import BadExamples, Example
from marvin.workshop.scorecard import Mistake, Score, Scorecard
from marvin.workshop.wake_eval.rates import share

MEASURE = "exact match"
ALL = "all"
_NO_CATEGORY = "without a category"


@dataclass(frozen=True, slots=True)
class Answered:
    example: Example
    answer: str

    @property
    def right(self) -> bool:
        return is_exact(self.answer, self.example.answers)


@dataclass(slots=True)
class Questioning:
    """Asks a model about examples in batches, and keeps the time."""

    answerer: Answerer
    bad: BadExamples
    batch: int = 1
    audio_s: float = 0.0
    seconds: float = 0.0
    answered: list[Answered] = field(default_factory=list)

    def ask(self, examples: Iterable[Example], stepped: Callable[[int], None]) -> None:
        """Raises MarvinError for a bad example that is not to be skipped."""
        encoded = self._encoded(examples)
        while some := list(islice(encoded, self.batch)):
            began = time.perf_counter()
            texts = self.answerer.answers([one for _, one in some])
            self.seconds += time.perf_counter() - began
            pairs = zip(some, texts, strict=True)
            self.answered += [Answered(example, text) for (example, _), text in pairs]
            stepped(len(some))

    def _encoded(
        self, examples: Iterable[Example]
    ) -> Iterator[tuple[Example, EncodedConversation]]:
        room = context_length(self.answerer.model) - self.answerer.most_tokens
        for example in examples:
            try:
                samples = example.samples()
                encoded = encode(example, samples, self.answerer.prompt, room)
            except (AudioFileError, TrainingError) as error:
                self.bad.meet(error)
                continue
            self.audio_s += len(samples) / RATE_HZ
            yield example, encoded


def scorecard(asking: Questioning, model: str, data: str) -> Scorecard:
    """Raises TrainingError if not one example could be used."""
    if not asking.answered:
        raise TrainingError(f"{data}: no usable example in it")
    groups: dict[str, list[bool]] = defaultdict(list)
    categories = any(one.example.category for one in asking.answered)
    for one in asking.answered:
        groups[ALL].append(one.right)
        if categories:
            groups[one.example.category or _NO_CATEGORY].append(one.right)
    return Scorecard(
        "qa",
        model,
        data,
        tuple(
            Score(name, MEASURE, share(sum(right), len(right)), len(right))
            for name, right in sorted(groups.items(), key=lambda group: (group[0] != ALL, group[0]))
        ),
        tuple(
            Mistake(one.example.name, one.example.answers[0], one.answer)
            for one in asking.answered
            if not one.right
        ),
        asking.bad.skipped,
        asking.audio_s,
        asking.seconds,
    )
