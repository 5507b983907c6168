"""Plans a device, dtype and thread count for every model. Pure functions.

The model that gains most from an accelerator claims it first: the one that reads the most weights
between the end of the user's speech and the first sound. Each device keeps a memory reserve.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from marvin.backends.pretrained.place import Place
from marvin.engines.placement.facts import MachineFacts
from marvin.engines.placement.model_needs import Need
from marvin.engines.placement.options import Option, WrongKeyError, last_resorts, options
from marvin.engines.placement.speed import Speeds

LIBRARIES_GB = 0.45
"""Memory of torch, transformers and everything else that is not a model, once in use."""
LISTENING_GB = 0.16
"""The same if no model needs torch."""
_WORKSPACE_GB = 0.25
"""Allocated by CUDA's libraries on first use, in addition to the CUDA context."""
_RESERVE, _MOST_RESERVE_GB = 0.1, {"cpu": 1.0}
_OFFLOADED = 0.6
"""Share of Bark's weights kept off the device: it has three equal submodels and a codec."""
_MOST_THREADS = 8
"""More threads do not make models of this size faster."""


@dataclass(frozen=True, slots=True)
class Placement:
    """The place of one model."""

    need: Need
    place: Place
    memory_gb: float
    """Memory of its device during inference."""
    why: str
    fallbacks: tuple[Place, ...] = ()
    """Where to move if the device fails, best first."""


@dataclass(frozen=True, slots=True)
class Plan:
    """All placements of a configuration."""

    placements: tuple[Placement, ...]
    budgets_gb: dict[str, float]
    """What Marvin may use of each device."""
    used_gb: dict[str, float]
    """Planned use of each device, including libraries."""
    wrong: tuple[str, ...] = ()
    """What this machine cannot do; each names the key and the remedy."""
    short: tuple[str, ...] = ()
    """What would be possible if other programs freed memory."""


def plan(facts: MachineFacts, needs: Sequence[Need], speeds: Speeds) -> Plan:
    ledger = _Ledger(facts, libraries_gb(needs))
    chosen: dict[str, tuple[Need, Option, float]] = {}
    wrong: list[str] = []
    short: list[str] = []
    for need in sorted(needs, key=_claim):
        try:
            option = _choose(need, facts, speeds, ledger)
        except WrongKeyError as error:
            wrong.append(str(error))
            continue
        except _NoRoomError as error:
            (short if error.others else wrong).append(str(error))
            continue
        chosen[need.key] = need, option, ledger.take(need, option.device, option.dtype)
    on_cpu = {
        need.stage for need, option, _ in chosen.values()
        if option.device == "cpu" and not need.listens and not need.spare
    }  # fmt: skip
    placements = [
        Placement(
            need,
            _place(need, option, facts.cores, on_cpu),
            memory_gb,
            option.why,
            tuple(_fallbacks(need, option, facts, speeds, ledger, on_cpu)),
        )
        for need, option, memory_gb in (chosen[one.key] for one in needs if one.key in chosen)
    ]
    return Plan(tuple(placements), ledger.budgets, ledger.used, tuple(wrong), tuple(short))


def libraries_gb(needs: Sequence[Need]) -> float:
    """Memory in addition to the models. The wake word model runs on NumPy."""
    return LISTENING_GB if all(need.listens for need in needs) else LIBRARIES_GB


def voice_threads(cores: int) -> int:
    """Threads for a model that runs alone, while the ear keeps listening."""
    # The ear uses a few percent of a core: with two cores, none is reserved for it.
    return max(1, min(_MOST_THREADS, cores - 1 if cores > 2 else cores))


def threads(stage: str, cores: int, on_cpu: Iterable[str]) -> int:
    """Threads per operation of a stage's model on the CPU.

    Stages run one after the other, except that a sentence is synthesised while the language model
    generates the next: those two share the cores.
    """
    every = voice_threads(cores)
    if not {"llm", "tts"} <= {stage, *on_cpu} or stage not in ("llm", "tts"):
        return every
    speaking = max(1, every // 2)
    return speaking if stage == "tts" else max(1, every - speaking)


class _NoRoomError(Exception):
    """No device has enough memory."""

    def __init__(self, message: str, *, others: bool) -> None:
        super().__init__(message)
        self.others = others
        """It would fit if other programs freed memory."""


class _Ledger:
    """Tracks the memory left on each device."""

    def __init__(self, facts: MachineFacts, libraries_gb: float) -> None:
        self._memory_gb = facts.memory_gb - _reserve("cpu", facts.memory_gb)
        self._unified = {one.name for one in facts.accelerators if one.unified}
        self.budgets = {"cpu": facts.available_gb - _reserve("cpu", facts.memory_gb)}
        for one in facts.accelerators:
            self.budgets[one.name] = one.free_gb - _reserve(one.name, one.total_gb)
        self.budgets = {name: max(0.0, gb) for name, gb in self.budgets.items()}
        self.used = dict.fromkeys(self.budgets, 0.0) | {"cpu": libraries_gb}
        self._loaded: set[tuple[str, str, str]] = set()

    def left(self, device: str) -> float:
        left = self.budgets[device] - self.used[device]
        return min(left, self.left("cpu")) if device in self._unified else left

    def wants(self, need: Need, device: str, dtype: str) -> float:
        """Peak memory, during loading or inference."""
        return self._own(need, device, dtype, need.loading_gb(dtype))

    def take(self, need: Need, device: str, dtype: str) -> float:
        """Reserve memory for a model; returns how much, in GB."""
        memory_gb = self._own(need, device, dtype, need.memory_gb(dtype))
        for name in {device, "cpu"} if device in self._unified else {device}:
            self.used[name] += memory_gb
        if need.offload and device.startswith("cuda"):
            self.used["cpu"] += need.weights_gb(dtype)
        self._loaded.add((need.model, device, dtype))
        return memory_gb

    def could(self, need: Need, dtype: str) -> bool:
        """Whether it would fit if no other program used memory."""
        return self.wants(need, "cpu", dtype) <= self._memory_gb - self.used["cpu"]

    def _own(self, need: Need, device: str, dtype: str, memory_gb: float) -> float:
        if (need.model, device, dtype) in self._loaded:
            # Stages that use the same checkpoint share its weights.
            memory_gb -= need.weights_gb(dtype)
        if need.offload and device.startswith("cuda"):
            memory_gb -= _OFFLOADED * need.weights_gb(dtype)
        first = device != "cpu" and not self.used[device]
        return memory_gb + (_WORKSPACE_GB if first else 0.0)


def _reserve(device: str, total_gb: float) -> float:
    """Memory of a device that is never used."""
    return min(_MOST_RESERVE_GB.get(device, 0.5), _RESERVE * total_gb)


def _claim(need: Need) -> tuple[bool, bool, bool, float]:
    """Sort key: listening models, primary ones, fixed devices, then the largest gain."""
    gain = 0.0 if need.listens else need.weights_gb("float32") * need.traits.passes
    return not need.listens, need.spare, need.device == "auto", -gain


def _choose(need: Need, facts: MachineFacts, speeds: Speeds, ledger: _Ledger) -> Option:
    if need.listens:
        return Option("cpu", "float32", "it listens all the time: small, and never in a queue")
    found = options(need, facts, speeds, ledger.left)
    missed: list[str] = []
    for option in found:
        wants_gb, left_gb = (
            ledger.wants(need, option.device, option.dtype), ledger.left(option.device)
        )  # fmt: skip
        if wants_gb <= left_gb:
            return _with_reason(option, missed, facts)
        missed.append(f"{option.device} has {max(0.0, left_gb):.1f} GB for its {wants_gb:.1f} GB")
    if need.device != "auto":
        first = found[0]
        return Option(first.device, first.dtype, f"as configured, though {missed[0]}")
    smallest = min(found, key=lambda one: ledger.wants(need, one.device, one.dtype))
    others = ledger.could(need, smallest.dtype)
    raise _NoRoomError(
        f"{need.key}.model = {need.model!r}: there is no memory for it: {', '.join(missed)}. "
        + ("End other programs, choose" if others else "Choose")
        + f' a smaller model or another profile; {need.key}.device = "{smallest.device}" forces it',
        others=others,
    )


def _with_reason(option: Option, missed: list[str], facts: MachineFacts) -> Option:
    why = option.why
    if missed:
        why = f"{missed[0]}; {why}"
    elif option.device == "cpu" and not facts.accelerators and "configured" not in why:
        why = f"no GPU; {why}"
    return Option(option.device, option.dtype, why)


def _place(need: Need, option: Option, cores: int, on_cpu: Iterable[str]) -> Place:
    if option.device != "cpu" or need.listens:
        # The CPU only launches work on an accelerator.
        return Place(option.device, option.dtype, 1)
    return Place(option.device, option.dtype, threads(need.stage, cores, on_cpu))


def _fallbacks(
    need: Need, here: Option, facts: MachineFacts, speeds: Speeds, ledger: _Ledger, on_cpu: set[str]
) -> list[Place]:
    """Other accelerators with enough memory, then the CPU, finally in float32."""
    if need.listens:
        return []
    others: list[Option] = []
    if here.device != "cpu" and need.device == "auto":
        others = [
            one
            for one in options(need, facts, speeds, ledger.left)
            if one.device not in ("cpu", here.device)
            and ledger.wants(need, one.device, one.dtype) <= ledger.left(one.device)
        ]
    places = [
        _place(need, one, facts.cores, on_cpu)
        for one in (*others, *last_resorts(need, facts, speeds))
    ]
    at = (here.device, here.dtype)
    return [one for one in dict.fromkeys(places) if (one.device, one.dtype) != at]
