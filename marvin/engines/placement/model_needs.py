"""What the models of a configuration need of a device."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from marvin.config.engine_table import DeviceTraits, EngineTable, PlacedTable
from marvin.config.needs import sources
from marvin.config.tables import Config
from marvin.engines.placement.sizes import Size, SizeOrigin, size_of

BYTES = {"float32": 4, "bfloat16": 2, "float16": 2, "int8": 4}
"""Of a number; with int8 all but the weights of linear layers are float32."""


@dataclass(frozen=True, slots=True)
class Need:
    """An engine that wants a device."""

    key: str
    """Its table of models.toml: `stt`, `llm.fallbacks[0]`."""
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
    traits: DeviceTraits = field(default_factory=DeviceTraits)
    listens: bool = False
    """It runs on every chunk, on the ear's thread and the CPU."""

    @property
    def stage(self) -> str:
        return self.key.partition(".")[0]

    @property
    def spare(self) -> bool:
        """It computes only when another model has failed."""
        return "." in self.key

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
    return tuple(need for key, table in config.engines() for need in _needs(key, table))


def _needs(key: str, table: EngineTable) -> Iterator[Need]:
    """One if the engine takes a device, or listens with a model."""
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
    """Numbers that an engine holds beside its weights.

    From the shapes in config.json where it is here; else a share of the weights, which is on the
    safe side for the published sizes.
    """
    shapes = {key: value for key, value in size.settings.items() if isinstance(value, int)}
    try:
        working = table.working(shapes)
    except (KeyError, ZeroDivisionError):
        working = None
    return size.parameters // 5 + 20_000_000 if working is None else working
