"""The decision: a device, a number format and threads for every model. Pure.

What gains most from an accelerator claims it first: the model whose weights are read the longest
between the end of the user's speech and the first sound. Every device keeps a reserve; what other
programs have taken is gone.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from marvin.backends.pretrained.place import Place
from marvin.engines.placement.facts import MachineFacts
from marvin.engines.placement.model_needs import Need
from marvin.engines.placement.options import Option, WrongKeyError, last_resorts, options
from marvin.engines.placement.speed import Speeds

LIBRARIES_GB = 0.4
"""Of torch and transformers, once they compute, and of all else that is no model."""
LISTENING_GB = 0.16
"""Of a Marvin whose models need neither."""
_WORKSPACE_GB = 0.25
"""That CUDA's libraries take on a device on their first use; its context is there already."""
_RESERVE, _MOST_RESERVE_GB = 0.1, {"cpu": 1.0}
_OFFLOADED = 0.6
"""Share of Bark's weights that is not on the device, of three models of one size and a codec."""
_MOST_THREADS = 8
"""More do not make models of this size faster."""


@dataclass(frozen=True, slots=True)
class Placement:
    """Where one model computes."""

    need: Need
    place: Place
    memory_gb: float
    """Of its device, while it computes."""
    why: str
    fallbacks: tuple[Place, ...] = ()
    """Where to go on when the device fails, best first."""


@dataclass(frozen=True, slots=True)
class Plan:
    """All placements of a configuration."""

    placements: tuple[Placement, ...]
    budgets_gb: dict[str, float]
    """What Marvin may use of each device."""
    used_gb: dict[str, float]
    """What it plans to use, the libraries included."""
    wrong: tuple[str, ...] = ()
    """What cannot be done on this machine: each with its key and what to do."""
    short: tuple[str, ...] = ()
    """What could be done if other programs gave memory back."""


def plan(facts: MachineFacts, needs: Sequence[Need], speeds: Speeds) -> Plan:
    """Place every model."""
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
    """Memory beside the models. The wake word's computes by NumPy."""
    return LISTENING_GB if all(need.listens for need in needs) else LIBRARIES_GB


def voice_threads(cores: int) -> int:
    """For a model that computes alone, while the ear listens on."""
    # The ear needs a few hundredths of a core: of two, none is set aside for it.
    return max(1, min(_MOST_THREADS, cores - 1 if cores > 2 else cores))


def threads(stage: str, cores: int, on_cpu: Iterable[str]) -> int:
    """For one operation of a stage's model on the CPU.

    The stages take turns, but the voice speaks the first sentence while the language model writes
    the next: those two share. Writing waits for memory more than for arithmetic.
    """
    every = voice_threads(cores)
    if not {"llm", "tts"} <= {stage, *on_cpu} or stage not in ("llm", "tts"):
        return every
    speaking = max(1, every // 2)
    return speaking if stage == "tts" else max(1, every - speaking)


class _NoRoomError(Exception):
    """No device has the memory."""

    def __init__(self, message: str, *, others: bool) -> None:
        super().__init__(message)
        self.others = others
        """It would fit if other programs ended."""


class _Ledger:
    """What every device has left."""

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
        """The most that it takes while it is loaded or computes."""
        return self._own(need, device, dtype, need.loading_gb(dtype))

    def take(self, need: Need, device: str, dtype: str) -> float:
        """Note it down; returns the memory that it has from now on."""
        memory_gb = self._own(need, device, dtype, need.memory_gb(dtype))
        for name in {device, "cpu"} if device in self._unified else {device}:
            self.used[name] += memory_gb
        if need.offload and device.startswith("cuda"):
            self.used["cpu"] += need.weights_gb(dtype)
        self._loaded.add((need.model, device, dtype))
        return memory_gb

    def could(self, need: Need, dtype: str) -> bool:
        """Whether the machine's whole memory would do."""
        return self.wants(need, "cpu", dtype) <= self._memory_gb - self.used["cpu"]

    def _own(self, need: Need, device: str, dtype: str, memory_gb: float) -> float:
        if (need.model, device, dtype) in self._loaded:
            # Two stages that name the same weights have them once.
            memory_gb -= need.weights_gb(dtype)
        if need.offload and device.startswith("cuda"):
            memory_gb -= _OFFLOADED * need.weights_gb(dtype)
        first = device != "cpu" and not self.used[device]
        return memory_gb + (_WORKSPACE_GB if first else 0.0)


def _reserve(device: str, total_gb: float) -> float:
    """Memory of a device that is left alone, whatever happens."""
    return min(_MOST_RESERVE_GB.get(device, 0.5), _RESERVE * total_gb)


def _claim(need: Need) -> tuple[bool, bool, bool, float]:
    """The order of claims."""
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
        + f' a smaller model or another profile; {need.key}.device = "{smallest.device}" insists',
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
        # The CPU only feeds an accelerator.
        return Place(option.device, option.dtype, 1)
    return Place(option.device, option.dtype, threads(need.stage, cores, on_cpu))


def _fallbacks(
    need: Need, here: Option, facts: MachineFacts, speeds: Speeds, ledger: _Ledger, on_cpu: set[str]
) -> list[Place]:
    """Other accelerators with room for it, then the CPU, which comes last as float32."""
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
        _place(need, one, facts.cores, on_cpu) for one in (*others, *last_resorts(need, speeds))
    ]
    at = (here.device, here.dtype)
    return [one for one in dict.fromkeys(places) if (one.device, one.dtype) != at]
