"""Converts a Whisper of CTranslate2 to a checkpoint of transformers. Loses nothing: the weights
stay float16."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from safetensors.numpy import save_file

from marvin.hub.packages.ctranslate2 import Variables, read_variables, tensors
from marvin.hub.packages.json_files import write_json_files
from marvin.hub.packages.package import CTRANSLATE2

_HEAD_WIDTH = 64
"""Of every published Whisper."""
_END = "<|endoftext|>"
_MULTILINGUAL_END = 50_257


def convert_whisper(parts: Path, folder: Path) -> None:
    """Raises ValueError, KeyError or struct.error for another architecture."""
    variables = read_variables(parts / CTRANSLATE2)
    settings = _read(parts / "config.json")
    tokenizer = _read(parts / "tokenizer.json")
    vocabulary = _vocabulary(parts)
    _complete(tokenizer, vocabulary[: len(variables["decoder/embeddings/weight"])])
    ids = {token["content"]: token["id"] for token in tokenizer["added_tokens"]}
    special = {
        "bos_token_id": ids[_END],
        "eos_token_id": ids[_END],
        "pad_token_id": ids[_END],
        "decoder_start_token_id": ids["<|startoftranscript|>"],
    }
    folder.mkdir(parents=True)
    save_file(tensors(variables), folder / "model.safetensors", metadata={"format": "pt"})
    write_json_files(
        folder,
        {
            "config.json": _config(variables, special, settings),
            "generation_config.json": _generation_config(special, settings, ids),
            "tokenizer.json": tokenizer,
            "tokenizer_config.json": _tokenizer_config(),
            "preprocessor_config.json": _preprocessor_config(variables),
        },
    )


def _read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def _vocabulary(parts: Path) -> Sequence[str]:
    listed = parts / "vocabulary.json"
    if listed.exists():
        tokens: list[str] = _read(listed)
        return tokens
    return (parts / "vocabulary.txt").read_text(encoding="utf-8").split("\n")


def _complete(tokenizer: dict[str, Any], vocabulary: Sequence[str]) -> None:
    """Add the tokens that only the vocabulary has: the timestamps of the English models."""
    added = tokenizer["added_tokens"]
    known = {token["id"] for token in added} | set(tokenizer["model"]["vocab"].values())
    flags = dict.fromkeys(("single_word", "lstrip", "rstrip", "normalized", "special"), False)
    added += [
        {"id": index, "content": token, **flags}
        for index, token in enumerate(vocabulary)
        if token and index not in known
    ]


def _config(
    variables: Variables, special: Mapping[str, int], settings: Mapping[str, Any]
) -> dict[str, object]:
    vocabulary, width = variables["decoder/embeddings/weight"].shape
    values: dict[str, object] = {
        "architectures": ["WhisperForConditionalGeneration"],
        "model_type": "whisper",
        "dtype": "float16",
        "activation_function": "gelu",
        "d_model": width,
        "max_source_positions": len(variables["encoder/position_encodings/encodings"]),
        "max_target_positions": len(variables["decoder/position_encodings/encodings"]),
        "num_mel_bins": variables["encoder/conv1/weight"].shape[1],
        "vocab_size": vocabulary,
        "begin_suppress_tokens": settings["suppress_ids_begin"],
        **special,
    }
    for side in ("encoder", "decoder"):
        heads = int(variables[f"{side}/num_heads"])
        if heads * _HEAD_WIDTH != width:
            raise ValueError(f"{heads} heads for a width of {width}")
        layers = {name.split("/")[1] for name in variables if name.startswith(f"{side}/layer_")}
        values[f"{side}_layers"] = len(layers - {"layer_norm"})
        values[f"{side}_attention_heads"] = heads
        values[f"{side}_ffn_dim"] = len(variables[f"{side}/layer_0/ffn/linear_0/bias"])
    return values


def _generation_config(
    special: Mapping[str, int], settings: Mapping[str, Any], ids: Mapping[str, int]
) -> dict[str, object]:
    multilingual = special["eos_token_id"] == _MULTILINGUAL_END
    values: dict[str, object] = {
        "alignment_heads": settings["alignment_heads"],
        "begin_suppress_tokens": settings["suppress_ids_begin"],
        "suppress_tokens": settings["suppress_ids"],
        "is_multilingual": multilingual,
        "max_initial_timestamp_index": 50,
        "max_length": 448,
        "no_timestamps_token_id": ids["<|notimestamps|>"],
        "prev_sot_token_id": ids["<|startofprev|>"],
        "return_timestamps": False,
        **special,
    }
    if multilingual:
        names = {index: token for token, index in ids.items()}
        values["lang_to_id"] = {names[index]: index for index in settings["lang_ids"]}
        values["task_to_id"] = {task: ids[f"<|{task}|>"] for task in ("transcribe", "translate")}
    return values


def _tokenizer_config() -> dict[str, object]:
    tokens = dict.fromkeys(("bos_token", "eos_token", "pad_token", "unk_token"), _END)
    return {"tokenizer_class": "WhisperTokenizer", "processor_class": "WhisperProcessor", **tokens}


def _preprocessor_config(variables: Variables) -> dict[str, object]:
    rate, hop, seconds = 16_000, 160, 30
    return {
        "feature_extractor_type": "WhisperFeatureExtractor",
        "processor_class": "WhisperProcessor",
        "chunk_length": seconds,
        "feature_size": variables["encoder/conv1/weight"].shape[1],
        "hop_length": hop,
        "n_fft": 400,
        "n_samples": seconds * rate,
        "nb_max_frames": seconds * rate // hop,
        "padding_side": "right",
        "padding_value": 0.0,
        "return_attention_mask": False,
        "sampling_rate": rate,
    }
