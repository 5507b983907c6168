"""A model that went through a package's format computes what it computed before."""

from __future__ import annotations

import json
import struct
from pathlib import Path

import numpy as np
import pytest

from marvin.hub.packages.ctranslate2 import read_variables
from marvin.hub.packages.gguf_file import read_gguf
from marvin.hub.packages.llama_conversion import convert_llama
from marvin.hub.packages.whisper_conversion import convert_whisper
from tests.hub.packages.made_up import (
    LLAMA_TOKENS,
    ctranslate2,
    gguf,
    gguf_of,
    tiny_llama,
    tiny_whisper,
    whisper_package,
)


@pytest.fixture
def parts(tmp_path: Path) -> Path:
    folder = tmp_path / "parts"
    folder.mkdir()
    return folder


def test_a_whisper_computes_the_same(tmp_path: Path, parts: Path) -> None:
    import torch
    from transformers import WhisperForConditionalGeneration

    model = tiny_whisper()
    for name, content in whisper_package(model).items():
        (parts / name).write_bytes(content)
    convert_whisper(parts, tmp_path / "new")
    new, report = WhisperForConditionalGeneration.from_pretrained(
        tmp_path / "new", dtype=torch.float32, output_loading_info=True
    )
    assert not report["missing_keys"]
    assert not report["unexpected_keys"]
    mel, ids = torch.randn(1, 8, 40), torch.tensor([[3, 5, 0, 1]])
    with torch.inference_mode():
        before, after = (one.eval()(mel, decoder_input_ids=ids).logits for one in (model, new))
    assert torch.equal(before, after)


def test_a_whisper_s_tokens_are_complete(tmp_path: Path, parts: Path) -> None:
    for name, content in whisper_package(tiny_whisper()).items():
        (parts / name).write_bytes(content)
    convert_whisper(parts, tmp_path / "new")
    tokenizer = json.loads((tmp_path / "new" / "tokenizer.json").read_text())
    ids = {one["content"]: one["id"] for one in tokenizer["added_tokens"]}
    assert (ids["<|notimestamps|>"], ids["<|0.00|>"]) == (5, 6)
    generation = json.loads((tmp_path / "new" / "generation_config.json").read_text())
    assert generation["is_multilingual"] is False
    assert generation["no_timestamps_token_id"] == 5
    assert generation["suppress_tokens"] == [1]


def test_a_llama_computes_the_same(tmp_path: Path, parts: Path) -> None:
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    model = tiny_llama()
    (parts / "model.gguf").write_bytes(gguf_of(model))
    convert_llama(parts, tmp_path / "new")
    new, report = AutoModelForCausalLM.from_pretrained(
        tmp_path / "new", dtype=torch.float32, output_loading_info=True
    )
    assert not report["missing_keys"]
    ids = torch.tensor([[1, 3, 4, 5, 2]])
    with torch.inference_mode():
        assert torch.allclose(model(ids).logits, new.eval()(ids).logits, atol=1e-5)
    weights = new.state_dict()
    assert all(torch.equal(value, weights[name]) for name, value in model.state_dict().items())
    tokenizer = AutoTokenizer.from_pretrained(tmp_path / "new")
    assert tokenizer.tokenize("<|im_start|>ab 11") == ["<|im_start|>", "ab", "Ġ", "1", "1"]
    assert tokenizer.eos_token == "<|im_end|>"
    assert tokenizer.apply_chat_template([{"role": "user", "content": "ab"}]) is not None
    assert len(tokenizer) == len(LLAMA_TOKENS)


def test_four_and_eight_bits_are_read(tmp_path: Path) -> None:
    nibbles = np.arange(32, dtype=np.uint8) % 16
    q4_1 = struct.pack("<ee", 0.5, -2.0) + (nibbles[:16] | nibbles[16:] << 4).tobytes()
    signed = np.arange(-16, 16, dtype=np.int8)
    q8_0 = struct.pack("<e", 0.25) + signed.tobytes()
    path = tmp_path / "a.gguf"
    path.write_bytes(gguf({"a": 1}, {"four": ((1, 32), 3, q4_1), "eight": ((32,), 8, q8_0)}))
    file = read_gguf(path)
    assert np.array_equal(file.tensors["four"](), nibbles[None] * 0.5 - 2.0)
    assert np.array_equal(file.tensors["eight"](), signed * 0.25)


@pytest.mark.parametrize("content", [b"GGUF\x02" + bytes(40), b"GG", b"", bytes(64)])
def test_what_is_no_gguf_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.gguf"
    path.write_bytes(content)
    with pytest.raises((ValueError, struct.error)):
        read_gguf(path)


def test_a_format_that_is_not_read_is_named(tmp_path: Path) -> None:
    path = tmp_path / "a.gguf"
    path.write_bytes(gguf({"a": 1}, {"w": ((256,), 12, bytes(144))}))
    with pytest.raises(ValueError, match="w has format 12"):
        read_gguf(path)


def test_another_version_of_ctranslate2_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "model.bin"
    path.write_bytes(ctranslate2({}, version=7))
    with pytest.raises(ValueError, match="version 7"):
        read_variables(path)


def test_another_architecture_is_refused(tmp_path: Path, parts: Path) -> None:
    facts = {"general.architecture": "qwen2", "tokenizer.ggml.pre": "qwen2"}
    (parts / "model.gguf").write_bytes(gguf(facts, {"w": ((1,), 0, bytes(4))}))
    with pytest.raises(ValueError, match="SmolLM"):
        convert_llama(parts, tmp_path / "new")
