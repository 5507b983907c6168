"""Each switch of each engine with a checkpoint, turned over: it loads, warms up and runs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from marvin.backends.pretrained.place import CPU
from marvin.cancellation import CancelToken
from marvin.config.engine_table import PlacedTable
from marvin.config.hearing import AudioFlamingoConfig, VoxtralConfig
from marvin.config.llm import GgufConfig, LanguageModelConfig, TransformersConfig
from marvin.config.stt import MoonshineConfig, TranscriberConfig, WhisperConfig
from marvin.config.tts import BarkConfig, KokoroConfig, MmsConfig, SpeechT5Config, SynthesizerConfig
from marvin.engines.registry import load_engine
from marvin.types import RATE_HZ, Endpoint, Message, Partial, Transcript, Utterance
from tests.checkpoints import voices
from tests.checkpoints.audio_llm import make_audio_flamingo, make_voxtral
from tests.checkpoints.chat import make_chat
from tests.checkpoints.moonshine import make_moonshine
from tests.checkpoints.whisper import make_whisper
from tests.llm.tiny_gguf import write_tiny_gguf

MAKERS: dict[type[PlacedTable], Callable[[Path], Any]] = {
    WhisperConfig: lambda folder: WhisperConfig(model=str(make_whisper(folder))),
    MoonshineConfig: lambda folder: MoonshineConfig(model=str(make_moonshine(folder))),
    TransformersConfig: lambda folder: TransformersConfig(model=str(make_chat(folder))),
    VoxtralConfig: lambda folder: VoxtralConfig(model=str(make_voxtral(folder))),
    AudioFlamingoConfig: lambda folder: AudioFlamingoConfig(model=str(make_audio_flamingo(folder))),
    GgufConfig: lambda folder: GgufConfig(model=str(write_tiny_gguf(folder / "tiny.gguf"))),
    SpeechT5Config: voices.speecht5,
    BarkConfig: voices.bark,
    MmsConfig: voices.mms,
    KokoroConfig: voices.kokoro,
}
"""The tiny checkpoint of each engine."""


def engines() -> Iterator[type[Any]]:
    for stage in (TranscriberConfig, LanguageModelConfig, SynthesizerConfig):
        for engine in stage.choices():
            # Other tests define engines of their own.
            if issubclass(engine, PlacedTable) and engine.class_path.startswith("marvin."):
                yield engine


def switches() -> Iterator[Any]:
    for engine in engines():
        names = [name for name, field in engine.model_fields.items() if field.annotation is bool]
        for name in (None, *names):
            yield pytest.param(engine, name, id=f"{engine.__name__}-{name}")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Callable[[type[Any]], Any]:
    known: dict[type[Any], Any] = {}

    def make(engine: type[Any]) -> Any:
        if engine not in known:
            known[engine] = MAKERS[engine](tmp_path_factory.mktemp(engine.__name__))
        return known[engine]

    return make


def check_calls(engine: Any) -> None:
    """Each call of its stage gives something."""
    token = CancelToken()
    sound = np.random.default_rng(1).normal(0.0, 0.1, 2 * RATE_HZ).astype(np.float32)
    if hasattr(engine, "partial"):
        half = Utterance(sound[:RATE_HZ], 0, 1.0, Endpoint.NONE)
        assert isinstance(engine.partial(half, token), Partial)
        whole = Utterance(sound, 0, 1.0, Endpoint.SILENCE)
        assert isinstance(engine.transcribe(whole, token), Transcript)
    elif hasattr(engine, "synthesize"):
        chunks = list(engine.synthesize("Hello there.", token))
        assert chunks
        assert all(len(chunk.samples) for chunk in chunks)
    else:
        hears = hasattr(engine, "transcribe")
        message = Message("user", "Hello.", audio=(sound,) * hears)
        deltas = list(engine.generate([message], token))
        assert "".join(deltas)


def test_every_engine_with_a_checkpoint_is_known_here() -> None:
    assert set(engines()) <= set(MAKERS)


@pytest.mark.parametrize(("engine", "switch"), list(switches()))
def test_it_runs_with_the_switch_turned_over(
    made: Callable[[type[Any]], Any], engine: type[Any], switch: str | None
) -> None:
    if engine.package:
        pytest.importorskip(engine.package)
    config = made(engine)
    if switch is not None:
        config = config.model_copy(update={switch: not getattr(config, switch)})
    loaded = load_engine(config, CPU)
    loaded.warm()
    check_calls(loaded)
    getattr(loaded, "close", lambda: None)()
