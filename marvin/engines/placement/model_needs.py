"""Computes the memory that each configured model needs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from marvin.config.engine_table import DeviceTraits, EngineTable, PlacedTable
from marvin.config.needs import sources
from marvin.config.tables import Config
from marvin.engines.placement.sizes import Size, SizeOrigin, size_of

BYTES = {"float32": 4, "bfloat16": 2, "float16": 2, "int8": 4}
"""Bytes per number. With int8, everything but the weights of linear layers stays float32."""


@dataclass(frozen=True, slots=True)
class Need:
    """An engine with a model to place. Sizes are counts of numbers, not bytes."""

    key: str
    """Its table in models.toml: `stt`, `llm.fallbacks[0]`."""
    engine: str
    model: str
    parameters: int
    linear: int = 0
    """Those of `parameters` that are in linear layers."""
    exact: int = 0
    """Additional parameters that stay float32, such as a vocoder's."""
    working: int = 0
    """Activations and caches during inference."""
    device: str = "auto"
    """As configured."""
    dtype: str = "auto"
    """As configured."""
    origin: SizeOrigin = SizeOrigin.FILES
    """Where the size comes from."""
    offload: bool = False
    """On CUDA, only its currently active submodel is on the device."""
    traits: DeviceTraits = field(default_factory=DeviceTraits)
    listens: bool = False
    """It runs on every chunk, on the ear's thread, on the CPU."""

    @property
    def stage(self) -> str:
        return self.key.partition(".")[0]

    @property
    def spare(self) -> bool:
        """It is a fallback, used only after another model has failed."""
        return "." in self.key

    def weights_gb(self, dtype: str) -> float:
        if dtype == "int8":
            return (self.linear + 4 * (self.parameters - self.linear + self.exact)) / 1e9
        return (BYTES[dtype] * self.parameters + 4 * self.exact) / 1e9

    def memory_gb(self, dtype: str) -> float:
        """Memory during inference."""
        return self.weights_gb(dtype) + BYTES[dtype] * self.working / 1e9

    def loading_gb(self, dtype: str) -> float:
        """Peak memory. int8 weights are quantised from float32 ones."""
        return max(self.memory_gb(dtype), self.weights_gb("float32") if dtype == "int8" else 0.0)


def needs(config: Config) -> tuple[Need, ...]:
    """All models to place, in the order of the stages. Reads file headers, not weights."""
    return tuple(need for key, table in config.engines() for need in _needs(key, table))


def _needs(key: str, table: EngineTable) -> Iterator[Need]:
    """Yields one Need if the engine takes a device, or is a listening one with a model."""
    loaded = [(one, size_of(source, one.parameters)) for one, source in sources(key, table)]
    size = loaded[0][1] if loaded else Size(0, 0, SizeOrigin.FILES)
    need = Need(
        key, table.engine, str(getattr(table, "model", "")), size.parameters, size.linear,
        exact=sum(size.parameters for one, size in loaded if one.float32), origin=size.origin,
        working=size.parameters // 4, listens=table.listens,
    )  # fmt: skip
    if isinstance(table, PlacedTable):
        yield replace(
            need, working=_working(table, size), device=table.device, dtype=table.dtype,
            offload=getattr(table, "offload", False), traits=table.traits,
        )  # fmt: skip
    elif table.listens and loaded:
        yield need


def _working(table: PlacedTable, size: Size) -> int:
    """Activations and caches, as a count of numbers.

    Computed from the shapes in config.json if available, else a share of the weights that is
    conservative for the published models.
    """
    # An audio language model has the language model's shapes in a table of their own.
    inner = size.settings.get("text_config")
    settings = {**size.settings, **inner} if isinstance(inner, dict) else size.settings
    shapes = {key: value for key, value in settings.items() if isinstance(value, int)}
    try:
        working = table.working(shapes)
    except (KeyError, ZeroDivisionError):
        working = None
    return size.parameters // 5 + 20_000_000 if working is None else working
