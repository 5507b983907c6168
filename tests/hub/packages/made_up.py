"""Tiny models in the formats of published packages, and wheels around them."""

from __future__ import annotations

import hashlib
import io
import json
import struct
import tarfile
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from marvin.hub.packages.package import Member, Package, wheel

if TYPE_CHECKING:
    from transformers import LlamaForCausalLM, WhisperForConditionalGeneration

WHISPER_TOKENS = ("a", "b", "<|endoftext|>", "<|startoftranscript|>", "<|startofprev|>")
"""Those in tokenizer.json; the vocabulary has two more."""
VOCABULARY = (*WHISPER_TOKENS, "<|notimestamps|>", "<|0.00|>")


def pack(folder: Path, name: str, members: Mapping[str, bytes], *wanted: Member) -> Package:
    """A wheel on the disk, and what is known about it."""
    named = wheel(name, "1.0", 0, "", *wanted)
    folder.mkdir(parents=True, exist_ok=True)
    info = f"{name.replace('-', '_')}-1.0.dist-info"
    metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n".encode()
    tags = b"Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    archive = folder / named.archive
    with zipfile.ZipFile(archive, "w") as zipped:
        for path, content in {
            **members, f"{info}/METADATA": metadata, f"{info}/WHEEL": tags, f"{info}/RECORD": b"",
        }.items():  # fmt: skip
            zipped.writestr(path, content)
    return pinned(archive, named)


def pinned(archive: Path, package: Package) -> Package:
    """The package with the size and digest of an archive."""
    data = archive.read_bytes()
    digest = hashlib.sha256(data).hexdigest()
    return Package(
        package.registry, package.name, package.version, archive.name, len(data), digest,
        package.members,
    )  # fmt: skip


def tarball(path: Path, *entries: tarfile.TarInfo) -> Package:
    with tarfile.open(path, "w:gz") as tarred:
        for entry in entries:
            entry.size = 4 if entry.isfile() else 0
            tarred.addfile(entry, io.BytesIO(b"data") if entry.isfile() else None)
    members = (Member("package/voices/*.bin", "voices/"),)
    return pinned(path, Package("npm", "made-up", "1.0", path.name, 0, "", members))


def tiny_whisper() -> WhisperForConditionalGeneration:
    """Random weights, rounded to float16 as those in packages are."""
    import torch
    from transformers import WhisperConfig, WhisperForConditionalGeneration

    torch.manual_seed(0)
    config = WhisperConfig(
        vocab_size=len(VOCABULARY), d_model=64, encoder_layers=2, decoder_layers=1,
        encoder_attention_heads=1, decoder_attention_heads=1, encoder_ffn_dim=96,
        decoder_ffn_dim=80, num_mel_bins=8, max_source_positions=20, max_target_positions=12,
        pad_token_id=2, bos_token_id=2, eos_token_id=2, decoder_start_token_id=3,
    )  # fmt: skip
    return WhisperForConditionalGeneration(config).half().float().eval()


def whisper_package(model: WhisperForConditionalGeneration) -> dict[str, bytes]:
    """The files that faster-whisper loads."""
    added = [{"id": at, "content": token} for at, token in enumerate(WHISPER_TOKENS) if at > 1]
    tokenizer = {
        "version": "1.0",
        "added_tokens": [{**_PLAIN, **one} for one in added],
        "model": {"type": "BPE", "vocab": {"a": 0, "b": 1}, "merges": []},
    }
    settings = {"suppress_ids_begin": [0], "suppress_ids": [1], "alignment_heads": [[0, 0]]}
    return {
        "model.bin": ctranslate2(_variables(model)),
        "config.json": json.dumps(settings).encode(),
        "tokenizer.json": json.dumps(tokenizer).encode(),
        "vocabulary.txt": "\n".join(VOCABULARY).encode(),
    }


_PLAIN = dict.fromkeys(("single_word", "lstrip", "rstrip", "normalized", "special"), False)


def _variables(model: WhisperForConditionalGeneration) -> dict[str, NDArray[Any]]:
    state = {name: value.numpy() for name, value in model.state_dict().items()}
    found: dict[str, NDArray[Any]] = {}

    def add(theirs: str, *ours: str) -> None:
        for kind, named in (("weight", "weight"), ("bias", "bias")):
            parts = [state.get(f"model.{one}.{kind}") for one in ours]
            if all(part is None for part in parts):
                continue
            rows = len(state[f"model.{ours[0]}.weight"])
            whole = [np.zeros(rows) if part is None else part for part in parts]
            if theirs.endswith("layer_norm"):
                named = {"weight": "gamma", "bias": "beta"}[kind]
            found[f"{theirs}/{named}"] = np.concatenate(whole).astype(np.float16)

    for side, layers in (("encoder", 2), ("decoder", 1)):
        add(f"{side}/layer_norm", f"{side}.layer_norm")
        positions = state[f"model.{side}.embed_positions.weight"].astype(np.float16)
        found[f"{side}/position_encodings/encodings"] = positions
        found[f"{side}/num_heads"] = np.array(1, np.int16)
        for at in range(layers):
            ours, theirs = f"{side}.layers.{at}", f"{side}/layer_{at}"
            add(f"{theirs}/self_attention/layer_norm", f"{ours}.self_attn_layer_norm")
            add(f"{theirs}/self_attention/linear_0", *_parts(f"{ours}.self_attn", "qkv"))
            add(f"{theirs}/self_attention/linear_1", f"{ours}.self_attn.out_proj")
            if side == "decoder":
                add(f"{theirs}/attention/layer_norm", f"{ours}.encoder_attn_layer_norm")
                add(f"{theirs}/attention/linear_0", f"{ours}.encoder_attn.q_proj")
                add(f"{theirs}/attention/linear_1", *_parts(f"{ours}.encoder_attn", "kv"))
                add(f"{theirs}/attention/linear_2", f"{ours}.encoder_attn.out_proj")
            add(f"{theirs}/ffn/layer_norm", f"{ours}.final_layer_norm")
            add(f"{theirs}/ffn/linear_0", f"{ours}.fc1")
            add(f"{theirs}/ffn/linear_1", f"{ours}.fc2")
    add("encoder/conv1", "encoder.conv1")
    add("encoder/conv2", "encoder.conv2")
    add("decoder/embeddings", "decoder.embed_tokens")
    return found


def _parts(attention: str, letters: str) -> list[str]:
    return [f"{attention}.{letter}_proj" for letter in letters]


def ctranslate2(variables: Mapping[str, NDArray[Any]], version: int = 6) -> bytes:
    numbers = {"float32": 0, "int16": 2, "float16": 4}
    parts = [struct.pack("<I", version), _short("WhisperSpec"), struct.pack("<I", 3)]
    parts.append(struct.pack("<I", len(variables)))
    for name, value in variables.items():
        shape = struct.pack(f"<B{value.ndim}I", value.ndim, *value.shape)
        kind = struct.pack("<BI", numbers[value.dtype.name], value.nbytes)
        parts += [_short(name), shape, kind, value.tobytes()]
    alias = _short("decoder/projection/weight") + _short("decoder/embeddings/weight")
    return b"".join([*parts, struct.pack("<I", 1), alias])


def _short(text: str) -> bytes:
    return struct.pack("<H", len(text) + 1) + text.encode() + b"\0"


LLAMA_TOKENS = ("<|endoftext|>", "<|im_start|>", "<|im_end|>", "a", "b", "ab", "1", "Ġ")


def tiny_llama() -> LlamaForCausalLM:
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=len(LLAMA_TOKENS), hidden_size=64, intermediate_size=96, num_hidden_layers=2,
        num_attention_heads=4, num_key_value_heads=2, max_position_embeddings=64,
        tie_word_embeddings=True, rms_norm_eps=1e-5,
        rope_parameters={"rope_type": "default", "rope_theta": 1000.0},
    )  # fmt: skip
    return LlamaForCausalLM(config).half().float().eval()


_GGUF_NAMES = {
    "input_layernorm": "attn_norm",
    "self_attn.q_proj": "attn_q",
    "self_attn.k_proj": "attn_k",
    "self_attn.v_proj": "attn_v",
    "self_attn.o_proj": "attn_output",
    "post_attention_layernorm": "ffn_norm",
    "mlp.gate_proj": "ffn_gate",
    "mlp.up_proj": "ffn_up",
    "mlp.down_proj": "ffn_down",
}


def gguf_of(model: LlamaForCausalLM) -> bytes:
    """As llama.cpp's converter writes it, in float32 and float16."""
    tensors = {}
    for name, value in model.state_dict().items():
        ours = name.removeprefix("model.").removesuffix(".weight")
        if ours.startswith("layers."):
            _, layer, rest = ours.split(".", 2)
            if rest in ("self_attn.q_proj", "self_attn.k_proj"):
                value = interleaved(value, 4 if "q_proj" in rest else 2)
            tensors[f"blk.{layer}.{_GGUF_NAMES[rest]}.weight"] = value.numpy()
        elif ours in ("embed_tokens", "norm"):
            theirs = {"embed_tokens": "token_embd", "norm": "output_norm"}[ours]
            tensors[f"{theirs}.weight"] = value.numpy().astype(np.float16)
    facts = {
        "general.architecture": "llama",
        "llama.embedding_length": 64,
        "llama.feed_forward_length": 96,
        "llama.context_length": 64,
        "llama.attention.head_count": 4,
        "llama.attention.head_count_kv": 2,
        "llama.block_count": 2,
        "llama.attention.layer_norm_rms_epsilon": 1e-5,
        "llama.rope.freq_base": 1000.0,
        "llama.vocab_size": len(LLAMA_TOKENS),
        "tokenizer.ggml.pre": "smollm",
        "tokenizer.ggml.tokens": list(LLAMA_TOKENS),
        "tokenizer.ggml.token_type": [3, 3, 3, 1, 1, 1, 1, 1],
        "tokenizer.ggml.merges": ["a b"],
        "tokenizer.ggml.bos_token_id": 1,
        "tokenizer.ggml.eos_token_id": 2,
        "tokenizer.ggml.padding_token_id": 2,
        "tokenizer.ggml.unknown_token_id": 0,
        "tokenizer.chat_template": "{{ messages[0]['content'] }}",
    }
    return gguf(facts, {name: (value.shape, *_stored(value)) for name, value in tensors.items()})


def interleaved(value: Any, heads: int) -> Any:
    """From transformers' order of rows to llama.cpp's."""
    rows, columns = value.shape
    return value.reshape(heads, 2, rows // heads // 2, columns).transpose(1, 2).reshape(rows, -1)


def _stored(value: NDArray[Any]) -> tuple[int, bytes]:
    return (1 if value.dtype == np.float16 else 0), value.tobytes()


def gguf(
    facts: Mapping[str, Any], tensors: Mapping[str, tuple[tuple[int, ...], int, bytes]]
) -> bytes:
    """`tensors` are shape, ggml's type and data."""
    head = [b"GGUF", struct.pack("<IQQ", 3, len(tensors), len(facts))]
    head += [_long(name) + _value(value) for name, value in facts.items()]
    body = b""
    for name, (shape, kind, data) in tensors.items():
        dimensions = struct.pack(f"<I{len(shape)}Q", len(shape), *shape[::-1])
        head.append(_long(name) + dimensions + struct.pack("<IQ", kind, len(body)))
        body += data + bytes(-len(data) % 32)
    start = b"".join(head)
    return start + bytes(-len(start) % 32) + body


def _value(value: object) -> bytes:
    match value:
        case str():
            return struct.pack("<I", 8) + _long(value)
        case int():
            return struct.pack("<II", 4, value)
        case float():
            return struct.pack("<If", 6, value)
        case list():
            items = [_value(one) for one in value]
            kind = items[0][:4]
            return (
                struct.pack("<I", 9)
                + kind
                + struct.pack("<Q", len(items))
                + b"".join(item[4:] for item in items)
            )
    raise TypeError(value)


def _long(text: str) -> bytes:
    data = text.encode()
    return struct.pack("<Q", len(data)) + data
