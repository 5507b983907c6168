"""What a step of fine-tuning costs, by LoRA and in full.

    python -m benchmarks.speed.tuning_cost [tiny middle] [--device cpu] [--steps 2]

Audio Flamingo 3 with random weights and published features: one example of 30 s (750 positions of
audio). Each size and method in a process of its own: the share of weights that are trained, seconds
of CPU time (on a GPU: of time) for a step after the first, and the peak of memory, on a CPU
without that of the libraries.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks.process_cost import peak_mb
from marvin.workshop.tuning.lora import add_lora, sizes

SIZES = {
    "tiny": {
        "text": {"hidden_size": 64, "intermediate_size": 128, "num_hidden_layers": 2},
        "audio": {"hidden_size": 64, "intermediate_size": 128, "num_hidden_layers": 1},
        "heads": 4,
        "vocabulary": 1000,
    },
    "middle": {
        "text": {"hidden_size": 512, "intermediate_size": 1408, "num_hidden_layers": 8},
        "audio": {"hidden_size": 384, "intermediate_size": 1536, "num_hidden_layers": 4},
        "heads": 6,
        "vocabulary": 16_000,
    },
    "full": {
        "text": {
            "hidden_size": 3584,
            "intermediate_size": 18944,
            "num_hidden_layers": 28,
            "num_attention_heads": 28,
            "num_key_value_heads": 4,
        },
        "audio": {"hidden_size": 1280, "intermediate_size": 5120, "num_hidden_layers": 32},
        "heads": 20,
        "vocabulary": 151_672,
    },
}
"""`full` is nvidia/audio-flamingo-3-hf."""
METHODS = ("LoRA", "full")
AUDIO_TOKENS, TEXT_TOKENS = 750, 24
RANK = 16


def make_model(name: str, device: str) -> Any:
    import torch
    from transformers import (
        AudioFlamingo3Config,
        AudioFlamingo3ForConditionalGeneration,
        set_seed,
    )

    size: dict[str, Any] = SIZES[name]
    set_seed(4)
    few = {"num_attention_heads": 8, "num_key_value_heads": 4}
    text = {"model_type": "qwen2", **few, **size["text"], "vocab_size": size["vocabulary"]}
    audio = {"model_type": "audioflamingo3_encoder", "num_attention_heads": size["heads"]}
    config = AudioFlamingo3Config(
        text_config=text,
        audio_config={**audio, **size["audio"], "num_mel_bins": 128},
        audio_token_id=1,
    )
    torch.set_default_dtype(torch.float32 if device == "cpu" else torch.bfloat16)
    with torch.device(device):
        return AudioFlamingo3ForConditionalGeneration(config)


def measure(name: str, method: str, device: str, steps: int) -> dict[str, float]:
    import torch
    import transformers  # noqa: F401 - so that its memory is not counted

    libraries_mb = peak_mb(os.getpid())
    model = make_model(name, device)
    if method == "LoRA":
        model.requires_grad_(False)
        model = add_lora(model, name, RANK, seed=1)
    found = sizes(model)
    model.activation_checkpointing_enable(activation_checkpointing_kwargs={"use_reentrant": False})
    model.train()
    optimizer = torch.optim.AdamW(one for one in model.parameters() if one.requires_grad)
    ids = torch.full((1, AUDIO_TOKENS + TEXT_TOKENS), 1, device=device)
    ids[:, AUDIO_TOKENS:] = 2
    inputs = {
        "input_ids": ids,
        "labels": ids,
        "input_features": torch.randn(1, 128, 3000, device=device),
        "input_features_mask": torch.ones(1, 3000, dtype=torch.long, device=device),
    }
    took = []
    for _ in range(1 + steps):
        began = _clock(device)
        model(**inputs).loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        took.append(_clock(device) - began)
    cpu = device == "cpu"
    return {
        "weights": found.all,
        "share": found.share,
        "step_s": sum(took[1:]) / steps,
        "peak_mb": peak_mb(os.getpid()) - libraries_mb
        if cpu
        else torch.cuda.max_memory_allocated() / 1e6,
    }


def _clock(device: str) -> float:
    if device == "cpu":
        return time.process_time()
    import torch

    torch.cuda.synchronize()
    return time.perf_counter()


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("sizes", nargs="*", metavar="SIZE", help=", ".join(SIZES))
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--steps", type=int, default=2)
    parser.add_argument("--one", nargs=2, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.one:
        name, method = arguments.one
        print(json.dumps(measure(name, method, arguments.device, arguments.steps)))
        return
    table = Table(box=None)
    for title in ("size", "method", "weights", "trained", "s per step", "peak, MB"):
        table.add_column(title, justify="right")
    for name in arguments.sizes or ["tiny", "middle"]:
        for method in METHODS:
            command = [sys.executable, "-m", "benchmarks.speed.tuning_cost", "--one", name, method]
            more = ["--device", arguments.device, "--steps", str(arguments.steps)]
            out = subprocess.run(
                [*command, *more], check=True, stdout=subprocess.PIPE, text=True
            ).stdout
            found = json.loads(out.splitlines()[-1])
            table.add_row(
                *(name, method, f"{found['weights'] / 1e6:.1f} M"),
                *(f"{100 * found['share']:.2f} %", f"{found['step_s']:.2f}"),
                f"{found['peak_mb']:.0f}",
            )
    Console().print(table)


if __name__ == "__main__":
    main()
