"""Whisper checkpoints in the file layout of the Hub: random ones, and one that knows words.

The tokenizer is like Whisper's (byte-level BPE, then its special tokens in their order), trained on
a few sentences; the published one has 50,257 pieces.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tokenizers import AddedToken, Tokenizer, models, pre_tokenizers, trainers

SENTENCES = (
    "Marvin, what time is it?",
    "Set a timer for one hour.",
    "Turn the light off.",
    "Stop.",
)
"""The tokenizer's training text, which `make_spoken_whisper` learns."""

FULL_SIZE: dict[str, dict[str, int]] = {
    "tiny.en": {"d_model": 384, "layers": 4, "heads": 6},
    "base.en": {"d_model": 512, "layers": 6, "heads": 8},
    "small.en": {"d_model": 768, "layers": 12, "heads": 12},
}
"""From the config.json of openai/whisper-*.en; the feed-forward layers are four times as wide."""

_LANGUAGES = ("en", "zh", "de", "es", "fr")
_MERGES = 200


def make_whisper(
    folder: Path,
    *,
    multilingual: bool = False,
    seconds: int = 30,
    positions: int = 48,
    alignment_heads: bool = True,
    **config: Any,
) -> Path:
    """Random weights; `seconds` is the window, `positions` the maximum number of tokens."""
    tokenizer = new_tokenizer(seconds)
    model = new_model(
        tokenizer, multilingual=multilingual, seconds=seconds, positions=positions, **config
    )
    decoder = model.model.decoder
    # There are more timestamps than word pieces, but they should be rarer; and no word should be
    # the likeliest at every position.
    decoder.embed_tokens.weight.data[: tokenizer.vocab_size] *= 2.0
    decoder.embed_positions.weight.data *= 5.0
    if alignment_heads:
        model.generation_config.alignment_heads = [[1, 0], [1, 1]]
    save(folder, model, tokenizer, seconds)
    return folder


def make_full_size(folder: Path, name: str) -> Path:
    """The published configuration of openai/whisper-{name} with random weights."""
    import torch
    from transformers import GenerationConfig, WhisperConfig, WhisperForConditionalGeneration

    torch.manual_seed(1)
    size = FULL_SIZE[name]
    tokenizer = new_tokenizer(30)
    model = WhisperForConditionalGeneration(
        WhisperConfig(
            vocab_size=51_864,
            d_model=size["d_model"],
            encoder_layers=size["layers"],
            decoder_layers=size["layers"],
            encoder_attention_heads=size["heads"],
            decoder_attention_heads=size["heads"],
            encoder_ffn_dim=4 * size["d_model"],
            decoder_ffn_dim=4 * size["d_model"],
            **_ids(tokenizer),
        )
    )
    model.generation_config = GenerationConfig(
        is_multilingual=False,
        no_timestamps_token_id=tokenizer.convert_tokens_to_ids("<|notimestamps|>"),
        max_length=448,
        **_ids(tokenizer),
    )
    save(folder, model, tokenizer, 30)
    return folder


def specials(seconds: int) -> list[str]:
    """Whisper's special tokens, in the order of their ids."""
    return [
        "<|endoftext|>",
        "<|startoftranscript|>",
        *(f"<|{language}|>" for language in _LANGUAGES),
        "<|translate|>",
        "<|transcribe|>",
        "<|startoflm|>",
        "<|startofprev|>",
        "<|nospeech|>",
        "<|notimestamps|>",
        *(f"<|{step * 0.02:.2f}|>" for step in range(50 * seconds + 1)),
    ]


def new_tokenizer(seconds: int, sentences: Sequence[str] = SENTENCES) -> Any:
    from transformers import WhisperTokenizer

    pieces = Tokenizer(models.BPE())
    pieces.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(
        vocab_size=len(alphabet) + _MERGES, initial_alphabet=alphabet, show_progress=False
    )
    pieces.train_from_iterator([f" {sentence}" for sentence in sentences] * 2, trainer)
    learned = json.loads(pieces.to_str())["model"]
    tokenizer = WhisperTokenizer(
        vocab=learned["vocab"], merges=[tuple(merge) for merge in learned["merges"]]
    )
    names = specials(seconds)
    first_timestamp = names.index("<|0.00|>")
    tokenizer.add_tokens(
        [AddedToken(name, normalized=False, special=True) for name in names[:first_timestamp]],
        special_tokens=True,
    )
    tokenizer.add_tokens([AddedToken(name, normalized=False) for name in names[first_timestamp:]])
    return tokenizer


def _ids(tokenizer: Any) -> dict[str, int]:
    end = tokenizer.convert_tokens_to_ids("<|endoftext|>")
    start = tokenizer.convert_tokens_to_ids("<|startoftranscript|>")
    return {
        "bos_token_id": end,
        "pad_token_id": end,
        "eos_token_id": end,
        "decoder_start_token_id": start,
    }


def new_model(
    tokenizer: Any, *, multilingual: bool, seconds: int, positions: int, **config: Any
) -> Any:
    """Two layers each, with a generation configuration as complete as Whisper's."""
    import torch
    from transformers import GenerationConfig, WhisperConfig, WhisperForConditionalGeneration

    torch.manual_seed(1)
    shape: dict[str, Any] = {
        "d_model": 32,
        "encoder_layers": 2,
        "decoder_layers": 2,
        "encoder_attention_heads": 2,
        "decoder_attention_heads": 2,
        "encoder_ffn_dim": 64,
        "decoder_ffn_dim": 64,
        "init_std": 0.3,
    }
    model = WhisperForConditionalGeneration(
        WhisperConfig(
            vocab_size=len(tokenizer),
            max_source_positions=50 * seconds,
            max_target_positions=positions,
            **_ids(tokenizer),
            **(shape | config),
        )
    )
    token = tokenizer.convert_tokens_to_ids
    known: dict[str, Any] = {
        "is_multilingual": multilingual,
        "no_timestamps_token_id": token("<|notimestamps|>"),
        "prev_sot_token_id": token("<|startofprev|>"),
        "max_length": positions,
        "max_initial_timestamp_index": 50,
        "return_timestamps": False,
        "suppress_tokens": [
            *token(["(", ")", "[", "]", "<|startoftranscript|>", "<|translate|>"]),
            *token(["<|transcribe|>", "<|startoflm|>", "<|startofprev|>", "<|nospeech|>"]),
        ],
        "begin_suppress_tokens": [token("\u0120"), token("<|endoftext|>")],
    }
    if multilingual:
        known["lang_to_id"] = {f"<|{name}|>": token(f"<|{name}|>") for name in _LANGUAGES}
        known["task_to_id"] = {name: token(f"<|{name}|>") for name in ("translate", "transcribe")}
    model.generation_config = GenerationConfig(**_ids(tokenizer), **known)
    return model


def save(folder: Path, model: Any, tokenizer: Any, seconds: int) -> Any:
    """Write all files of the checkpoint; returns the feature extractor."""
    from transformers import WhisperFeatureExtractor, WhisperProcessor

    model.save_pretrained(folder)
    extractor = WhisperFeatureExtractor(
        feature_size=model.config.num_mel_bins, chunk_length=seconds
    )
    WhisperProcessor(extractor, tokenizer).save_pretrained(folder)
    return extractor
