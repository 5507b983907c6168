"""Encodes conversations of recordings and text by the chat template of a model's processor."""

from __future__ import annotations

import base64
import io
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from marvin.backends.pretrained.audio_checkpoint import VOXTRAL
from marvin.errors import LanguageModelError
from marvin.pcm import finite
from marvin.types import RATE_HZ, Message, Samples

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from torch import Tensor

    from marvin.backends.pretrained.audio_checkpoint import AudioFamily

_SHORTEST = RATE_HZ // 10
"""In samples: shorter ones are filled up with silence, as they would be no token at all."""


@dataclass(frozen=True, slots=True)
class EncodedConversation:
    """One conversation as the model reads it, up to where it is to write."""

    ids: tuple[int, ...]
    """Token ids, with a placeholder for each position of a recording."""
    features: Mapping[str, Tensor] = field(default_factory=dict)
    """What the model gets besides them; the first dimension counts windows of 30 s."""


class AudioPrompt:
    """Encodes conversations for one model."""

    def __init__(self, processor: Any, family: AudioFamily) -> None:
        self._processor = processor
        self._family = family
        self.tokenizer = processor.tokenizer
        self.audio_id: int = processor.audio_token_id
        """The placeholder."""

    def encode(self, messages: Sequence[Message]) -> EncodedConversation:
        """The conversation, whose last message is the user's.

        Raises:
            LanguageModelError: A recording is too long.
        """
        heard = [self._of_recordings(message) for message in self._check(messages)]
        if not self._family.system_role:
            heard = _without_system(heard)
        encoded = self._processor.apply_chat_template(
            [[self._written(message) for message in heard]], **_OPTIONS[self._family is VOXTRAL]
        )
        return _conversation(encoded)

    def transcription(self, samples: Samples, language: str = "") -> EncodedConversation:
        """The model's own request for a transcript, if it has one. Raises as `encode`."""
        check_length(len(samples) / RATE_HZ, self._family)
        recording = _filled(finite(samples))
        if self._family is VOXTRAL:
            encoded = self._processor.apply_transcription_request(
                recording,
                model_id="",
                language=language or None,
                sampling_rate=RATE_HZ,
                format="WAV",
            )
        else:
            encoded = self._processor.apply_transcription_request(recording)
        return _conversation(encoded)

    def words(self, transcript: str) -> str:
        """A transcript without what the model writes around it."""
        if self._family is VOXTRAL:
            return transcript.strip()
        ids = self.tokenizer(transcript, add_special_tokens=False).input_ids
        text: str = self._processor.decode([ids], strip_prefix=True)[0]
        return text

    def count(self, text: str) -> int:
        """Number of tokens, without the chat template."""
        return len(self.tokenizer(text, add_special_tokens=False).input_ids)

    def _check(self, messages: Sequence[Message]) -> list[Message]:
        """Only the last recording, if the model takes one."""
        for message in messages:
            for samples in message.audio:
                check_length(len(samples) / RATE_HZ, self._family)
        if self._family.several:
            return list(messages)
        last = max((at for at, one in enumerate(messages) if one.audio), default=-1)
        if last >= 0 and len(messages[last].audio) > 1:
            raise LanguageModelError(f"{self._family.model_type} takes one recording at a time")
        return [
            replace(message, audio=message.audio if at == last else ())
            for at, message in enumerate(messages)
        ]

    def _of_recordings(self, message: Message) -> Message:
        """With recordings that the processors take, and without a transcript of them."""
        audio = tuple(_filled(finite(one)) for one in message.audio)
        return replace(message, text="" if audio and message.spoken else message.text, audio=audio)

    def _written(self, message: Message) -> dict[str, object]:
        if not message.audio:
            return {"role": message.role, "content": message.text}
        parts = [self._recording(samples) for samples in message.audio]
        if message.text:
            parts.append({"type": "text", "text": message.text})
        return {"role": message.role, "content": parts}

    def _recording(self, samples: Samples) -> dict[str, object]:
        if self._family is VOXTRAL:
            return {"type": "audio", "base64": base64.b64encode(_wav(samples)).decode()}
        return {"type": "audio", "audio": samples}


_OPTIONS: dict[bool, dict[str, object]] = {
    True: {},
    False: {"tokenize": True, "add_generation_prompt": True, "return_dict": True},
}
"""Of `apply_chat_template`; Voxtral's tokenizer knows where the model is to write."""


def check_length(seconds: float, family: AudioFamily, name: str = "the recording") -> None:
    """Raises LanguageModelError."""
    if seconds > family.longest_s:
        raise LanguageModelError(
            f"{name} is {seconds:.0f} s long, and {family.model_type} takes "
            f"{family.longest_s:.0f} s at most: cut it up"
        )


def batched(
    conversations: Sequence[EncodedConversation], pad_id: int, *, left: bool = True
) -> dict[str, Tensor]:
    """Several as the arguments of one call of the model, filled up at the left or the right."""
    import torch

    longest = max(len(one.ids) for one in conversations)
    rows, masks = [], []
    for one in conversations:
        fill = longest - len(one.ids)
        ids, mask, pads, none = list(one.ids), [1] * len(one.ids), [pad_id] * fill, [0] * fill
        rows.append(pads + ids if left else ids + pads)
        masks.append(none + mask if left else mask + none)
    names = dict.fromkeys(name for one in conversations for name in one.features)
    return {
        "input_ids": torch.tensor(rows),
        "attention_mask": torch.tensor(masks),
        **{
            name: torch.cat([one.features[name] for one in conversations if name in one.features])
            for name in names
        },
    }


def _conversation(encoded: Mapping[str, Tensor]) -> EncodedConversation:
    names = ("input_features", "input_features_mask")
    features = {name: encoded[name] for name in names if name in encoded}
    return EncodedConversation(tuple(encoded["input_ids"][0].tolist()), features)


def _without_system(messages: Sequence[Message]) -> list[Message]:
    """With the system prompt in the first question."""
    system = [message.text for message in messages if message.role == "system"]
    first, *rest = (message for message in messages if message.role != "system")
    return [replace(first, text="\n\n".join(filter(None, [*system, first.text]))), *rest]


def _filled(samples: Samples) -> Samples:
    if len(samples) >= _SHORTEST:
        return samples
    return np.concatenate([samples, np.zeros(_SHORTEST - len(samples), np.float32)])


def _wav(samples: Samples) -> bytes:
    import soundfile

    file = io.BytesIO()
    soundfile.write(file, samples, RATE_HZ, format="WAV", subtype="FLOAT")
    return file.getvalue()
