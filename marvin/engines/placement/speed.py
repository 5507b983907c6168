"""Measures how fast each device is with each dtype, in two seconds, and caches the result.

Published figures are no help: the same dtype is three times as fast as float32 on one processor and
slower on another.
"""

from __future__ import annotations

import json
import logging
import math
import os
import time
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from marvin.backends.pretrained.failures import device_failures
from marvin.backends.pretrained.int8 import quantized
from marvin.boundary.files import read_json, replace_file
from marvin.engines.placement.facts import MachineFacts
from marvin.errors import DeviceFailedError

if TYPE_CHECKING:
    from torch import nn

_LOGGER = logging.getLogger(__name__)

KeyT = TypeVar("KeyT")
Clock = Callable[[], float]

_CPU_S = 1.4
"""Time for all dtypes on the CPU; creating the layers takes the rest of two seconds."""
_ACCELERATOR_S = 0.2
_SLOWER = 1.25
"""Tolerated slowdown of many threads against one, as when memory bandwidth is the limit."""
_VERSION = 2


@dataclass(frozen=True, slots=True)
class Speed:
    """Times for one device and dtype. Only their ratios are meaningful."""

    many_s: float
    """One layer of Whisper base's encoder at 100 positions: compute-bound."""
    one_s: float
    """Four layers of a 360 M language model at one position: memory-bound."""


Speeds = Mapping[tuple[str, str], Speed]
"""Keyed by device and dtype."""


def speeds(facts: MachineFacts, threads: int, *, again: bool = False) -> Speeds:
    """Return cached speeds, measuring those that are missing. What a busy machine shows is left
    out: the choice would hang on what else is running.

    `threads` is for the CPU. `again` ignores the cache.
    """
    kept = {} if again else _read()
    found: dict[tuple[str, str], Speed] = {}
    for device, formats in _candidates(facts).items():
        key = _key(facts, device, threads)
        if key not in kept:
            limit_s = _CPU_S if device == "cpu" else _ACCELERATOR_S
            times = measure(device, formats, threads if device == "cpu" else 1, limit_s)
            if not times or (device == "cpu" and _odd(times, facts.native)):
                _LOGGER.info("%s: not measured: it is missing or busy", device)
                continue
            _LOGGER.info("measured %s", device)
            kept[key] = times
            _write({**_read(), key: times})
        found |= {(device, dtype): speed for dtype, speed in kept[key].items()}
    return found


def _odd(found: Mapping[str, Speed], native: Iterable[str]) -> bool:
    """Whether a native dtype seems no faster than float32: another program was probably running."""
    plain = found.get("float32")
    return plain is not None and any(
        found[dtype].many_s >= plain.many_s for dtype in native if dtype in found
    )


def measure(device: str, formats: Iterable[str], threads: int, limit_s: float) -> dict[str, Speed]:
    """Time each dtype that the device supports; empty if the result is not reliable.

    Measures with one thread, then with all. If all are slower, another program is using a core
    that they wait for.
    """
    one: dict[tuple[str, bool], float] = {}
    every: dict[tuple[str, bool], float] = {}

    def compute() -> None:
        import torch

        before = torch.get_num_threads()
        try:
            with torch.inference_mode(), device_failures(device):
                torch.set_num_threads(1)
                jobs = {
                    (dtype, many): job
                    for dtype in formats
                    for many in (True, False)
                    if (job := _job(device, dtype, many)) is not None
                }
                share_s = limit_s if threads == 1 else limit_s / 2
                one.update(fastest(jobs, share_s))
                if threads > 1:
                    torch.set_num_threads(threads)
                    every.update(fastest(jobs, share_s))
        finally:
            # New threads inherit the number that was set last by any thread.
            torch.set_num_threads(before)

    # torch's thread count is per thread: this does not affect the caller's.
    with ThreadPoolExecutor(1, "speed") as executor:
        try:
            executor.submit(compute).result()
        except DeviceFailedError as error:
            _LOGGER.info("%s: not measured: %s", device, error)
            return {}
    return judge(one, every or one)


def judge(
    one: Mapping[tuple[str, bool], float], every: Mapping[tuple[str, bool], float]
) -> dict[str, Speed]:
    """The speeds of all threads; empty if those of one thread show that the machine is busy.

    Times are keyed by dtype and by whether many positions are computed at once.
    """
    if any(every[job] > _SLOWER * one[job] for job in one):
        return {}
    return {
        dtype: Speed(every[dtype, True], every[dtype, False])
        for dtype, many in every
        if many and (dtype, False) in every
    }


def fastest(
    jobs: Mapping[KeyT, Callable[[], None]], limit_s: float, clock: Clock = time.perf_counter
) -> dict[KeyT, float]:
    """Seconds of each job's fastest run, out of at least two, within `limit_s`.

    The jobs alternate, so that other load slows them all alike.
    """
    best = dict.fromkeys(jobs, math.inf)
    end = clock() + limit_s
    rounds = 0
    while jobs and (rounds < 2 or clock() < end):
        for key, job in jobs.items():
            began = clock()
            job()
            best[key] = min(best[key], clock() - began)
        rounds += 1
    return best


def _candidates(facts: MachineFacts) -> dict[str, tuple[str, ...]]:
    """Dtypes to measure, by device."""
    cpu = ["float32", "bfloat16", "int8"]
    if "float16" in facts.native:
        cpu.append("float16")
    return {"cpu": tuple(cpu)} | {one.name: one.formats for one in facts.accelerators}


def _job(device: str, dtype: str, many: bool) -> Callable[[], None] | None:
    """A job that runs some layers, already warmed up; None if the device does not support it."""
    import torch

    layers, width, wide, heads = (1, 512, 2048, 8) if many else (4, 960, 2560, 15)
    positions = 100 if many else 1
    numbers = torch.float32 if dtype == "int8" else getattr(torch, dtype)
    try:
        model = torch.nn.Sequential(*(_layer(width, wide, heads) for _ in range(layers)))
        model = quantized(model) if dtype == "int8" else model.to(device, numbers)
        given = torch.ones(1, positions, width, device=device, dtype=numbers)
        model(given)
    except RuntimeError as error:
        _LOGGER.info("%s does not compute in %s: %s", device, dtype, str(error).partition("\n")[0])
        return None

    def job() -> None:
        # item() waits until the device has finished.
        model(given).sum().item()

    return job


def _layer(width: int, wide: int, heads: int) -> nn.Module:
    """A transformer layer without norms, with constant weights."""
    import torch
    from torch import nn

    class Layer(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            shapes = ((width, width),) * 4 + ((width, wide), (wide, width))
            # Random initialisation would take longer than the measurement.
            linears = (nn.utils.skip_init(nn.Linear, *shape) for shape in shapes)  # type: ignore[no-untyped-call]
            self.query, self.key, self.value, self.out, self.up, self.down = linears
            for weights in self.parameters():
                nn.init.constant_(weights, 0.01)

        def forward(self, given: Any) -> Any:
            query, key, value = (
                linear(given).unflatten(-1, (heads, -1)).transpose(1, 2)
                for linear in (self.query, self.key, self.value)
            )
            mixed = torch.nn.functional.scaled_dot_product_attention(query, key, value)
            hidden = self.out(mixed.transpose(1, 2).flatten(-2))
            return self.down(torch.nn.functional.gelu(self.up(hidden))) * 1e-3

    return Layer()


def _key(facts: MachineFacts, device: str, threads: int) -> str:
    if device == "cpu":
        return f"torch {facts.torch}, {facts.cpu}, {threads} threads"
    label = next(one.label for one in facts.accelerators if one.name == device)
    return f"torch {facts.torch}, {device} {label}"


def cache_path() -> Path:
    home = os.environ.get("XDG_CACHE_HOME", "")
    base = Path(home) if home.startswith("/") else Path.home() / ".cache"
    return base / "marvin" / "speeds.json"


def _read() -> dict[str, dict[str, Speed]]:
    """The cache; empty if it cannot be read, as measuring again only takes two seconds."""
    try:
        kept: Any = read_json(cache_path())
        if kept["version"] != _VERSION:
            return {}
        return {
            str(key): {str(dtype): _speed(values) for dtype, values in formats.items()}
            for key, formats in kept["speeds"].items()
        }
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        _LOGGER.info("%s: not used: %s", cache_path(), error)
        return {}


def _speed(values: Mapping[str, object]) -> Speed:
    many_s, one_s = float(str(values["many_s"])), float(str(values["one_s"]))
    if not (0 < many_s < 1e3 and 0 < one_s < 1e3):
        raise ValueError("it contains impossible times")
    return Speed(many_s, one_s)


def _write(kept: Mapping[str, Mapping[str, Speed]]) -> None:
    path = cache_path()
    speeds = {
        key: {dtype: asdict(speed) for dtype, speed in formats.items()}
        for key, formats in kept.items()
    }
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        text = json.dumps({"version": _VERSION, "speeds": speeds}, indent=1)
        replace_file(path, text.encode(), 0o644)
    except OSError as error:
        _LOGGER.info("%s: cannot be written: %s", path, error.strerror)
