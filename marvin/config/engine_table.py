"""Base classes of engine configs: everything known about an engine without loading it."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated, Any, ClassVar, Self

from pydantic import Field, GetCoreSchemaHandler
from pydantic_core import CoreSchema, SchemaValidator, core_schema

from marvin.boundary.redaction import show_address
from marvin.config.table import Dtype, Table, Text, WyomingAddress


@dataclass(frozen=True, slots=True)
class CheckpointKey:
    """A key whose value names a checkpoint: a Hub id, or a folder with config.json and
    safetensors."""

    key: str = "model"
    parameters: int = 0
    """Assumed if the checkpoint's size is unknown."""
    float32: bool = False
    """It stays float32 regardless of `dtype`."""
    licence: str = ""
    """If all checkpoints of the engine share one."""
    gguf: bool = False
    """It is a GGUF file for llama.cpp instead."""
    resolve: Callable[[str], str | None] = str
    """Maps the key's value to a Hub id or folder, or to None if nothing is loaded."""


@dataclass(frozen=True, slots=True)
class DeviceTraits:
    """Properties of an engine that placement depends on. The defaults are safe for an engine that
    has not been measured."""

    accelerator: tuple[str, ...] = ("float32",)
    """Dtypes for an accelerator, best first; none: it runs on the CPU only."""
    cpu: tuple[str, ...] = ("float32",)
    """Dtypes that `dtype = "auto"` may choose on a CPU, by speed: only those that lose no words."""
    passes: float = 1
    """How often its weights are read between the end of the user's speech and the first sound."""
    steps: float = 0.5
    """Share of its time spent on one position at a time, limited by memory bandwidth; the rest
    computes many positions at once."""
    allowed: tuple[str, ...] = ("float32", "bfloat16", "float16", "int8")
    """Dtypes that work at all, if asked for; empty: the file decides."""
    by_itself: tuple[str, ...] = ("cuda", "xpu", "mps")
    """Accelerators that `device = "auto"` may choose."""


class EngineTable(Table):
    """An engine's keys and traits. Each stage has one subclass, such as `TranscriberConfig`, and
    each engine of the stage subclasses that with a `class_path`. No other list of engines exists.
    """

    class_path: ClassVar[str] = ""
    """`module:Class`, imported when the engine is loaded."""
    checkpoints: ClassVar[tuple[CheckpointKey, ...]] = ()
    """What it loads, the main model first."""
    runs: ClassVar[str] = "in this process"
    """Where it runs if it takes no device, as shown to the user."""
    does: ClassVar[str] = "{model}"
    """What it does, as shown to the user; `{model}` is replaced by its title."""
    package: ClassVar[str] = ""
    """An optional package of Python that it needs, by the name that both pip and import know."""
    listens: ClassVar[bool] = False
    """It runs on every chunk, on the ear's thread, on the CPU."""

    engine: str

    def where(self) -> str:
        """Where it runs if it takes no device, as shown to the user."""
        return self.runs

    def title(self) -> str:
        """Its model, or the engine if it has none."""
        return str(getattr(self, "model", self.engine))

    def with_fallbacks(self, key: str) -> Iterator[tuple[str, Self]]:
        """The engine and its fallbacks in order, each with its table's key."""
        yield key, self
        for at, fallback in enumerate(getattr(self, "fallbacks", ())):
            yield from fallback.with_fallbacks(f"{key}.fallbacks[{at}]")

    @classmethod
    def choices(cls) -> tuple[type[Self], ...]:
        """The engines of a stage, in order of definition."""
        return tuple(
            engine
            for kind in cls.__subclasses__()
            for engine in ((kind,) if kind.class_path else kind.choices())
        )

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """A field of a stage's class accepts every engine defined by the time it is validated."""
        if cls.class_path:
            return handler(source)
        return core_schema.no_info_plain_validator_function(cls._one_of)

    @classmethod
    def _one_of(cls, value: object) -> Any:
        return _union(cls.choices()).validate_python(value)


@lru_cache
def _union(engines: tuple[type[EngineTable], ...]) -> SchemaValidator:
    choices = {one.model_fields["engine"].default: one.__pydantic_core_schema__ for one in engines}
    return SchemaValidator(core_schema.tagged_union_schema(choices, discriminator="engine"))


class PlacedTable(EngineTable):
    """An engine whose model is placed on a device."""

    traits: ClassVar[DeviceTraits] = DeviceTraits()

    revision: Text | None = None
    """Commit, tag or branch on the Hub; by default the one that `marvin models pull` fetched."""
    device: Text = "auto"
    """`auto` (`marvin placement` shows the choice), `cpu`, `cuda`, `cuda:1`, `mps`, `xpu`."""
    dtype: Dtype = "auto"
    """Number format; `auto` measures which one is fastest on the device."""
    idle_unload_s: Annotated[float, Field(ge=0.0, le=86_400.0)] = 0.0
    """Unload the model after this long without use; 0: never. The wake word reloads it."""

    def working(self, settings: Mapping[str, int]) -> int | None:
        """Size of activations and caches, as a count of numbers, from the integers in config.json;
        None if there is no formula. Raises KeyError."""
        return None


class ServerTable(EngineTable):
    """An engine on a server with an OpenAI-compatible API, which lists its models at `/models`."""

    base_url: Text | None = None
    model: Text
    api_key_env: Text | None = None
    """Environment variable that holds the API key, for servers that need one."""
    retries: Annotated[int, Field(ge=0, le=10)] = 1
    """Retries if the server is busy (429, 502, 503, 504) or the connection breaks."""

    @property
    def server_address(self) -> str:
        return str(self.base_url)

    def where(self) -> str:
        return f"on the server {show_address(self.server_address)}"

    def title(self) -> str:
        # Not the address, which may contain a password.
        return f"{self.model} on a server"


class WyomingTable(EngineTable):
    """An engine on a server that speaks Wyoming, Home Assistant's protocol for speech."""

    runs = "on a Wyoming server"
    package = "wyoming"
    domain: ClassVar[str] = ""
    """The server's programs for the stage: `asr`, `handle`, `tts` or `wake`."""
    things: ClassVar[str] = "models"
    """What these programs have."""

    url: WyomingAddress

    def where(self) -> str:
        return f"on the server {self.url}"

    def title(self) -> str:
        return "a Wyoming server"
