"""A Whisper trained in a few seconds to transcribe four sentences.

espeak-ng speaks the sentences word by word, so that the words in any part are known. The training
material is runs of sentences that begin and end anywhere, silence and noise.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from marvin.cancellation import CancelToken
from marvin.config.tts import EspeakConfig
from marvin.tts.espeak import EspeakSynthesizer
from marvin.types import RATE_HZ, Samples
from tests.checkpoints.whisper import SENTENCES, new_model, new_tokenizer, save

if TYPE_CHECKING:
    from torch import Tensor

SECONDS = 3
"""The model's window: shorter than the published 30 s, so that fewer seconds fill several windows.
"""
GAP_S = 0.05
"""Silence between two words."""
_STEPS = 400
_BATCH = 16
_RATE = 4e-3


@dataclass(frozen=True, slots=True)
class _Said:
    """A word in a window; times in samples."""

    text: str
    begin: int
    end: int


@dataclass(frozen=True, slots=True)
class Clip:
    """A spoken sentence."""

    text: str
    samples: Samples
    words: tuple[tuple[str, int, int], ...]
    """Each with its start and end, in samples."""


def say(sentences: tuple[str, ...] = SENTENCES) -> dict[str, Clip]:
    """Speak the sentences in Marvin's own voice."""
    import soxr

    gap = np.zeros(round(GAP_S * RATE_HZ), np.float32)
    voice = EspeakSynthesizer.load(EspeakConfig(words_per_minute=220))
    clips = {}
    try:
        for sentence in sentences:
            said = np.zeros(0, np.float32)
            words = []
            for word in sentence.split():
                chunks = list(voice.synthesize(word, CancelToken()))
                sound = np.concatenate([chunk.samples for chunk in chunks])
                sound = soxr.resample(sound, chunks[0].rate_hz, RATE_HZ).astype(np.float32)
                loud = np.flatnonzero(np.abs(sound) > 0.01)
                sound = sound[loud[0] : loud[-1]]
                words.append((word, len(said), len(said) + len(sound)))
                said = np.concatenate([said, sound, gap])
            clips[sentence] = Clip(sentence, said, tuple(words))
    finally:
        voice.close()
    return clips


def make_spoken_whisper(
    folder: Path, clips: Mapping[str, Clip], *, seed: int = 1, steps: int = _STEPS
) -> Path:
    """Train weights that transcribe the clips, and any part of them."""
    import torch

    tokenizer = new_tokenizer(SECONDS)
    model = new_model(
        tokenizer,
        multilingual=False,
        seconds=SECONDS,
        positions=48,
        d_model=64,
        encoder_ffn_dim=128,
        decoder_ffn_dim=128,
        init_std=0.05,
        attn_implementation="eager",  # Only these have useful gradients.
    )
    settings = model.generation_config
    # Unlike the published models it may write nothing at all, and no timestamps.
    settings.begin_suppress_tokens = None
    settings.suppress_tokens += range(settings.no_timestamps_token_id + 1, len(tokenizer))
    settings.alignment_heads = [[1, 0]]
    extractor = save(folder, model, tokenizer, SECONDS)
    rng = np.random.default_rng(seed)
    optimizer = torch.optim.AdamW(model.parameters(), lr=_RATE)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, _RATE, total_steps=steps)
    model.train()
    for _ in range(steps):
        batch = [_example(list(clips.values()), rng) for _ in range(_BATCH)]
        windows = [window for window, _ in batch]
        mel = extractor(windows, sampling_rate=RATE_HZ, return_tensors="pt").input_features
        inputs, labels, where = _targets([words for _, words in batch], tokenizer, model)
        output = model(mel, decoder_input_ids=inputs, output_attentions=True)
        loss = torch.nn.functional.cross_entropy(output.logits.flatten(0, 1), labels.flatten())
        # One head learns to attend to the next word, which gives the word times.
        seen = (output.cross_attentions[1][:, 0] * where).sum(-1)
        loss = loss - (seen[where.any(-1)] + 1e-4).log().mean()
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        schedule.step()
    model.eval().save_pretrained(folder)
    return folder


def _example(clips: list[Clip], rng: np.random.Generator) -> tuple[Samples, list[_Said]]:
    """A window of sentences with pauses, cut off somewhere, and the words in it."""
    window = np.zeros(SECONDS * RATE_HZ, np.float32)
    words: list[_Said] = []
    at = int(rng.uniform(0.0, 1.2) * RATE_HZ)
    while rng.random() < 0.9:
        clip = clips[rng.integers(len(clips))]
        if at + len(clip.samples) > len(window):
            break
        window[at : at + len(clip.samples)] = clip.samples
        words += [_Said(word, at + begin, at + end) for word, begin, end in clip.words]
        at += len(clip.samples) + int(rng.uniform(0.1, 0.8) * RATE_HZ)
    end = len(window) if rng.random() < 0.4 else int(rng.uniform(0.2, SECONDS) * RATE_HZ)
    window[end:] = 0.0
    window *= rng.uniform(0.3, 1.2)
    window[:end] += rng.normal(0.0, 10.0 ** rng.uniform(-5, -2.3), end)
    # A word counts if at least half of it is there.
    return window, [word for word in words if (word.begin + word.end) / 2 <= end]


def _targets(
    batch: list[list[_Said]], tokenizer: Any, model: Any
) -> tuple["Tensor", "Tensor", "Tensor"]:
    """Decoder inputs and targets, padded, shape (windows, tokens); and the position of the next
    word, shape (windows, tokens, positions).
    """
    import torch

    settings = model.generation_config
    prompt = [settings.decoder_start_token_id, settings.no_timestamps_token_id]
    end, silent = settings.eos_token_id, settings.no_timestamps_token_id - 1
    pieces = [
        [
            (token, word)
            for word in words
            for token in tokenizer.encode(f" {word.text}", add_special_tokens=False)
        ]
        for words in batch
    ]
    longest = max(map(len, pieces))
    inputs = torch.full((len(batch), len(prompt) + longest), end)
    labels = torch.full(inputs.shape, -100)
    where = torch.zeros(*inputs.shape, model.config.max_source_positions)
    frame = RATE_HZ // 50
    for row, words in enumerate(pieces):
        tokens = [token for token, _ in words]
        inputs[row, : 2 + len(tokens)] = torch.tensor([*prompt, *tokens])
        labels[row, 0] = prompt[1] if words else silent
        labels[row, 1 : 2 + len(tokens)] = torch.tensor([*tokens, end])
        for at, (_, word) in enumerate(words):
            where[row, 1 + at, word.begin // frame : word.end // frame + 1] = 1.0
    return inputs, labels, where
