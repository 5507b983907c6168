"""An audio language model that was trained for seconds to tell spoken words apart.

Its encoder stays as random as it was made: what it computes is computed once. The projector and the
language model learn which answer follows which recording.
"""

import random
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from marvin.backends.pretrained.audio_checkpoint import load_audio_checkpoint
from marvin.backends.pretrained.audio_prompt import AudioPrompt, batched
from marvin.backends.pretrained.place import CPU
from marvin.hub.source import Source
from marvin.types import RATE_HZ, Message, Samples
from tests.checkpoints.audio_llm import make_audio_flamingo

_ROUNDS = 200
"""At most."""
_LEARNED = 0.01
"""A loss below which it is over, eight times in a row."""
_VARIANTS = 20
_GAINS = (10.0, 10.0, 5.0, 5.0)
_RATE = 1e-2


def make_answering(folder: Path, answers: Mapping[str, Samples]) -> Path:
    """An Audio Flamingo that writes these answers to these recordings, without a system prompt,
    with any silence around them."""
    import torch

    make_audio_flamingo(folder, num_hidden_layers=1)
    checkpoint = load_audio_checkpoint(Source("llm.model", str(folder)), CPU)
    model, prompt = checkpoint.model, AudioPrompt(checkpoint.processor, checkpoint.family)
    # As made, they pass on next to nothing of what is heard.
    tower, projector = model.model.audio_tower, model.model.multi_modal_projector
    for layer, gain in zip(
        (tower.conv1, tower.conv2, projector.linear_1, projector.linear_2), _GAINS, strict=True
    ):
        layer.weight.data *= gain
    examples = [
        example
        for answer, samples in answers.items()
        for example in _examples(model, prompt, answer, samples)
    ]
    learned = [*projector.parameters(), *_language_of(model)]
    for parameter in learned:
        parameter.requires_grad_(True)
    optimizer = torch.optim.AdamW(learned, lr=_RATE, weight_decay=0.0)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, _RATE, total_steps=_ROUNDS)
    chance, losses = random.Random(4), [1.0]
    while max(losses[-8:]) > _LEARNED:
        loss = sum(_loss(model, *one) for one in chance.sample(examples, 6)) / 6
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(learned, 1.0)
        optimizer.step()
        schedule.step()
        losses.append(loss.item())
    model.save_pretrained(folder)
    return folder


def _language_of(model: Any) -> list[Any]:
    return [*model.model.language_model.parameters(), *model.lm_head.parameters()]


def _examples(
    model: Any, prompt: AudioPrompt, answer: str, samples: Samples
) -> list[tuple[Any, Any, Any]]:
    """Token ids and labels, and what the encoder makes of the recording."""
    import torch

    chance = np.random.default_rng(4)
    made = []
    for _ in range(_VARIANTS):
        before, after = (np.zeros(chance.integers(RATE_HZ // 2), np.float32) for _ in range(2))
        noisy = np.concatenate([before, samples, after])
        noisy += chance.normal(0, 1e-3, len(noisy)).astype(np.float32)
        asked = prompt.encode([Message("user", "", audio=(noisy,))])
        written = prompt.tokenizer(f"{answer}<|im_end|>", add_special_tokens=False).input_ids
        arguments = batched([asked], 0)
        with torch.no_grad():
            heard = model.model.audio_tower(
                arguments["input_features"],
                input_features_mask=arguments["input_features_mask"],
            ).last_hidden_state[0, : asked.ids.count(prompt.audio_id)]
        ids = torch.tensor([[*asked.ids, *written]])
        labels = torch.tensor([[*[-100] * len(asked.ids), *written]])
        made.append((ids, labels, heard))
    return made


def _loss(model: Any, ids: Any, labels: Any, heard: Any) -> Any:
    projected = model.model.multi_modal_projector(heard)
    place = (ids == model.config.audio_token_id).unsqueeze(-1)
    embedded = model.get_input_embeddings()(ids).masked_scatter(place, projected)
    return model(inputs_embeds=embedded, labels=labels).loss
