"""An Audio Flamingo whose windows have 1 s rather than 30 s: thirty times cheaper, as loud."""

from pathlib import Path
from typing import Any

from tests.checkpoints.audio_llm import make_audio_flamingo

_GAINS = (10.0, 10.0, 5.0, 5.0, 10.0)
"""As made, the weights pass on next to nothing of what is heard, nor could any token be certain."""


def make_short_windows(folder: Path, **text: Any) -> Path:
    from transformers import (
        AudioFlamingo3Config,
        AudioFlamingo3ForConditionalGeneration,
        AudioFlamingo3Processor,
        WhisperFeatureExtractor,
        set_seed,
    )

    make_audio_flamingo(folder, **text)
    set_seed(4)
    config = AudioFlamingo3Config.from_pretrained(folder)
    config.audio_config.max_source_positions = 50
    model = AudioFlamingo3ForConditionalGeneration(config).eval()
    tower, projector = model.model.audio_tower, model.model.multi_modal_projector
    layers = (tower.conv1, tower.conv2, projector.linear_1, projector.linear_2, model.lm_head)
    for layer, gain in zip(layers, _GAINS, strict=True):
        layer.weight.data *= gain
    model.save_pretrained(folder)
    processor = AudioFlamingo3Processor.from_pretrained(folder)
    processor.feature_extractor = WhisperFeatureExtractor(
        feature_size=128, chunk_length=1, return_attention_mask=True
    )
    processor.save_pretrained(folder)
    return folder
