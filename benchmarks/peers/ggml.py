"""Converts a transformers Whisper to whisper.cpp's file format.

After whisper.cpp's models/README.md and the order in which its loader reads.
"""

import re
import struct
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

_MAGIC = 0x67676D6C
_F32, _F16 = 0, 1
_NAMES = (
    (r"^model\.", ""),
    (r"\.layers\.", ".blocks."),
    (r"\.self_attn\.k_proj\.", ".attn.key."),
    (r"\.self_attn\.q_proj\.", ".attn.query."),
    (r"\.self_attn\.v_proj\.", ".attn.value."),
    (r"\.self_attn\.out_proj\.", ".attn.out."),
    (r"\.self_attn_layer_norm\.", ".attn_ln."),
    (r"\.encoder_attn\.k_proj\.", ".cross_attn.key."),
    (r"\.encoder_attn\.q_proj\.", ".cross_attn.query."),
    (r"\.encoder_attn\.v_proj\.", ".cross_attn.value."),
    (r"\.encoder_attn\.out_proj\.", ".cross_attn.out."),
    (r"\.encoder_attn_layer_norm\.", ".cross_attn_ln."),
    (r"\.fc1\.", ".mlp.0."),
    (r"\.fc2\.", ".mlp.2."),
    (r"\.final_layer_norm\.", ".mlp_ln."),
    (r"^encoder\.layer_norm\.", "encoder.ln_post."),
    (r"^decoder\.layer_norm\.", "decoder.ln."),
    (r"embed_positions\.weight$", "positional_embedding"),
    (r"embed_tokens\.weight$", "token_embedding.weight"),
)
"""Parts of transformers' names and of OpenAI's, replaced in this order."""


def openai_name(name: str) -> str:
    """OpenAI's name of a transformers weight."""
    for pattern, other in _NAMES:
        name = re.sub(pattern, other, name)
    return name


def write(model: Any, extractor: Any, tokenizer: Any, path: Path) -> None:
    """Matrices in float16, as in whisper.cpp's own files."""
    config = model.config
    header = (
        config.vocab_size, config.max_source_positions, config.d_model,
        config.encoder_attention_heads, config.encoder_layers,
        config.max_target_positions, config.d_model,
        config.decoder_attention_heads, config.decoder_layers,
        config.num_mel_bins, _F16,
    )  # fmt: skip
    with path.open("wb") as file:
        file.write(struct.pack("<I11i", _MAGIC, *header))
        _write_filters(file, extractor)
        _write_words(file, tokenizer)
        for name, tensor in model.state_dict().items():
            # proj_out repeats the token embedding.
            if name != "proj_out.weight":
                _write_weight(file, openai_name(name), tensor.float().numpy())


def _write_filters(file: BinaryIO, extractor: Any) -> None:
    filters = np.ascontiguousarray(np.asarray(extractor.mel_filters).T, "<f4")
    file.write(struct.pack("<2i", *filters.shape))
    file.write(filters.tobytes())


def _write_words(file: BinaryIO, tokenizer: Any) -> None:
    """The tokens as bytes; whisper.cpp adds the special tokens itself."""
    from transformers.convert_slow_tokenizer import bytes_to_unicode

    byte_of = {character: number for number, character in bytes_to_unicode().items()}
    pieces = tokenizer.convert_tokens_to_ids("<|endoftext|>")
    file.write(struct.pack("<i", pieces))
    for piece in tokenizer.convert_ids_to_tokens(list(range(pieces))):
        word = bytes(byte_of[character] for character in piece)
        file.write(struct.pack("<i", len(word)))
        file.write(word)


def _write_weight(file: BinaryIO, name: str, weight: Any) -> None:
    if re.fullmatch(r"encoder\.conv[12]\.bias", name):
        weight = weight[:, None]
    small = weight.ndim > 1 and not name.endswith(("bias", "positional_embedding"))
    encoded = name.encode()
    file.write(struct.pack("<3i", weight.ndim, len(encoded), _F16 if small else _F32))
    file.write(struct.pack(f"<{weight.ndim}i", *reversed(weight.shape)))
    file.write(encoded)
    file.write(np.ascontiguousarray(weight, "<f2" if small else "<f4").tobytes())
