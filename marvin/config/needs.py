"""Which models a configuration needs: read out of its tables, never listed a second time."""

from collections.abc import Iterator
from pathlib import Path

from marvin.config.llm import LanguageModelConfig
from marvin.config.table import PlacedTable
from marvin.config.tables import Config, WakeConfig
from marvin.config.tts import SpeechT5Config
from marvin.hub.catalogue import ARCTIC
from marvin.hub.source import Source

_SHIPPED = ("marvin", "base")
"""Wake word models in the package."""


def needs(config: Config) -> tuple[Source, ...]:
    """Every model of the Hub, or folder, that the engines of a configuration load."""
    return tuple(dict.fromkeys(_all(config)))


def _all(config: Config) -> Iterator[Source]:
    yield from _of_wake(config.wake)
    yield from _of_engine("stt", config.stt)
    yield from _of_llm("llm", config.llm)
    yield from _of_engine("tts", config.tts)
    if isinstance(config.tts, SpeechT5Config):
        yield Source("tts.vocoder", config.tts.vocoder)
        if _is_speaker(config.tts.speaker):
            yield Source("tts.speaker", ARCTIC)


def _of_wake(wake: WakeConfig) -> Iterator[Source]:
    if wake.model not in _SHIPPED:
        yield Source("wake.model", wake.model)


def _of_llm(key: str, llm: LanguageModelConfig) -> Iterator[Source]:
    yield from _of_engine(key, llm)
    for at, fallback in enumerate(getattr(llm, "fallbacks", ())):
        yield from _of_llm(f"{key}.fallbacks[{at}]", fallback)


def _of_engine(key: str, table: object) -> Iterator[Source]:
    """Engines that are placed load a checkpoint; the others are in a wheel or on a server."""
    if isinstance(table, PlacedTable):
        model: str = getattr(table, "model")  # noqa: B009 (each of them has one)
        yield Source(f"{key}.model", model, table.revision)


def _is_speaker(speaker: str) -> bool:
    """Whether it is a name, not a file or folder with x-vectors."""
    path = Path(speaker).expanduser()
    return "/" not in speaker and path.suffix not in (".npy", ".safetensors") and not path.exists()
