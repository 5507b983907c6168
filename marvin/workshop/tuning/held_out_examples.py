"""What a fine-tuning is evaluated on while it runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from marvin.backends.pretrained.audio_prompt import AudioPrompt
from marvin.errors import MarvinError, TrainingError
from marvin.workshop.audio_questions.answering import Answerer
from marvin.workshop.audio_questions.example import BadExamples, Example
from marvin.workshop.audio_questions.opening import Examples
from marvin.workshop.audio_questions.qa_evaluation import MEASURE as EXACT_MATCH
from marvin.workshop.audio_questions.qa_evaluation import Questioning
from marvin.workshop.tuning import caption_measure
from marvin.workshop.tuning.training_examples import Encoder, TrainingExample, with_answer

FEWEST = 5
"""Fewer examples cannot be split."""
MOST = 100


@dataclass(frozen=True, slots=True)
class HeldOutExamples:
    """Encoded each time anew: an hour of audio features does not fit into memory."""

    examples: Sequence[Example]
    encoder: Encoder
    task: str

    def __len__(self) -> int:
        return len(self.examples)

    def __getitem__(self, at: int) -> TrainingExample:
        return with_answer(self.examples[at], self.encoder.prompt, self.encoder.room)

    @property
    def measure(self) -> str:
        return caption_measure.MEASURE if self.task == "caption" else EXACT_MATCH

    def score(self, model: Any, prompt: AudioPrompt, batch: int) -> float:
        """Of the model's own answers, from 0 to 1."""
        asking = Questioning(Answerer(model, prompt), self.encoder.bad, batch)
        asking.ask(self.examples, lambda _: None)
        found = asking.answered
        if self.task == "caption":
            references = [one.example.answers for one in found]
            return caption_measure.chrf([one.answer for one in found], references)
        return sum(one.right for one in found) / len(found)


def hold_out(
    examples: Examples, wanted: int | None, seed: int
) -> tuple[Examples, Sequence[Example]]:
    """What to train on, and what to evaluate on.

    Raises:
        TrainingError: There are too few.
    """
    if wanted == 0:
        return examples, ()
    count = examples.known_length
    if wanted is None:
        wanted = MOST if count is None else min(MOST, max(2, count // 10))
    few = "give more, other ones for evaluation (--eval-data), or evaluate on none (--held-out 0)"
    if count is not None and (count < FEWEST or wanted >= count):
        raise TrainingError(f"{count} examples are too few to hold {wanted} out: {few}")
    train, held_out = examples.split(wanted, seed)
    kept = list(held_out.examples())
    if len(kept) < wanted:
        raise TrainingError(f"the data set has only {len(kept)} examples to hold out: {few}")
    return train, kept


def usable(examples: Sequence[Example], encoder: Encoder, bad: BadExamples) -> list[Example]:
    """Those that can be encoded. Raises MarvinError for the first bad one, unless it is skipped."""
    found = []
    for example in examples:
        try:
            with_answer(example, encoder.prompt, encoder.room)
        except MarvinError as error:
            bad.meet(error)
        else:
            found.append(example)
    if examples and not found:
        raise TrainingError("no usable example is left to evaluate on: see above")
    return found
