"""Time and memory of one full-size engine, in a separate process for `engines.py`.

    python -m benchmarks.speed.engine_costs NAME DTYPE THREADS FOLDER

Prints one line of JSON: seconds of its parts, memory of the process before, with and after it, and
the planned memory. The weights are random, which affects neither time nor memory.
"""

import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from marvin.backends.pretrained.place import Place
from marvin.cancellation import CancelToken
from marvin.config.llm import TransformersConfig
from marvin.config.stt import MoonshineConfig, WhisperConfig
from marvin.config.tables import Config
from marvin.engines.placement.facts import read_facts
from marvin.engines.placement.model_needs import needs
from marvin.engines.placement.plan import plan
from marvin.engines.registry import (
    load_engine,
    load_skillset,
    load_synthesizer,
    load_transcriber,
)
from marvin.engines.workers.freed_memory import give_back, resident_mb
from marvin.types import RATE_HZ, Message
from tests.checkpoints import chat, moonshine, voices, whisper

SPEECH_S = 4.0
TOKENS = 20
SENTENCE = "The kettle has boiled, and the bread is in the oven."


def config_of(name: str, dtype: str, folder: Path) -> Config:
    """The engine's configuration; creates its checkpoint if missing."""
    kind, _, size = name.partition(":")
    place = folder / name.replace(":", "-")
    made = place / ".made"
    known = made.exists()
    more: dict[str, Any] = {"device": "cpu", "dtype": dtype}
    if kind in ("whisper", "moonshine"):
        maker, table = (
            (whisper, WhisperConfig) if kind == "whisper" else (moonshine, MoonshineConfig)
        )
        if not known:
            maker.make_full_size(place, size)
        config = Config(stt=table(model=str(place), **more))
    elif kind == "llm":
        if not known:
            chat.make_full_size(place)
        config = Config(llm=TransformersConfig(model=str(place), max_tokens=TOKENS, **more))
    else:
        voice = getattr(voices, kind)(place, full_size=True)
        config = Config(tts=voice.model_copy(update=more))
    made.touch()
    return config


def fastest(times: int, work: Callable[[], object]) -> float:
    """Seconds of the fastest run, which is least affected by other work."""
    best = float("inf")
    for _ in range(times):
        began = time.perf_counter()
        work()
        best = min(best, time.perf_counter() - began)
    return best


def hearing(engine: Any, name: str) -> dict[str, float]:
    """Time to encode 4 s of speech and to decode one token."""
    noise = (np.random.default_rng(1).standard_normal(int(SPEECH_S * RATE_HZ)) * 0.05).astype("f")
    token = CancelToken()
    if name.startswith("whisper"):

        def encode() -> Any:
            return engine.network.encode(noise, token)

        def decode(most: int) -> object:
            return engine.network.decode(encoded, token, language="en", most=most)
    else:

        def encode() -> Any:
            return engine._encode(noise, token)

        def decode(most: int) -> object:
            return engine._decode(encoded, most, token)

    encoded = encode()
    encode_s = fastest(3, encode)
    few, many = (fastest(3, partial(decode, most)) for most in (2, 2 + TOKENS))
    return {"encode_s": encode_s, "token_s": (many - few) / TOKENS}


def answering(engine: Any) -> dict[str, float]:
    """Time to the first token, and per further token."""
    asked = [Message("system", "Be brief."), Message("user", "Who was Ada Lovelace?")]

    def once() -> tuple[float, float]:
        began = time.perf_counter()
        times = [time.perf_counter() - began for _ in engine.generate(asked, CancelToken())]
        return times[0], (times[-1] - times[0]) / max(1, len(times) - 1)

    runs = [once() for _ in range(3)]
    return {"first_token_s": min(run[0] for run in runs), "token_s": min(run[1] for run in runs)}


def speaking(engine: Any) -> dict[str, float]:
    """Work per second of speech, and time to the first audio."""

    def chunks() -> Iterator[tuple[float, float]]:
        began = time.perf_counter()
        for chunk in engine.synthesize(SENTENCE, CancelToken()):
            yield time.perf_counter() - began, chunk.duration_s

    runs = [list(chunks()) for _ in range(2)]
    best = min(runs, key=lambda run: run[-1][0])
    audio_s = sum(length for _, length in best)
    return {
        "first_audio_s": min(run[0][0] for run in runs),
        "work_s_per_audio_s": best[-1][0] / audio_s,
        "audio_s": audio_s,
    }


def main(name: str, dtype: str, threads: int, folder: Path) -> dict[str, object]:
    import torch

    # Import shared dependencies first, which do not count as this engine's memory.
    import transformers.models.auto  # noqa: F401

    torch.set_num_threads(threads)
    config = config_of(name, dtype, folder)
    kind = name.partition(":")[0]
    place = Place("cpu", dtype, threads)
    give_back()
    before_mb = resident_mb()
    began = time.perf_counter()
    engine: Any
    if kind in ("whisper", "moonshine"):
        engine = load_transcriber(config, load_skillset(config), place)
    elif kind == "llm":
        engine = load_engine(config.llm, place)
    else:
        engine = load_synthesizer(config, place)
    engine.warm()
    load_s = time.perf_counter() - began
    give_back()
    if kind in ("whisper", "moonshine"):
        parts = hearing(engine, name)
    else:
        parts = answering(engine) if kind == "llm" else speaking(engine)
    loaded_mb = resident_mb()
    del engine
    give_back()
    one = [need for need in needs(config) if need.stage != "wake"]
    planned = plan(read_facts(accelerators=False), one, {}).placements[0]
    return {
        "name": name, "dtype": dtype, "load_s": load_s, **parts,
        "planned_mb": planned.memory_gb * 1000,
        "used_mb": loaded_mb - before_mb, "left_mb": resident_mb() - before_mb,
    }  # fmt: skip


if __name__ == "__main__":
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    print(json.dumps(main(sys.argv[1], sys.argv[2], int(sys.argv[3]), Path(sys.argv[4]))))
