"""A voice that hums: everything Marvin needs to know about an engine, in one file."""

from collections.abc import Iterator
from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from marvin.backends.pretrained.place import Place
from marvin.boundary.files import read_json
from marvin.cancellation import CancelToken
from marvin.config.engine_table import CheckpointKey, DeviceTraits, PlacedTable
from marvin.config.table import Text
from marvin.config.tts import SynthesizerConfig
from marvin.hub.source import Source, locate
from marvin.types import AudioChunk

RATE_HZ = 8_000


class ToyConfig(PlacedTable, SynthesizerConfig):
    """Speech by humming."""

    class_path = f"{__name__}:ToySynthesizer"
    checkpoints = (CheckpointKey(parameters=25_000_000, licence="WTFPL"),)
    traits = DeviceTraits(passes=3, allowed=("float32",))

    engine: Literal["toy"] = "toy"
    """`toy`: a hum for each word."""
    model: Text = "someone/hum"
    """Hub id or folder of a hum."""
    word_s: Annotated[float, Field(gt=0.0, le=1.0)] = 0.1
    """Length of a word."""


class ToySynthesizer:
    """Hums at the pitch that its checkpoint names."""

    language = "en"

    def __init__(self, pitch_hz: float, word_s: float) -> None:
        self._pitch_hz = pitch_hz
        self._word_s = word_s

    @classmethod
    def load(cls, config: ToyConfig, place: Place) -> "ToySynthesizer":
        folder = locate(Source("tts.model", config.model, config.revision))
        described = read_json(folder / "config.json")
        assert isinstance(described, dict)
        return cls(described["pitch_hz"], config.word_s)

    def synthesize(self, sentence: str, token: CancelToken) -> Iterator[AudioChunk]:
        token.check()
        times = np.arange(round(len(sentence.split()) * self._word_s * RATE_HZ)) / RATE_HZ
        hum = 0.3 * np.sin(2 * np.pi * self._pitch_hz * times)
        yield AudioChunk(hum.astype(np.float32), RATE_HZ)
