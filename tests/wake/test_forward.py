"""The lean forward pass gives the same numbers as the model that it was made from."""

from pathlib import Path

import pytest

from marvin.wake.checkpoint import load_checkpoint
from marvin.wake.forward import Forward
from tests.wake.checkpoints import write_checkpoint


@pytest.mark.parametrize("name", ["shipped", "published"])
def test_its_logits_are_those_of_transformers(tmp_path: Path, name: str) -> None:
    import torch

    model = "marvin" if name == "shipped" else str(write_checkpoint(tmp_path))
    checkpoint = load_checkpoint(model, "marvin", device="cpu", dtype="float32")
    settings = checkpoint.settings
    torch.manual_seed(3)
    features = torch.randn(4, settings.max_length, settings.num_mel_bins)
    forward = Forward(checkpoint.model)
    with torch.inference_mode():
        slow = checkpoint.model(features).logits
        fast = torch.stack([forward(window) for window in features])
    assert slow.std() > 0.01, "logits that are all alike would prove nothing"
    assert torch.allclose(slow, fast, atol=1e-5)


def test_of_layers_without_bias_too(tmp_path: Path) -> None:
    import torch
    from transformers import ASTConfig, ASTForAudioClassification

    torch.manual_seed(4)
    config = ASTConfig(
        hidden_size=16, num_hidden_layers=2, num_attention_heads=2, intermediate_size=24,
        max_length=40, num_mel_bins=32, patch_size=16, qkv_bias=False,
    )  # fmt: skip
    model = ASTForAudioClassification(config).eval()
    features = torch.randn(40, 32)
    with torch.inference_mode():
        slow = model(features[None]).logits[0]
        assert torch.allclose(slow, Forward(model)(features), atol=1e-5)
