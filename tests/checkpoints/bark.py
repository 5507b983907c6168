"""Bark with random weights, in the layout of the Hub repositories suno/bark-small and suno/bark."""

import json
import string
from pathlib import Path
from typing import Any

import numpy as np

PRESETS = ("v2/en_speaker_6", "v2/de_speaker_3", "announcer")

_BLOCK = {"bias": False, "block_size": 1024}
_SMALL = {"hidden_size": 768, "num_heads": 12, "num_layers": 12}
"""suno/bark-small; suno/bark has 1024, 16 and 24."""
_TINY = {"hidden_size": 16, "num_heads": 2, "num_layers": 1}
_TINY_CODEC = {"num_filters": 4, "hidden_size": 16, "codebook_dim": 16, "num_lstm_layers": 1}


def make_bark(folder: Path, *, full_size: bool = False, longest: int = 12) -> Path:
    """Write the model to `folder`; as large as suno/bark-small with `full_size`. It does not end
    before `longest` semantic tokens, 50 per second.
    """
    import torch
    from transformers import BarkConfig, BarkModel, EncodecConfig

    folder.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(4)
    size = _SMALL if full_size else _TINY
    config = BarkConfig(
        semantic_config={
            **_BLOCK, **size, "input_vocab_size": 129_600, "output_vocab_size": 10_048,
        },
        coarse_acoustics_config={
            **_BLOCK, **size, "input_vocab_size": 12_096, "output_vocab_size": 12_096,
        },
        fine_acoustics_config={
            **_BLOCK, **size, "input_vocab_size": 1056, "output_vocab_size": 1056,
        },
        codec_config=EncodecConfig(**({} if full_size else _TINY_CODEC)).to_dict(),
    )  # fmt: skip
    model = BarkModel(config)
    with torch.no_grad():
        model.semantic.lm_head.weight.normal_(0.0, 0.02)
        for codebook in model.codec_model.quantizer.layers:
            codebook.codebook.embed.normal_(0.0, 1.0)
    model.save_pretrained(folder)
    (folder / "generation_config.json").write_text(json.dumps(_generation_config(longest)))
    _write_tokenizer(folder)
    _write_presets(folder)
    return folder


def _generation_config(longest: int) -> dict[str, Any]:
    """generation_config.json. transformers can read it, but not save it."""
    sampling = {"do_sample": True, "temperature": 0.7}
    return {
        "codebook_size": 1024,
        "model_type": "bark",
        "sample_rate": 24_000,
        "semantic_config": {
            **sampling,
            "eos_token_id": 10_000,
            "max_input_semantic_length": 256,
            "max_new_tokens": longest,
            "pad_token_id": 10_000,
            "semantic_infer_token": 129_599,
            "semantic_rate_hz": 49.9,
            "semantic_vocab_size": 10_000,
            "text_encoding_offset": 10_048,
            "text_pad_token": 129_595,
        },
        "coarse_acoustics_config": {
            **sampling,
            "coarse_infer_token": 12_050,
            "coarse_rate_hz": 75,
            "coarse_semantic_pad_token": 12_048,
            "max_coarse_history": 630,
            "max_coarse_input_length": 256,
            "n_coarse_codebooks": 2,
            "sliding_window_len": 60,
        },
        "fine_acoustics_config": {
            "max_fine_history_length": 512,
            "max_fine_input_length": 1024,
            "n_fine_codebooks": 8,
            "temperature": 0.5,
        },
    }


def _write_tokenizer(folder: Path) -> None:
    """A BERT tokenizer with single characters, where the published one has 119,547 word pieces."""
    letters = string.ascii_letters + string.digits + "äöüßéñçабвгдежзийклмнопрстуфхцчшщъыьэюя"
    tokens = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *string.punctuation, *letters]
    tokens += [f"##{letter}" for letter in letters]
    (folder / "vocab.txt").write_text("\n".join(tokens), encoding="utf-8")
    (folder / "tokenizer_config.json").write_text(
        json.dumps(
            {
                "cls_token": "[CLS]",
                "do_lower_case": False,
                "mask_token": "[MASK]",
                "model_max_length": 512,
                "pad_token": "[PAD]",
                "sep_token": "[SEP]",
                "strip_accents": False,
                "tokenizer_class": "BertTokenizer",
                "unk_token": "[UNK]",
            }
        )
    )


def _write_presets(folder: Path) -> None:
    """One second of prompt for each speaker, as .npy files listed in a JSON file."""
    chance = np.random.default_rng(5)
    paths: dict[str, Any] = {"repo_or_path": "suno/bark-small"}
    for name in PRESETS:
        prompts = {
            "semantic_prompt": chance.integers(0, 10_000, 50),
            "coarse_prompt": chance.integers(0, 1024, (2, 75)),
            "fine_prompt": chance.integers(0, 1024, (8, 75)),
        }
        paths[name] = {}
        for kind, prompt in prompts.items():
            path = f"speaker_embeddings/{name}_{kind}.npy"
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            np.save(folder / path, prompt)
            paths[name][kind] = path
    (folder / "speaker_embeddings_path.json").write_text(json.dumps(paths))
