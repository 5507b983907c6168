"""Ranks the devices and dtypes possible for a model, with reasons. Pure functions."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from marvin.engines.placement.accelerators import Accelerator
from marvin.engines.placement.facts import MachineFacts
from marvin.engines.placement.model_needs import Need
from marvin.engines.placement.speed import Speeds

_GAIN = 1.1
"""Minimum speed-up over float32 for another dtype to be chosen on a CPU."""
_ALIKE = 1.25
"""Accelerators within this factor of the fastest count as equally fast."""
_KINDS = {"cuda": "CUDA", "xpu": "XPU", "mps": "MPS"}


@dataclass(frozen=True, slots=True)
class Option:
    """A possible device and dtype for a model."""

    device: str
    dtype: str
    why: str


class WrongKeyError(Exception):
    """models.toml asks for something that this machine lacks. The message names the key."""


def options(
    need: Need, facts: MachineFacts, speeds: Speeds, left_gb: Callable[[str], float]
) -> list[Option]:
    """All options, best first; later ones are used if there is no memory for earlier ones.

    Raises:
        WrongKeyError: The configured device or dtype is not available.
    """
    if need.dtype not in ("auto", *need.traits.allowed):
        allowed = ", ".join(need.traits.allowed) or "the number format of its file"
        raise WrongKeyError(
            f"{need.key}.dtype = {need.dtype!r}: {need.engine} computes in: {allowed}"
        )
    devices = _devices(need, facts)
    cards = [one for one in facts.accelerators if one.name in devices]
    found = [
        Option(card.name, dtype, _why_accelerator(need, card, dtype, facts, speeds))
        for card, dtype in _accelerators(need, cards, facts, speeds, left_gb)
    ]
    if "cpu" in devices:
        slow = [card.name for card in cards if card.name not in {one.device for one in found}]
        found += _cpu(need, facts, speeds, slow)
    if not found:
        formats = "; ".join(f"{card.name} computes in {', '.join(card.formats)}" for card in cards)
        raise WrongKeyError(f"{need.key}.dtype = {need.dtype!r}: {formats}")
    return found


def last_resorts(need: Need, facts: MachineFacts, speeds: Speeds) -> list[Option]:
    """CPU options for when all other devices have failed, whatever the configuration says."""
    dtype, why = _cpu_format(replace(need, dtype="auto"), facts, speeds)
    return [Option("cpu", dtype, why), Option("cpu", "float32", "always works")]


def _devices(need: Need, facts: MachineFacts) -> set[str]:
    """Names of the devices that the configuration allows."""
    if not need.traits.accelerator:
        if need.device not in ("auto", "cpu"):
            raise WrongKeyError(
                f"{need.key}.device = {need.device!r}: {need.engine} runs on the CPU only"
            )
        return {"cpu"}
    names = ["cpu", *(one.name for one in facts.accelerators)]
    if need.device == "auto":
        return {"cpu"} | {one for one in names if _kind(one) in need.traits.by_itself}
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
    need: Need,
    cards: list[Accelerator],
    facts: MachineFacts,
    speeds: Speeds,
    left_gb: Callable[[str], float],
) -> Iterator[tuple[Accelerator, str]]:
    """Usable accelerators with their dtype, fastest first, ties broken by free memory."""
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
        on_cpu = _time(need, "cpu", _cpu_format(need, facts, speeds)[0], speeds) or float("inf")
        usable = [card for card in usable if (times[card.name] or 0.0) < on_cpu]

    def order(card: Accelerator) -> tuple[float, float]:
        time = times[card.name]
        alike = time is None or time <= _ALIKE * min(known)
        return (0.0 if time is None or alike else time, -left_gb(card.name))

    for card in sorted(usable, key=order):
        yield card, dtypes[card.name]


def _why_accelerator(
    need: Need, card: Accelerator, dtype: str, facts: MachineFacts, speeds: Speeds
) -> str:
    if need.device != "auto":
        return "as configured"
    time = _time(need, card.name, dtype, speeds)
    on_cpu = _time(need, "cpu", _cpu_format(need, facts, speeds)[0], speeds)
    if time is None or on_cpu is None:
        return f"there is room on the {card.label}"
    return f"measured {on_cpu / time:.1f} times as fast as the CPU"


def _cpu(need: Need, facts: MachineFacts, speeds: Speeds, slow: list[str]) -> Iterator[Option]:
    """The fastest dtype, then bfloat16, which needs less memory, at least while loading."""
    dtype, why = _cpu_format(need, facts, speeds)
    if need.device != "auto":
        why = "as configured" if need.dtype != "auto" else f"as configured; {why}"
    elif slow:
        why = f"faster than {' and '.join(slow)}; {why}"
    yield Option("cpu", dtype, why)
    if need.dtype == "auto" and dtype != "bfloat16" and "bfloat16" in need.traits.cpu:
        yield Option("cpu", "bfloat16", "bfloat16 is smaller")


def _cpu_format(need: Need, facts: MachineFacts, speeds: Speeds) -> tuple[str, str]:
    """The best dtype on the CPU, and why."""
    if need.dtype != "auto":
        return need.dtype, f"{need.dtype} as configured"
    if not need.traits.allowed:
        return "float32", f"in the number format of its file{_if_built(need, facts)}"
    if len(need.traits.cpu) == 1:
        return need.traits.cpu[0], f"{need.engine} has no other number format for a CPU"
    plain = _time(need, "cpu", "float32", speeds)
    if plain is None:
        if "bfloat16" in facts.native and "bfloat16" in need.traits.cpu:
            return "bfloat16", "the processor has bfloat16; nothing was measured"
        return "float32", "float32, as nothing was measured"
    gains = {
        dtype: plain / time
        for dtype in need.traits.cpu
        if (time := _time(need, "cpu", dtype, speeds)) is not None
    }
    # No dtype in the traits loses accuracy, so a wrong choice on a busy machine only costs time.
    best = max(gains, key=lambda dtype: gains[dtype])
    if gains[best] >= _GAIN:
        return best, f"{best} measured {gains[best]:.1f} times as fast as float32"
    return "float32", "float32 measured fastest"


def _if_built(need: Need, facts: MachineFacts) -> str:
    """How to use an accelerator that only some builds of the engine's library can."""
    others = [one for one in facts.accelerators if _kind(one.name) not in need.traits.by_itself]
    if not others or need.device != "auto":
        return ""
    return f'; with a build for it, {need.key}.device = "{_kind(others[0].name)}"'


def _kind(device: str) -> str:
    return device.partition(":")[0]


def _time(need: Need, device: str, dtype: str, speeds: Speeds) -> float | None:
    """Time relative to float32 on the CPU, weighted by the engine's kind of work."""
    speed, plain = speeds.get((device, dtype)), speeds.get(("cpu", "float32"))
    if speed is None or plain is None:
        return None
    steps = need.traits.steps
    return steps * speed.one_s / plain.one_s + (1 - steps) * speed.many_s / plain.many_s
