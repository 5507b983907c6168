"""Where a model could be, best first, and why in that order. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from marvin.engines.placement.accelerators import Accelerator
from marvin.engines.placement.facts import MachineFacts
from marvin.engines.placement.model_needs import Need
from marvin.engines.placement.speed import Speeds

_GAIN_HALF = 1.1
"""So much faster than float32 half precision must be on a CPU."""
_GAIN_INT8 = 1.3
"""So much faster int8 must be, which costs more exactness."""
_ALIKE = 1.25
"""Accelerators within this factor of the fastest are taken for equals."""
_KINDS = {"cuda": "CUDA", "xpu": "XPU", "mps": "MPS"}


@dataclass(frozen=True, slots=True)
class Option:
    """A device and a number format that a model could have."""

    device: str
    dtype: str
    why: str


class WrongKeyError(Exception):
    """What models.toml asks for, this machine does not have. The message names the key."""


def options(
    need: Need, facts: MachineFacts, speeds: Speeds, left_gb: Callable[[str], float]
) -> list[Option]:
    """All of them, best first; those behind the first are for when it has no room.

    Raises:
        WrongKeyError: The configured device or number format is not there.
    """
    if need.dtype not in ("auto", *need.traits.allowed):
        allowed = ", ".join(need.traits.allowed)
        raise WrongKeyError(
            f"{need.key}.dtype = {need.dtype!r}: {need.engine} computes in: {allowed}"
        )
    devices = _devices(need, facts)
    cards = [one for one in facts.accelerators if one.name in devices]
    found = [
        Option(card.name, dtype, _why_accelerator(need, card, dtype, speeds))
        for card, dtype in _accelerators(need, cards, speeds, left_gb)
    ]
    if "cpu" in devices:
        slow = [card.name for card in cards if card.name not in {one.device for one in found}]
        found += _cpu(need, speeds, slow)
    if not found:
        formats = "; ".join(f"{card.name} computes in {', '.join(card.formats)}" for card in cards)
        raise WrongKeyError(f"{need.key}.dtype = {need.dtype!r}: {formats}")
    return found


def last_resorts(need: Need, speeds: Speeds) -> list[Option]:
    """On the CPU, whatever is configured: for when every other device has failed."""
    dtype, why = _cpu_format(replace(need, dtype="auto"), speeds)
    return [Option("cpu", dtype, why), Option("cpu", "float32", "always works")]


def _devices(need: Need, facts: MachineFacts) -> set[str]:
    """Names of those that the configuration allows."""
    names = ["cpu", *(one.name for one in facts.accelerators)]
    if need.device == "auto":
        return set(names)
    found = {name for name in names if need.device in (name, name.partition(":")[0])}
    if not found:
        kind, _, number = need.device.partition(":")
        there = any(name.startswith(kind) for name in names)
        lacks = f"has no {_KINDS[kind]} device" if kind in _KINDS else "has no such device"
        if there and number:
            lacks = f"has no {need.device}"
        broken = "".join(f" ({line})" for line in facts.broken)
        raise WrongKeyError(
            f"{need.key}.device = {need.device!r}: this machine {lacks}; "
            f"it has: {', '.join(names)}{broken}"
        )
    return found


def _accelerators(
    need: Need, cards: list[Accelerator], speeds: Speeds, left_gb: Callable[[str], float]
) -> Iterator[tuple[Accelerator, str]]:
    """The fastest first; of equals the one with most memory left."""
    dtypes: dict[str, str] = {}
    for card in cards:
        wanted = need.traits.accelerator if need.dtype == "auto" else (need.dtype,)
        dtype = next((one for one in wanted if one in card.formats), None)
        if dtype is not None:
            dtypes[card.name] = dtype
    usable = [card for card in cards if card.name in dtypes]
    times = {card.name: _time(need, card.name, dtypes[card.name], speeds) for card in usable}
    known = [time for time in times.values() if time is not None]
    if need.device == "auto" and need.dtype == "auto":
        on_cpu = _time(need, "cpu", _cpu_format(need, speeds)[0], speeds) or float("inf")
        usable = [card for card in usable if (times[card.name] or 0.0) < on_cpu]

    def order(card: Accelerator) -> tuple[float, float]:
        time = times[card.name]
        alike = time is None or time <= _ALIKE * min(known)
        return (0.0 if time is None or alike else time, -left_gb(card.name))

    for card in sorted(usable, key=order):
        yield card, dtypes[card.name]


def _why_accelerator(need: Need, card: Accelerator, dtype: str, speeds: Speeds) -> str:
    if need.device != "auto":
        return "as configured"
    time = _time(need, card.name, dtype, speeds)
    on_cpu = _time(need, "cpu", _cpu_format(need, speeds)[0], speeds)
    if time is None or on_cpu is None:
        return f"there is room on the {card.label}"
    return f"measured {on_cpu / time:.1f} times as fast as the CPU"


def _cpu(need: Need, speeds: Speeds, slow: list[str]) -> Iterator[Option]:
    """The fastest format, then one that is smaller, if only while it is loaded."""
    dtype, why = _cpu_format(need, speeds)
    if need.device != "auto":
        why = "as configured" if need.dtype != "auto" else f"as configured; {why}"
    elif slow:
        why = f"faster than {' and '.join(slow)}; {why}"
    yield Option("cpu", dtype, why)
    if need.dtype == "auto" and dtype != "bfloat16" and "bfloat16" in need.traits.cpu:
        yield Option("cpu", "bfloat16", "bfloat16 is smaller")


def _cpu_format(need: Need, speeds: Speeds) -> tuple[str, str]:
    """The number format for a CPU, and why."""
    if need.dtype != "auto":
        return need.dtype, f"{need.dtype} as configured"
    if len(need.traits.cpu) == 1:
        return "float32", f"{need.engine} sounds right in float32"
    plain = _time(need, "cpu", "float32", speeds)
    if plain is None:
        return "float32", "float32, as nothing was measured"
    gains = {
        dtype: plain / time
        for dtype in need.traits.cpu
        if (time := _time(need, "cpu", dtype, speeds)) is not None
    }
    half = max(("bfloat16", "float16"), key=lambda dtype: gains.get(dtype, 0.0))
    for dtype, least in ((half, _GAIN_HALF), ("int8", _GAIN_INT8)):
        gain = gains.get(dtype, 0.0)
        if gain >= least:
            return dtype, f"{dtype} measured {gain:.1f} times as fast as float32"
    return "float32", "float32 measured fastest"


def _time(need: Need, device: str, dtype: str, speeds: Speeds) -> float | None:
    """As a share of float32's on the CPU, for this engine's mixture of work."""
    speed, plain = speeds.get((device, dtype)), speeds.get(("cpu", "float32"))
    if speed is None or plain is None:
        return None
    steps = need.traits.steps
    return steps * speed.one_s / plain.one_s + (1 - steps) * speed.many_s / plain.many_s
