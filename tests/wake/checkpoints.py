"""Checkpoints with random weights in the Hub's layout, made in milliseconds."""

import json
from collections.abc import Mapping
from pathlib import Path

WORDS = [
    "backward", "bed", "bird", "cat", "dog", "down", "eight", "five", "follow", "forward", "four",
    "go", "happy", "house", "learn", "left", "marvin", "nine", "no", "off", "on", "one", "right",
    "seven", "sheila", "six", "stop", "three", "tree", "two", "up", "visual", "wow", "yes", "zero",
]  # fmt: skip
"""The 35 labels of MIT/ast-finetuned-speech-commands-v2."""

PREPROCESSOR = {
    "do_normalize": True,
    "feature_extractor_type": "ASTFeatureExtractor",
    "feature_size": 1,
    "max_length": 128,
    "mean": -6.845978,
    "num_mel_bins": 128,
    "padding_side": "right",
    "padding_value": 0.0,
    "return_attention_mask": False,
    "sampling_rate": 16000,
    "std": 5.5654526,
}
"""Its preprocessor_config.json."""


def write_checkpoint(
    folder: Path,
    labels: list[str] | None = None,
    *,
    favourite: str | None = None,
    shape: Mapping[str, object] | None = None,
) -> Path:
    """The published speech commands checkpoint with random weights, made narrow and shallow. A
    favourite label gets a bias that makes its probability nearly 1. `shape` has keys of ASTConfig.
    """
    import torch
    from transformers import ASTConfig, ASTForAudioClassification

    labels = WORDS if labels is None else labels
    torch.manual_seed(1)
    narrow: dict[str, object] = {
        "hidden_size": 16,
        "num_hidden_layers": 1,
        "num_attention_heads": 2,
        "intermediate_size": 16,
        "max_length": 128,
        "num_mel_bins": 128,
    }
    config = ASTConfig(
        **(narrow | dict(shape or {})),
        id2label=dict(enumerate(labels)),
        label2id={label: index for index, label in enumerate(labels)},
    )
    model = ASTForAudioClassification(config)
    if favourite is not None:
        with torch.no_grad():
            model.classifier.dense.bias[labels.index(favourite)] = 9.0
    model.save_pretrained(folder)
    seen = {"max_length": config.max_length, "num_mel_bins": config.num_mel_bins}
    (folder / "preprocessor_config.json").write_text(json.dumps(PREPROCESSOR | seen))
    return folder
