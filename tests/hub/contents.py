"""Repositories as on the Hub, with many files for other programs."""

import numpy as np
from safetensors.numpy import save

from tests.hub.fake_hub import Files

TINY = "openai/whisper-small.en"
"""An id that the catalogue knows, and no package carries."""


def weights(seed: int, count: int = 8) -> bytes:
    """A safetensors file with this many numbers."""
    values = np.random.default_rng(seed).standard_normal(count).astype(np.float32)
    return save({"w": values}, metadata={"format": "pt"})


def model(seed: int = 0, count: int = 8) -> Files:
    """A checkpoint among unneeded files."""
    return {
        "config.json": b'{"model_type": "whisper", "seed": %d}' % seed,
        "tokenizer.json": b"{}",
        "vocab.txt": b"a\nb\n",
        "model.safetensors": weights(seed, count),
        "pytorch_model.bin": b"not fetched",
        "flax_model.msgpack": b"not fetched",
        "model.fp32-00001-of-00001.safetensors": b"not fetched",
        "onnx/model.onnx": b"not fetched",
        "modeling_own.py": b"raise SystemExit('not fetched')",
        "README.md": b"# not fetched",
    }


NEEDED = {"config.json", "tokenizer.json", "vocab.txt", "model.safetensors"}
