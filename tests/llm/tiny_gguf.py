"""A tiny llama with random weights as a GGUF file: it writes letters and never ends."""

from pathlib import Path

import numpy as np

from tests.hub.packages.made_up import gguf

END = "<|im_end|>"
_TOKENS = ["<|endoftext|>", "<|im_start|>", END, *map(chr, range(33, 127)), "Ġ", "Ċ"]
_WIDTH, _WIDE, _LAYERS = 64, 96, 2
CONTEXT = 4096
_TEMPLATE = (
    "{% for one in messages %}<|im_start|>{{ one.role }}\n{{ one.content }}<|im_end|>\n"
    "{% endfor %}<|im_start|>assistant\n"
)


def write_tiny_gguf(path: Path, architecture: str = "llama") -> Path:
    random = np.random.default_rng(0)
    embedding = random.normal(size=(len(_TOKENS), _WIDTH))
    embedding[:3] = 0.0  # The tokens that would end the answer are never the likeliest.
    tensors = {"token_embd": embedding, "output_norm": np.ones(_WIDTH)}
    shapes = {
        "attn_q": (_WIDTH, _WIDTH), "attn_k": (_WIDTH // 2, _WIDTH),
        "attn_v": (_WIDTH // 2, _WIDTH), "attn_output": (_WIDTH, _WIDTH),
        "ffn_gate": (_WIDE, _WIDTH), "ffn_up": (_WIDE, _WIDTH), "ffn_down": (_WIDTH, _WIDE),
    }  # fmt: skip
    for layer in range(_LAYERS):
        for name, shape in shapes.items():
            tensors[f"blk.{layer}.{name}"] = random.normal(size=shape) / 8
        for name in ("attn_norm", "ffn_norm"):
            tensors[f"blk.{layer}.{name}"] = np.ones(_WIDTH)
    facts = {
        "general.architecture": architecture,
        f"{architecture}.embedding_length": _WIDTH,
        f"{architecture}.feed_forward_length": _WIDE,
        f"{architecture}.context_length": CONTEXT,
        f"{architecture}.attention.head_count": 4,
        f"{architecture}.attention.head_count_kv": 2,
        f"{architecture}.block_count": _LAYERS,
        f"{architecture}.attention.layer_norm_rms_epsilon": 1e-5,
        "tokenizer.ggml.model": "gpt2",
        "tokenizer.ggml.pre": "smollm",
        "tokenizer.ggml.tokens": _TOKENS,
        "tokenizer.ggml.merges": ["a b"],
        "tokenizer.ggml.bos_token_id": 1,
        "tokenizer.ggml.eos_token_id": 2,
        "tokenizer.ggml.padding_token_id": 2,
        "tokenizer.ggml.unknown_token_id": 0,
        "tokenizer.chat_template": _TEMPLATE,
    }
    stored = {
        f"{name}.weight": (value.shape, 0, value.astype(np.float32).tobytes())
        for name, value in tensors.items()
    }
    path.write_bytes(gguf(facts, stored))
    return path
