"""What the audio language models need in memory, by arithmetic on their published shapes: nothing
is loaded, and nothing is timed. `python -m benchmarks.speed.hearing_memory`
"""

from dataclasses import dataclass
from typing import Any

import torch
import transformers

from marvin.config.hearing import AudioFlamingoConfig, AudioLanguageModelConfig, VoxtralConfig
from marvin.engines.placement.model_needs import Need
from marvin.engines.placement.sizes import SizeOrigin

_DTYPES = ("float32", "bfloat16", "int8")
_WINDOW_TOKENS = {"voxtral": 375, "audio_flamingo": 750}
"""Of 30 s of audio."""
_QWEN2_7B = {
    "model_type": "qwen2",
    "hidden_size": 3584,
    "intermediate_size": 18944,
    "num_attention_heads": 28,
    "num_hidden_layers": 28,
    "num_key_value_heads": 4,
    "vocab_size": 151672,
}


@dataclass(frozen=True, slots=True)
class Shape:
    table: AudioLanguageModelConfig
    parameters: int
    linear: int
    settings: dict[str, int]

    def need(self) -> Need:
        return Need(
            "llm",
            self.table.engine,
            self.table.model,
            self.parameters,
            self.linear,
            working=self.table.working(self.settings),
            origin=SizeOrigin.CATALOGUE,
            traits=self.table.traits,
        )

    @property
    def cache_kb(self) -> float:
        """Of a token in bfloat16."""
        one = self.settings
        width = one.get("head_dim") or one["hidden_size"] // one["num_attention_heads"]
        return 2 * 2 * one["num_hidden_layers"] * one["num_key_value_heads"] * width / 1e3


def shapes() -> list[Shape]:
    flamingo = transformers.AudioFlamingo3Config(text_config=_QWEN2_7B)
    voxtral = transformers.VoxtralConfig(audio_token_id=24)
    return [
        _shape(VoxtralConfig(), transformers.VoxtralForConditionalGeneration, voxtral),
        _shape(
            AudioFlamingoConfig(), transformers.AudioFlamingo3ForConditionalGeneration, flamingo
        ),
    ]


def _shape(table: AudioLanguageModelConfig, kind: Any, config: Any) -> Shape:
    with torch.device("meta"):
        model = kind(config)
    layers = (one for one in model.modules() if isinstance(one, torch.nn.Linear))
    text = config.text_config.to_dict()
    return Shape(
        table,
        sum(one.numel() for one in model.parameters()),
        sum(one.weight.numel() for one in layers),
        {key: value for key, value in text.items() if isinstance(value, int)},
    )


def main() -> None:
    print("| model | parameters | float32 | bfloat16 | int8 (CPU) | cache of 30 s |")
    print("|---|---|---|---|---|---|")
    for shape in shapes():
        need = shape.need()
        cells = [f"{need.memory_gb(dtype):.1f} GB" for dtype in _DTYPES]
        cells[2] += f", {need.loading_gb('int8'):.1f} GB while loading"
        cache_mb = shape.cache_kb * _WINDOW_TOKENS[shape.table.engine] / 1e3
        row = [shape.table.model, f"{shape.parameters / 1e9:.2f} B", *cells, f"{cache_mb:.0f} MB"]
        print(f"| {' | '.join(row)} |")


if __name__ == "__main__":
    main()
