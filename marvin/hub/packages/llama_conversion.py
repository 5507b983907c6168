"""Converts a GGUF file of SmolLM2 to a checkpoint of transformers.

What rounding to 4 bits has lost stays lost; the numbers are stored as float16.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import save_file

from marvin.hub.packages.gguf_file import read_gguf
from marvin.hub.packages.json_files import write_json_files
from marvin.hub.packages.package import GGUF

_NAMES = {
    "attn_norm": "input_layernorm",
    "attn_q": "self_attn.q_proj",
    "attn_k": "self_attn.k_proj",
    "attn_v": "self_attn.v_proj",
    "attn_output": "self_attn.o_proj",
    "ffn_norm": "post_attention_layernorm",
    "ffn_gate": "mlp.gate_proj",
    "ffn_up": "mlp.up_proj",
    "ffn_down": "mlp.down_proj",
    "token_embd": "embed_tokens",
    "output_norm": "norm",
}
"""From llama.cpp's names to those of transformers."""
_CONTROL = 3
"""llama.cpp's type of tokens that stand for no text."""


def convert_llama(parts: Path, folder: Path) -> None:
    """Raises ValueError or KeyError for another architecture."""
    file = read_gguf(parts / GGUF)
    facts = file.facts
    if facts["general.architecture"] != "llama" or facts["tokenizer.ggml.pre"] != "smollm":
        raise ValueError("not a model of the SmolLM family")
    heads = {"attn_q": "llama.attention.head_count", "attn_k": "llama.attention.head_count_kv"}
    weights = {}
    for path, read in file.tensors.items():
        *layer, name, _ = path.split(".")  # blk.0.attn_q.weight
        value = read()
        if name in heads:
            value = _in_halves(value, facts[heads[name]])
        prefix = f"model.layers.{layer[1]}" if layer else "model"
        weights[f"{prefix}.{_NAMES[name]}.weight"] = value.astype(np.float16)
    folder.mkdir(parents=True)
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    special = {
        f"{name}_token_id": facts[f"tokenizer.ggml.{fact}_token_id"]
        for name, fact in {"bos": "bos", "eos": "eos", "pad": "padding"}.items()
    }
    write_json_files(
        folder,
        {
            "config.json": _config(facts, special),
            "generation_config.json": special,
            "tokenizer.json": _tokenizer(facts),
            "tokenizer_config.json": _tokenizer_config(facts, special),
        },
    )


def _in_halves(value: NDArray[np.float32], heads: int) -> NDArray[np.float32]:
    """Reorder the rows of queries or keys for the rotation by position: llama.cpp pairs row 2n of a
    head with row 2n + 1, transformers pairs the halves of the head."""
    rows, columns = value.shape
    pairs = value.reshape(heads, rows // heads // 2, 2, columns)
    return np.ascontiguousarray(pairs.swapaxes(1, 2).reshape(rows, columns))


def _config(facts: Mapping[str, Any], special: Mapping[str, int]) -> dict[str, object]:
    return {
        "architectures": ["LlamaForCausalLM"],
        "model_type": "llama",
        "dtype": "float16",
        "hidden_act": "silu",
        "hidden_size": facts["llama.embedding_length"],
        "intermediate_size": facts["llama.feed_forward_length"],
        "max_position_embeddings": facts["llama.context_length"],
        "num_attention_heads": facts["llama.attention.head_count"],
        "num_hidden_layers": facts["llama.block_count"],
        "num_key_value_heads": facts["llama.attention.head_count_kv"],
        "rms_norm_eps": round(facts["llama.attention.layer_norm_rms_epsilon"], 9),
        "rope_theta": facts["llama.rope.freq_base"],
        "tie_word_embeddings": True,
        "vocab_size": facts["llama.vocab_size"],
        **special,
    }


def _tokenizer(facts: Mapping[str, Any]) -> dict[str, object]:
    """Byte-level BPE with single digits, as SmolLM's."""
    tokens = facts["tokenizer.ggml.tokens"]
    kinds = facts["tokenizer.ggml.token_type"]
    flags = dict.fromkeys(("single_word", "lstrip", "rstrip", "normalized"), False)
    added = [
        {"id": index, "content": token, **flags, "special": True}
        for index, (token, kind) in enumerate(zip(tokens, kinds, strict=True))
        if kind == _CONTROL
    ]
    by_bytes = {
        "type": "ByteLevel",
        "add_prefix_space": False,
        "trim_offsets": True,
        "use_regex": True,
    }
    digits = {"type": "Digits", "individual_digits": True}
    return {
        "version": "1.0",
        "added_tokens": added,
        "normalizer": None,
        "pre_tokenizer": {"type": "Sequence", "pretokenizers": [digits, by_bytes]},
        "post_processor": None,
        "decoder": by_bytes,
        "model": {
            "type": "BPE",
            "vocab": {token: index for index, token in enumerate(tokens)},
            "merges": facts["tokenizer.ggml.merges"],
        },
    }


def _tokenizer_config(facts: Mapping[str, Any], special: Mapping[str, int]) -> dict[str, object]:
    tokens = facts["tokenizer.ggml.tokens"]
    return {
        "tokenizer_class": "GPT2Tokenizer",
        "model_max_length": facts["llama.context_length"],
        "clean_up_tokenization_spaces": False,
        "chat_template": facts["tokenizer.chat_template"],
        "unk_token": tokens[facts["tokenizer.ggml.unknown_token_id"]],
        **{name.removesuffix("_id"): tokens[index] for name, index in special.items()},
    }
