"""Adds LoRA to the language model of an audio language model."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

from marvin.backends.pretrained.checkpoint import unshare
from marvin.errors import TrainingError

LAYERS = r".*language_model\..*\.(q_proj|k_proj|v_proj|o_proj|gate_proj|up_proj|down_proj)"
"""Attention and feed-forward layers. The audio encoder has layers of the same names."""
_DROPOUT = 0.05


@dataclass(frozen=True, slots=True)
class Sizes:
    trained: int
    """Number of weights that change."""
    all: int

    @property
    def share(self) -> float:
        return self.trained / self.all


def check_packages() -> None:
    """Raises TrainingError if one is missing, before hours of work depend on it."""
    if missing := [name for name in ("accelerate", "peft", "sacrebleu") if find_spec(name) is None]:
        raise TrainingError(
            f"fine-tuning needs packages that are not installed ({', '.join(missing)}): "
            "pip install 'marvin-voice[tune]'"
        )


def add_lora(model: Any, name: str, rank: int, seed: int) -> Any:
    """The model with a new adapter, whose weights alone can change."""
    from peft import LoraConfig, get_peft_model
    from transformers import set_seed

    unshare(model)
    set_seed(seed)
    config = LoraConfig(
        r=rank,
        lora_alpha=2 * rank,
        lora_dropout=_DROPOUT,
        target_modules=LAYERS,
        task_type="CAUSAL_LM",
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        adapted = get_peft_model(model, config)
    # Its own guess is a folder of this machine.
    adapted.peft_config["default"].base_model_name_or_path = name
    return adapted


def sizes(model: Any) -> Sizes:
    counts = [(one.numel(), one.requires_grad) for one in model.parameters()]
    return Sizes(sum(count for count, trained in counts if trained), sum(one for one, _ in counts))
