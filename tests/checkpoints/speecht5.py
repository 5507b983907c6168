"""SpeechT5 and its HiFi-GAN with random weights, in the layout of the Hub repositories
microsoft/speecht5_tts and microsoft/speecht5_hifigan."""

import contextlib
import io
import json
from pathlib import Path
from typing import Any

import sentencepiece

CHARACTERS = "".join(
    ["etaonihsrdlumcwfgypbvkxjqz", "ETAONIHSRDLUMCWFGYPBVKXJQZ", ",.'\"-;:?!()", "éâüèêàæœ"]
)
"""The published vocabulary: letters and marks, some accents, no digits."""

TINY: dict[str, Any] = {
    "hidden_size": 32,
    "encoder_layers": 1,
    "encoder_attention_heads": 2,
    "encoder_ffn_dim": 32,
    "decoder_layers": 1,
    "decoder_attention_heads": 2,
    "decoder_ffn_dim": 32,
    "speech_decoder_prenet_units": 16,
    "speech_decoder_postnet_units": 16,
}
"""Settings smaller than published; all others are the same."""


def make_speecht5(folder: Path, *, full_size: bool = False, stop_bias: float = -9.0) -> Path:
    """Write the model to `folder`, with `full_size` as large as the published one. With the default
    bias it never finds the end of a sentence; with a large one it ends after the first step.
    """
    import torch
    from transformers import SpeechT5Config, SpeechT5ForTextToSpeech

    folder.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(1)
    config = SpeechT5Config(
        **({} if full_size else TINY), max_text_positions=600, max_speech_positions=1876
    )
    model = SpeechT5ForTextToSpeech(config)
    with torch.no_grad():
        model.speech_decoder_postnet.prob_out.bias.fill_(stop_bias)
        if not full_size:
            # So that each frame depends on the previous ones, as after training.
            for layer in model.speecht5.decoder.prenet.layers:
                layer.weight.normal_(0.0, 0.5)
            model.speech_decoder_postnet.feat_out.weight.normal_(0.0, 0.5)
    model.save_pretrained(folder)
    _write_tokenizer(folder)
    (folder / "preprocessor_config.json").write_text(json.dumps(PREPROCESSOR))
    return folder


def make_hifigan(folder: Path, *, full_size: bool = False) -> Path:
    """Write the vocoder to `folder`; the tiny one is as deep as the published one, but narrow."""
    import torch
    from transformers import SpeechT5HifiGan, SpeechT5HifiGanConfig

    torch.manual_seed(2)
    vocoder = SpeechT5HifiGan(
        SpeechT5HifiGanConfig(**({} if full_size else {"upsample_initial_channel": 32}))
    )
    with torch.no_grad():
        if not full_size:
            for parameter in vocoder.parameters():
                parameter.mul_(10.0)
    vocoder.save_pretrained(folder)
    return folder


PREPROCESSOR = {
    "do_normalize": False,
    "feature_extractor_type": "SpeechT5FeatureExtractor",
    "feature_size": 1,
    "fmax": 7600,
    "fmin": 80,
    "frame_signal_scale": 1.0,
    "hop_length": 16,
    "mel_floor": 1e-10,
    "num_mel_bins": 80,
    "padding_side": "right",
    "padding_value": 0.0,
    "processor_class": "SpeechT5Processor",
    "reduction_factor": 2,
    "return_attention_mask": True,
    "sampling_rate": 16000,
    "win_function": "hann_window",
    "win_length": 64,
}


def _write_tokenizer(folder: Path) -> None:
    """Write spm_char.model, a sentencepiece model of single characters, and its companion files."""
    model = io.BytesIO()
    with contextlib.redirect_stderr(io.StringIO()):
        sentencepiece.SentencePieceTrainer.train(
            sentence_iterator=iter([" ".join(CHARACTERS)] * 2),
            model_writer=model,
            model_type="char",
            vocab_size=len(CHARACTERS) + 5,
            hard_vocab_limit=False,
            character_coverage=1.0,
            bos_id=0,
            pad_id=1,
            eos_id=2,
            unk_id=3,
            num_threads=1,
            minloglevel=2,
        )
    (folder / "spm_char.model").write_bytes(model.getvalue())
    count = sentencepiece.SentencePieceProcessor(model_proto=model.getvalue()).vocab_size()
    added = {"<mask>": count, "<ctc_blank>": count + 1}
    (folder / "added_tokens.json").write_text(json.dumps(added))
    specials = {
        "bos_token": "<s>",
        "eos_token": "</s>",
        "pad_token": "<pad>",
        "unk_token": "<unk>",
        "mask_token": "<mask>",
    }
    (folder / "special_tokens_map.json").write_text(json.dumps(specials))
    (folder / "tokenizer_config.json").write_text(
        json.dumps(
            {
                **specials,
                "model_max_length": 600,
                "normalize": False,
                "processor_class": "SpeechT5Processor",
                "sp_model_kwargs": {},
                "tokenizer_class": "SpeechT5Tokenizer",
            }
        )
    )
