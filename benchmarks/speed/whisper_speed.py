"""Gains of Whisper's optimisations, by length of the utterance.

    python -m benchmarks.speed.whisper_speed [--size small.en] [--dtype bfloat16] [--threads 2]

The published Whisper base, or another size with random weights, in one process, alternating between
the variants. The text is forced, five tokens per second of audio, so that all write the same. A
draft covers the audio up to 0.7 s before, and only its last two tokens are wrong; its own time does
not count, because it is made while the user is speaking.
"""

import argparse
import json
import statistics
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from benchmarks.speed.engine_costs import config_of
from benchmarks.speed.engines import FOLDER
from marvin.backends.pretrained.place import Place
from marvin.cancellation import CancelToken
from marvin.config.stt import WhisperConfig
from marvin.stt.greedy import TransformersReader, write
from marvin.stt.whisper.text_decoder import Encoded, WhisperDecoder
from marvin.stt.whisper.whisper import WhisperTranscriber
from marvin.types import RATE_HZ, Endpoint, Samples, Utterance
from tests.published import fetched

LENGTHS_S = (1, 2, 4, 8, 16, 28)
EVERY_S = 0.7
TOKENS_A_S = 5
UNSURE = 2
"""Tokens at the end of a partial transcript that change with more audio."""
OPEN: Mapping[str, Any] = {
    "min_log_probability": -10.0,
    "max_compression_ratio": 100.0,
    "max_repeats": 100,
    "max_no_speech": 1.0,
}
WAYS: Mapping[str, Mapping[str, bool]] = {
    "all off": {"thin_silence": False, "drafts": False},
    "drafts": {"thin_silence": False, "drafts": True},
    "thin silence": {"thin_silence": True, "drafts": False},
    "both": {"thin_silence": True, "drafts": True},
}


class Script:
    """Forces a text of a given length, in place of the decoding rules."""

    def __init__(self, end: int) -> None:
        self._end = end
        self.count = 0
        self.unsure = 0

    def text(self, written: Sequence[int], logits: Any) -> Any:
        import torch

        at = len(written)
        wanted = self._end if at == self.count else 100 + at % 97
        if at < self.count <= at + self.unsure:
            wanted += 97
        scores = torch.full_like(logits, -torch.inf)
        scores[wanted] = logits[wanted]
        return scores


@dataclass
class Times:
    """Measurements in seconds."""

    wall: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)

    def take(self, work: Callable[[], object]) -> None:
        began, used = time.perf_counter(), time.process_time()
        work()
        self.wall.append(time.perf_counter() - began)
        self.cpu.append(time.process_time() - used)

    def result(self) -> dict[str, float]:
        low, median, high = statistics.quantiles(self.wall, n=4)
        return {
            "wall_s": median, "low_s": low, "high_s": high, "cpu_s": statistics.median(self.cpu),
        }  # fmt: skip


@dataclass
class Way:
    """The engine with some of its optimisations."""

    engine: WhisperTranscriber
    script: Script

    def transcribe(self, samples: Samples) -> None:
        self.script.count, self.script.unsure = tokens_of(samples), 0
        self.engine.transcribe(Utterance(samples, 0, 1.0, Endpoint.SILENCE), CancelToken())

    def partial(self, samples: Samples) -> None:
        self.script.count, self.script.unsure = tokens_of(samples), UNSURE
        self.engine.partial(Utterance(samples, 0, 1.0, Endpoint.NONE), CancelToken())


def tokens_of(samples: Samples) -> int:
    return round(len(samples) / RATE_HZ * TOKENS_A_S)


def noise(length_s: float) -> Samples:
    rng = np.random.default_rng(1)
    return rng.normal(0.0, 0.05, round(length_s * RATE_HZ)).astype(np.float32)


def load(model: str, place: Place, keys: Mapping[str, bool]) -> Way:
    engine = WhisperTranscriber.load(WhisperConfig(model=model, **OPEN, **keys), place, ())
    engine.warm()
    script = Script(engine.network.tokens.end)
    engine.network._rules = script  # type: ignore[assignment]
    return Way(engine, script)


def measure(ways: Mapping[str, Way], length_s: int, rounds: int) -> dict[str, dict[str, float]]:
    """Times of the transcript by each variant, and of the last partial transcript."""
    samples = noise(length_s)
    times = {name: Times() for name in (*ways, "partial")}
    ways["both"].transcribe(samples)  # warm up for the new shape
    for _ in range(rounds):
        for name, taken in times.items():
            way = ways.get(name, ways["both"])
            if WAYS.get(name, WAYS["both"])["drafts"]:
                # Shorter than the last one, so it counts as a new utterance.
                way.partial(samples[: -round(EVERY_S * RATE_HZ)])
            taken.take(partial(way.partial if name == "partial" else way.transcribe, samples))
    return {name: taken.result() for name, taken in times.items()}


def cores(way: Way, length_s: int) -> float:
    """Cores used by partial transcripts, one every 0.7 s or when the last is finished."""
    samples = noise(length_s)
    used, at_s = time.process_time(), EVERY_S
    while at_s < length_s:
        began = time.perf_counter()
        way.partial(samples[: round(at_s * RATE_HZ)])
        at_s += max(EVERY_S, time.perf_counter() - began)
    return (time.process_time() - used) / length_s


def tokens(way: Way, rounds: int) -> dict[str, dict[str, float]]:
    """Time per token of 4 s of speech, in transformers' decoder and in Marvin's."""
    import torch

    network, model, count = way.engine.network, way.engine.network._model, 20
    states = network.encode(noise(4), CancelToken()).states
    way.script.count, way.script.unsure = count, 0
    prompt = network.tokens.prompt("en")
    readers: Mapping[str, Callable[[], Any]] = {
        "transformers": lambda: TransformersReader(model, states),
        "own": lambda: WhisperDecoder(model, Encoded(states)),
    }
    times = {name: Times() for name in readers}

    def loop(reader: Any, first: Any) -> None:
        write(
            reader, first, (), CancelToken(), ends=(network.tokens.end,), most=count + 1,
            allowed=way.script.text,
        )  # fmt: skip

    with torch.inference_mode():
        for _ in range(rounds):
            for name, new in readers.items():
                reader = new()
                first = reader.read(prompt)[-1:]
                times[name].take(lambda r=reader, f=first: loop(r, f))  # type: ignore[misc]
    results = {name: taken.result() for name, taken in times.items()}
    return {name: {k: v / count for k, v in result.items()} for name, result in results.items()}


def shown(found: Mapping[str, Mapping[str, Mapping[str, float]]]) -> Table:
    """One row per length: milliseconds with quartiles, and ratios to all optimisations off."""
    table = Table(box=None, header_style="bold")
    table.add_column("s of audio", justify="right")
    for name in WAYS:
        table.add_column(f"{name}, ms", justify="right")
    for what in ("both / off", "CPU, both / off", "partial, ms"):
        table.add_column(what, justify="right")
    for length, row in found.items():
        off, both = row["all off"], row["both"]
        table.add_row(
            length,
            *(spread(row[name]) for name in WAYS),
            *(f"1/{off[key] / both[key]:.1f}" for key in ("wall_s", "cpu_s")),
            spread(row["partial"]),
        )
    return table


def spread(times: Mapping[str, float], digits: int = 0) -> str:
    """Median and quartiles in milliseconds."""
    low, middle, high = (f"{1000 * times[key]:.{digits}f}" for key in ("low_s", "wall_s", "high_s"))
    return f"{middle} ({low}-{high})"


def _random(size: str) -> str:
    FOLDER.mkdir(parents=True, exist_ok=True)
    model: str = config_of(f"whisper:{size}", "float32", FOLDER).stt.model  # type: ignore[union-attr]
    return model


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--size", help="tiny.en, base.en or small.en, with random weights")
    parser.add_argument("--dtype", default="float32")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--json", type=Path, metavar="FILE")
    options = parser.parse_args()
    import torch

    torch.set_num_threads(options.threads)
    model = _random(options.size) if options.size else str(fetched("whisper-base"))
    place = Place("cpu", options.dtype, options.threads)
    ways = {name: load(model, place, keys) for name, keys in WAYS.items()}
    console, found = Console(width=160), {}
    for length in LENGTHS_S:
        print(f"{length} s ...", file=sys.stderr, flush=True)
        found[str(length)] = measure(ways, length, options.rounds)
    console.print(shown(found))
    results: dict[str, Any] = {"lengths": found, "token": tokens(ways["both"], options.rounds)}
    for name, taken in results["token"].items():
        cpu = 1000 * taken["cpu_s"]
        console.print(f"a token, {name}: {spread(taken, 2)} ms, CPU {cpu:.2f} ms")
    shares = results["cores"] = {}
    for name in ("all off", "both"):
        for length in (4, 28):
            shares[f"{name}, {length} s"] = share = cores(ways[name], length)
            console.print(f"partials of {length} s, {name}: {share:.2f} cores")
    if options.json:
        options.json.write_text(json.dumps(results, indent=1))


if __name__ == "__main__":
    main()
