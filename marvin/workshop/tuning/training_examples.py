"""Turns examples into what a language model is trained on: a prompt, and labels on its answer."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from marvin.backends.pretrained.audio_prompt import AudioPrompt, EncodedConversation, batched
from marvin.errors import AudioFileError, TrainingError
from marvin.workshop.audio_questions.answering import encode, pad_token
from marvin.workshop.audio_questions.example import BadExamples, Example
from marvin.workshop.audio_questions.opening import Examples

NO_LABEL = -100
"""torch's cross entropy ignores such positions."""


@dataclass(frozen=True, slots=True)
class TrainingExample:
    conversation: EncodedConversation
    """With the answer and the token that ends it."""
    answer_at: int


def with_answer(example: Example, prompt: AudioPrompt, room: int) -> TrainingExample:
    """The example with its first answer.

    Raises:
        AudioFileError: The recording cannot be used.
        TrainingError: It is too long for the model, or the whole has more than `room` tokens.
    """
    tokenizer = prompt.tokenizer
    answer = tokenizer(example.answers[0], add_special_tokens=False).input_ids
    if len(answer) >= room:
        raise TrainingError(
            f"{example.name}: the answer has {len(answer)} tokens, and the model's context {room}"
        )
    # Where the model is to write, it writes the answer: the chat template needs no second pass.
    encoded = encode(example, example.samples(), prompt, room - len(answer) - 1)
    ids = (*encoded.ids, *answer, int(tokenizer.eos_token_id))
    return TrainingExample(replace(encoded, ids=ids), len(encoded.ids))


@dataclass(frozen=True, slots=True)
class Collator:
    """Batches examples, filled up at the end."""

    prompt: AudioPrompt
    dtype: Any
    """Of the model, for the audio features."""

    def __call__(self, examples: Sequence[TrainingExample]) -> dict[str, Any]:
        tokenizer = self.prompt.tokenizer
        inputs = batched([one.conversation for one in examples], pad_token(tokenizer), left=False)
        labels = inputs["input_ids"].clone()
        labels[inputs["attention_mask"] == 0] = NO_LABEL
        for row, one in enumerate(examples):
            labels[row, : one.answer_at] = NO_LABEL
        inputs["labels"] = labels
        return _cast(inputs, self.dtype)


def _cast(inputs: Mapping[str, Any], dtype: Any) -> dict[str, Any]:
    return {
        name: value.to(dtype) if value.is_floating_point() else value
        for name, value in inputs.items()
    }


@dataclass(frozen=True, slots=True)
class Encoder:
    """Encodes examples, and leaves out the bad ones."""

    prompt: AudioPrompt
    room: int
    bad: BadExamples

    def encoded(self, examples: Iterator[Example]) -> Iterator[TrainingExample]:
        for example in examples:
            try:
                yield with_answer(example, self.prompt, self.room)
            except (AudioFileError, TrainingError) as error:
                self.bad.meet(error)


def endless(examples: Examples, encoder: Encoder, seed: int) -> Any:
    """A torch data set that begins again in another order, so that only the steps end it.

    Trainer skips what an earlier run has seen by reading it again, so that leaving out a bad
    example does not shift the rest.
    """

    def passes() -> Iterator[TrainingExample]:
        order = seed
        while True:
            none = True
            for one in encoder.encoded(examples.examples(order)):
                none = False
                yield one
            if none:
                raise TrainingError("no usable example is left to train on")
            order += 1

    return _iterable_class()(passes)


@lru_cache(maxsize=1)
def _iterable_class() -> Any:
    # Defined on first use: importing torch takes seconds.
    from torch.utils.data import IterableDataset

    class Passes(IterableDataset):  # type: ignore[type-arg]
        def __init__(self, passes: Callable[[], Iterator[TrainingExample]]) -> None:
            self._passes = passes

        def __iter__(self) -> Iterator[TrainingExample]:
            return self._passes()

    return Passes
