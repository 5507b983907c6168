"""Audio language models in the layout of the Hub, tiny and random: Voxtral and Audio Flamingo 3.

The processors are the published classes with the published features, windows and token counts; the
tokenizers are new, with one token for each byte.
"""

import base64
import json
from pathlib import Path
from typing import Any

from tokenizers import Tokenizer, decoders, models, pre_tokenizers

AUDIO_ID = 24
"""Of Voxtral's placeholder, which its processor knows by heart."""
_SPECIALS = 40
_NAMED = (
    *("<unk>", "<s>", "</s>", "[INST]", "[/INST]", "[AVAILABLE_TOOLS]", "[/AVAILABLE_TOOLS]"),
    *("[TOOL_RESULTS]", "[/TOOL_RESULTS]", "[TOOL_CALLS]", "[IMG]", "<pad>", "[IMG_BREAK]"),
    *("[IMG_END]", "[PREFIX]", "[MIDDLE]", "[SUFFIX]", "[SYSTEM_PROMPT]", "[/SYSTEM_PROMPT]"),
    *("[TOOL_CONTENT]", "<20>", "<21>", "<22>", "<23>", "[AUDIO]", "[BEGIN_AUDIO]", "<26>"),
    *("<27>", "<28>", "<29>", "<30>", "<31>", "<32>", "<33>", "[TRANSCRIBE]"),
)
"""In the order of their ids, as in Voxtral's tokenizer."""
_CHATML = (
    "{% for message in messages %}<|im_start|>{{ message['role'] }}\n"
    "{% if message['content'] is string %}{{ message['content'] }}{% else %}"
    "{% for part in message['content'] if part['type'] == 'audio' %}<sound>{% endfor %}"
    "{% for part in message['content'] if part['type'] == 'text' %}{{ part['text'] }}{% endfor %}"
    "{% endif %}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
TINY = {
    "hidden_size": 32,
    "intermediate_size": 64,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "head_dim": 8,
    "max_position_embeddings": 4096,
}
_TINY_ENCODER = {
    "hidden_size": 16,
    "num_hidden_layers": 1,
    "num_attention_heads": 2,
    "intermediate_size": 64,
    "num_mel_bins": 128,
}
"""Voxtral's projector takes four positions at once: the intermediate size is four times the hidden
one."""


def make_voxtral(folder: Path, **text: Any) -> Path:
    """Needs no mistral-common; its processor does."""
    import torch
    from transformers import VoxtralConfig, VoxtralForConditionalGeneration

    torch.manual_seed(4)
    size = 256 + _SPECIALS
    ids = {"bos_token_id": 1, "eos_token_id": 2, "pad_token_id": 11}
    config = VoxtralConfig(
        text_config={"model_type": "llama", "vocab_size": size, **TINY, **text, **ids},
        audio_config={"model_type": "voxtral_encoder", **_TINY_ENCODER},
        audio_token_id=AUDIO_ID,
    )
    model = VoxtralForConditionalGeneration(config).eval()
    model.generation_config.update(**ids)
    model.save_pretrained(folder)
    save_voxtral_processor(folder)
    return folder


def save_voxtral_processor(folder: Path) -> None:
    _extractor().save_pretrained(folder)
    settings = json.loads((folder / "preprocessor_config.json").read_text())
    settings["processor_class"] = "VoxtralProcessor"
    (folder / "preprocessor_config.json").write_text(json.dumps(settings))
    vocabulary = [
        {"rank": byte, "token_bytes": base64.b64encode(bytes([byte])).decode(), "token_str": None}
        for byte in range(256)
    ]
    named = [
        {"rank": rank, "token_str": name, "is_control": True} for rank, name in enumerate(_NAMED)
    ]
    tekken = {
        "config": {
            "pattern": r"[^\r\n]|[\r\n]",
            "num_vocab_tokens": 256,
            "default_vocab_size": 256 + _SPECIALS,
            "default_num_special_tokens": _SPECIALS,
            "version": "v7",
        },
        "vocab": vocabulary,
        "special_tokens": named,
        "audio": {
            "sampling_rate": 16_000,
            "frame_rate": 12.5,
            "audio_encoding_config": {"num_mel_bins": 128, "hop_length": 160, "window_size": 400},
            "chunk_length_s": 30.0,
        },
    }
    (folder / "tekken.json").write_text(json.dumps(tekken))


def make_audio_flamingo(folder: Path, *, gain: float = 1.0, **text: Any) -> Path:
    """With a `gain` on its weights, what it writes hangs on what it hears."""
    import torch
    from transformers import (
        AudioFlamingo3Config,
        AudioFlamingo3ForConditionalGeneration,
        AudioFlamingo3Processor,
    )

    torch.manual_seed(4)
    tokenizer = _bytes_tokenizer()
    token = tokenizer.convert_tokens_to_ids
    ids = {
        "bos_token_id": token("<|im_start|>"),
        "eos_token_id": token("<|im_end|>"),
        "pad_token_id": token("<|endoftext|>"),
    }
    config = AudioFlamingo3Config(
        text_config={"model_type": "qwen2", "vocab_size": len(tokenizer), **TINY, **text, **ids},
        audio_config={"model_type": "audioflamingo3_encoder", **_TINY_ENCODER},
        audio_token_id=token("<sound>"),
    )
    model = AudioFlamingo3ForConditionalGeneration(config).eval()
    for weights in (one for one in model.parameters() if one.dim() > 1):
        weights.data *= gain
    model.generation_config.update(**ids)
    model.save_pretrained(folder)
    AudioFlamingo3Processor(_extractor(), tokenizer, chat_template=_CHATML).save_pretrained(folder)
    return folder


def _extractor() -> Any:
    from transformers import WhisperFeatureExtractor

    return WhisperFeatureExtractor(feature_size=128, return_attention_mask=True)


def _bytes_tokenizer() -> Any:
    from transformers import PreTrainedTokenizerFast

    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    letters = Tokenizer(models.BPE({letter: at for at, letter in enumerate(alphabet)}, []))
    letters.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    letters.decoder = decoders.ByteLevel()
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=letters,
        bos_token="<|im_start|>",
        eos_token="<|im_end|>",
        pad_token="<|endoftext|>",
    )
    tokenizer.add_special_tokens({"additional_special_tokens": ["<sound>"]})
    return tokenizer
