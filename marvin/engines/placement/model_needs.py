"""What the models of a configuration need of a device."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import marvin
from marvin.config.llm import TransformersConfig, with_fallbacks
from marvin.config.table import PlacedTable, Table
from marvin.config.tables import Config
from marvin.config.tts import SpeechT5Config
from marvin.engines.placement.sizes import Size, SizeOrigin, size_of
from marvin.engines.placement.traits import LISTENS, TRAITS, Trait
from marvin.hub.source import Source

BYTES = {"float32": 4, "bfloat16": 2, "float16": 2, "int8": 4}
"""Of a number; with int8 all but the weights of linear layers are float32."""
_WINDOW = 1500
"""Positions of Whisper's encoder in 30 s."""


@dataclass(frozen=True, slots=True)
class Need:
    """An engine that wants a device."""

    key: str
    """Its table of models.toml: `stt`, `llm.fallbacks.0`."""
    engine: str
    model: str
    parameters: int
    linear: int = 0
    """Of them, those of linear layers."""
    exact: int = 0
    """Further parameters, which stay float32: a vocoder."""
    working: int = 0
    """Numbers beside the weights while it computes: activations and caches."""
    device: str = "auto"
    """As configured."""
    dtype: str = "auto"
    """As configured."""
    origin: SizeOrigin = SizeOrigin.FILES
    """Where its size is from."""
    offload: bool = False
    """On CUDA, only the one of its models that computes is on the device."""

    @property
    def stage(self) -> str:
        return self.key.partition(".")[0]

    @property
    def spare(self) -> bool:
        """It computes only when another model has failed."""
        return "." in self.key

    @property
    def trait(self) -> Trait:
        return TRAITS[f"{self.stage}.{self.engine}"]

    @property
    def listens(self) -> bool:
        """It computes all the time, on the ear's thread."""
        return f"{self.stage}.{self.engine}" == LISTENS

    def weights_gb(self, dtype: str) -> float:
        if dtype == "int8":
            return (self.linear + 4 * (self.parameters - self.linear + self.exact)) / 1e9
        return (BYTES[dtype] * self.parameters + 4 * self.exact) / 1e9

    def memory_gb(self, dtype: str) -> float:
        """While it computes."""
        return self.weights_gb(dtype) + BYTES[dtype] * self.working / 1e9

    def loading_gb(self, dtype: str) -> float:
        """The most that it takes at any time: int8 is made of float32."""
        return max(self.memory_gb(dtype), self.weights_gb("float32") if dtype == "int8" else 0.0)


def needs(config: Config) -> tuple[Need, ...]:
    """What is to be placed, the wake word's model first. Reads headers of files, no weights."""
    return (_wake(config), *_placed(config))


def tables(config: Config) -> Iterator[tuple[str, Table]]:
    """The tables of models.toml whose engine may be placed, each with its key."""
    yield "stt", config.stt
    yield from with_fallbacks("llm", config.llm)
    yield "tts", config.tts


def _placed(config: Config) -> Iterator[Need]:
    for key, table in tables(config):
        if isinstance(table, PlacedTable):
            yield _need(key, table)


def _need(key: str, table: PlacedTable) -> Need:
    engine, model = str(table.engine), str(table.model)  # type: ignore[attr-defined]
    trait = TRAITS[f"{key.partition('.')[0]}.{engine}"]
    size = size_of(Source(f"{key}.model", model, table.revision), trait.guess)
    exact = 0
    if isinstance(table, SpeechT5Config):
        exact = size_of(Source(f"{key}.vocoder", table.vocoder), 13_000_000).parameters
    tokens = 0
    if isinstance(table, TransformersConfig):
        tokens = table.history_tokens + table.max_tokens
    return Need(
        key, engine, model, size.parameters, size.linear, exact, _working(engine, size, tokens),
        table.device, table.dtype, size.origin, getattr(table, "offload", False),
    )  # fmt: skip


def _wake(config: Config) -> Need:
    shipped = Path(marvin.__file__).parent / "wake" / "models" / config.wake.model
    name = str(shipped) if shipped.is_dir() else config.wake.model
    size = size_of(Source("wake.model", name), 87_000_000)
    return Need(
        "wake", config.wake.engine, config.wake.model, size.parameters, size.linear,
        working=size.parameters // 4, origin=size.origin,
    )  # fmt: skip


def _working(engine: str, size: Size, tokens: int) -> int:
    """Numbers that an engine holds beside its weights.

    From the shapes in config.json where it is here; else a share of the weights, which is on the
    safe side for the published sizes.
    """
    try:
        if engine == "whisper":
            return _whisper(size.settings)
        if engine == "transformers":
            return _causal(size.settings, tokens)
    except (KeyError, TypeError):
        pass
    return size.parameters // 5 + 20_000_000


def _whisper(settings: Mapping[str, object]) -> int:
    width, wide = _whole(settings["d_model"]), _whole(settings["encoder_ffn_dim"])
    layers = _whole(settings["decoder_layers"])
    # A layer holds its input, the three projections, the heads' output and the hidden layer
    # twice, before and after its activation; the first convolution sees twice the positions.
    encoder = _WINDOW * (6 * width + 2 * wide)
    # Keys and values of each decoder layer: of the encoder's positions, and of 448 tokens.
    cache = 2 * layers * width * (_WINDOW + 448)
    return encoder + cache + 10 * _whole(settings["vocab_size"])


def _causal(settings: Mapping[str, object], tokens: int) -> int:
    width, layers = _whole(settings["hidden_size"]), _whole(settings["num_hidden_layers"])
    heads = _whole(settings["num_attention_heads"])
    groups = _whole(settings.get("num_key_value_heads") or heads)
    each = _whole(settings.get("head_dim") or width // heads)
    # The whole prompt at once in one layer, and keys and values of all of them; growing a cache
    # copies a layer's. Logits are float32 whatever the weights are.
    prompt = tokens * (6 * width + 3 * _whole(settings["intermediate_size"]))
    cache = 2 * (layers + 1) * groups * each * tokens
    return prompt + cache + 4 * _whole(settings["vocab_size"])


def _whole(value: object) -> int:
    if not isinstance(value, int):
        raise TypeError(f"{value!r} is no whole number")
    return value
