"""Moonshine checkpoints in the file layout of the Hub: random ones, and one that knows words.

The tokenizer is like Llama's (BPE with a mark for spaces and byte fallback), trained on a few
sentences; the published one has 32,768 pieces.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from tokenizers import Tokenizer, decoders, models, normalizers, trainers

from marvin.types import RATE_HZ, Samples
from tests.checkpoints.spoken_whisper import Clip
from tests.checkpoints.whisper import SENTENCES

if TYPE_CHECKING:
    from torch import Tensor

FULL_SIZE: dict[str, dict[str, Any]] = {
    "tiny": {},
    "base": {
        "hidden_size": 416,
        "intermediate_size": 1664,
        "encoder_num_hidden_layers": 8,
        "decoder_num_hidden_layers": 8,
        "partial_rotary_factor": 0.62,
    },
}
"""From transformers' defaults, and Jeffries et al. 2024, table 1."""

_SMALL = {
    "hidden_size": 32,
    "intermediate_size": 64,
    "encoder_num_hidden_layers": 2,
    "decoder_num_hidden_layers": 2,
    "encoder_num_attention_heads": 2,
    "decoder_num_attention_heads": 2,
    "initializer_range": 0.3,
}
_SPECIAL = ("<unk>", "<s>", "</s>")
_MERGES = 120
_STEPS = 300
_BATCH = 12
_RATE = 4e-3


def make_moonshine(folder: Path, **config: Any) -> Path:
    """Random weights."""
    tokenizer = _tokenizer()
    return _save(folder, _model(len(tokenizer), **(_SMALL | config)), tokenizer)


def make_full_size(folder: Path, name: str) -> Path:
    """The published configuration of UsefulSensors/moonshine-{name} with random weights."""
    return _save(folder, _model(32_768, **FULL_SIZE[name]), _tokenizer())


def make_spoken_moonshine(folder: Path, clips: Mapping[str, Clip], *, steps: int = _STEPS) -> Path:
    """Train weights that transcribe the clips, and any prefix of them."""
    import torch

    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # For so small a model, a second thread only adds waiting.
    tokenizer = _tokenizer()
    wider = {"hidden_size": 64, "intermediate_size": 128, "initializer_range": 0.05}
    model = _model(len(tokenizer), **(_SMALL | wider))
    rng = np.random.default_rng(1)
    optimizer = torch.optim.AdamW(model.parameters(), lr=_RATE)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, _RATE, total_steps=steps)
    model.train()
    for _ in range(steps):
        # All examples of a batch have the same length, because the model has no padding.
        length = int(rng.uniform(0.4, 3.0) * RATE_HZ)
        batch = [_example(list(clips.values()), length, rng) for _ in range(_BATCH)]
        samples = torch.from_numpy(np.stack([window for window, _ in batch]))
        inputs, labels = _targets([text for _, text in batch], tokenizer)
        logits = model(samples, decoder_input_ids=inputs).logits
        loss = torch.nn.functional.cross_entropy(logits.flatten(0, 1), labels.flatten())
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        schedule.step()
    torch.set_num_threads(threads)
    return _save(folder, model.eval(), tokenizer)


def _example(clips: list[Clip], length: int, rng: np.random.Generator) -> tuple[Samples, str]:
    """Sentences with pauses, cut off at the end, and the words in them."""
    window = np.zeros(length, np.float32)
    words: list[str] = []
    at = int(rng.uniform(0.0, 0.7) * RATE_HZ)
    while at < length and rng.random() < 0.8:
        clip = clips[rng.integers(len(clips))]
        window[at : at + len(clip.samples)] = clip.samples[: length - at]
        # A word counts if at least half of it is there.
        words += [word for word, begin, end in clip.words if at + (begin + end) / 2 <= length]
        at += len(clip.samples) + int(rng.uniform(0.1, 0.8) * RATE_HZ)
    window *= rng.uniform(0.3, 1.2)
    window += rng.normal(0.0, 10.0 ** rng.uniform(-5, -2.3), length)
    return window.astype(np.float32), " ".join(words)


def _targets(texts: list[str], tokenizer: Any) -> tuple["Tensor", "Tensor"]:
    """Decoder inputs and targets, padded, shape (texts, tokens)."""
    import torch

    tokens = [tokenizer.encode(text, add_special_tokens=False) for text in texts]
    shape = (len(texts), 1 + max(map(len, tokens)))
    inputs = torch.full(shape, tokenizer.bos_token_id)
    labels = torch.full(shape, -100)
    for row, written in enumerate(tokens):
        inputs[row, 1 : 1 + len(written)] = torch.tensor(written)
        labels[row, : 1 + len(written)] = torch.tensor([*written, tokenizer.eos_token_id])
    return inputs, labels


def _tokenizer() -> Any:
    from transformers import PreTrainedTokenizerFast

    marked = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
    pieces = Tokenizer(models.BPE(unk_token="<unk>", byte_fallback=True, fuse_unk=True))
    pieces.normalizer = marked
    octets = [f"<0x{value:02X}>" for value in range(256)]
    trainer = trainers.BpeTrainer(
        vocab_size=len(_SPECIAL) + len(octets) + 40 + _MERGES,
        special_tokens=[*_SPECIAL, *octets],
        show_progress=False,
    )
    pieces.train_from_iterator([word for text in SENTENCES for word in text.split()] * 2, trainer)
    pieces.decoder = decoders.Sequence(
        [
            decoders.Replace("▁", " "),
            decoders.ByteFallback(),
            decoders.Fuse(),
            decoders.Strip(" ", 1, 0),
        ]
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=pieces, unk_token="<unk>", bos_token="<s>", eos_token="</s>"
    )


def _model(pieces: int, **config: Any) -> Any:
    import torch
    from transformers import GenerationConfig, MoonshineConfig, MoonshineForConditionalGeneration

    torch.manual_seed(1)
    model = MoonshineForConditionalGeneration(MoonshineConfig(vocab_size=pieces, **config))
    model.generation_config = GenerationConfig(
        bos_token_id=1, decoder_start_token_id=1, eos_token_id=2, max_length=194
    )
    return model


def _save(folder: Path, model: Any, tokenizer: Any) -> Path:
    from transformers import Wav2Vec2FeatureExtractor

    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    Wav2Vec2FeatureExtractor(do_normalize=False, return_attention_mask=True).save_pretrained(folder)
    return folder
