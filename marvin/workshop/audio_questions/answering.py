"""Asks an audio language model about recordings, several at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from marvin.backends.pretrained.audio_prompt import AudioPrompt, EncodedConversation, batched
from marvin.backends.pretrained.failures import device_failures
from marvin.errors import LanguageModelError, TrainingError
from marvin.types import Message, Samples
from marvin.workshop.audio_questions.example import Example


@dataclass(frozen=True, slots=True)
class Answerer:
    model: Any
    prompt: AudioPrompt
    most_tokens: int = 64
    """Of an answer."""

    def answers(self, examples: Sequence[EncodedConversation]) -> list[str]:
        """The most probable ones, without sampling."""
        import torch

        pad_id = pad_token(self.prompt.tokenizer)
        inputs = batched(examples, pad_id)
        placed = {
            name: value.to(self.model.device, self.model.dtype)
            if value.is_floating_point()
            else value.to(self.model.device)
            for name, value in inputs.items()
        }
        with torch.inference_mode(), device_failures("the model"):
            written = self.model.generate(
                **placed, max_new_tokens=self.most_tokens, do_sample=False, pad_token_id=pad_id
            )
        new = written[:, inputs["input_ids"].shape[1] :].tolist()
        texts = [self.prompt.tokenizer.decode(ids, skip_special_tokens=True) for ids in new]
        return [text.strip() for text in texts]


def encode(
    example: Example, samples: Samples, prompt: AudioPrompt, room: int
) -> EncodedConversation:
    """The question as the model reads it.

    Raises:
        TrainingError: The recording is too long for the model, or the whole for `room` tokens.
    """
    heard = Message("user", example.question, audio=(samples,))
    try:
        encoded = prompt.encode([heard])
    except LanguageModelError as error:
        raise TrainingError(f"{example.name}: {error}") from error
    if len(encoded.ids) > room:
        raise TrainingError(
            f"{example.name}: recording and question have {len(encoded.ids)} tokens, "
            f"and the model's context has room for {room} beside the answer"
        )
    return encoded


def pad_token(tokenizer: Any) -> int:
    found = tokenizer.pad_token_id
    return int(tokenizer.eos_token_id if found is None else found)
