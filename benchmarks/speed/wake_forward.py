"""Forward pass of the wake word model compared with transformers', on one thread.

    python -m benchmarks.speed.wake_forward

Uses the shipped model, and one shaped like MIT/ast-finetuned-speech-commands-v2 with random
weights. Alternates between both; prints medians and quartiles.
"""

import os

# One thread for both, set before numpy is imported.
os.environ |= {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}

import json
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from transformers import ASTConfig, ASTForAudioClassification

from marvin.wake.ast.ast_checkpoint import load_checkpoint

SHIPPED = Path(__file__).parents[2] / "marvin" / "wake" / "models" / "marvin"
PUBLISHED = {"max_length": 128, "num_mel_bins": 128}
LOOKS = {"marvin": 400, "published shape": 20}


def published(folder: Path) -> Path:
    """A checkpoint of the published shape with random weights."""
    torch.manual_seed(0)
    model = ASTForAudioClassification(ASTConfig(**PUBLISHED, id2label={0: "other", 1: "marvin"}))
    model.save_pretrained(folder)
    (folder / "preprocessor_config.json").write_text(json.dumps(PUBLISHED))
    return folder


def took_ms(look: Callable[[], object]) -> float:
    """CPU time of a forward pass."""
    began = time.thread_time()
    look()
    return 1000 * (time.thread_time() - began)


def main() -> None:
    """Print a line per model."""
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as folder, torch.inference_mode():
        models = {"marvin": SHIPPED, "published shape": published(Path(folder))}
        for name, path in models.items():
            loaded = load_checkpoint(str(path), "marvin")
            theirs = ASTForAudioClassification.from_pretrained(path).eval()
            shape = (loaded.settings.max_length, loaded.settings.num_mel_bins)
            window = np.random.default_rng(0).standard_normal(shape, np.float32)
            batch = torch.from_numpy(window)[None]
            off = np.abs(loaded.forward(window) - theirs(batch).logits[0].numpy()).max()
            times = np.array(
                [
                    (took_ms(lambda: loaded.forward(window)), took_ms(lambda: theirs(batch)))  # noqa: B023
                    for _ in range(LOOKS[name])
                ]
            )
            ours, their = np.median(times, axis=0)
            low, high = np.percentile(times[:, 0] / times[:, 1], (25, 75))
            print(
                f"{name}: {ours:.2f} ms, transformers {their:.2f} ms, ratio {ours / their:.2f} "
                f"({low:.2f} to {high:.2f}); logits differ by {off:.1e}"
            )


if __name__ == "__main__":
    main()
