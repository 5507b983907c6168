"""Checks processor, memory and accelerators against the configured models."""

import re
from functools import partial
from typing import Final

from marvin.config.engine_table import PlacedTable
from marvin.engines.placement.facts import MachineFacts
from marvin.engines.placement.model_needs import needs
from marvin.engines.placement.plan import Plan, plan
from marvin.errors import MarvinError
from marvin.workshop.doctor.examining import Check, Lane
from marvin.workshop.doctor.finding import Finding, fail, ok, warn
from marvin.workshop.doctor.patient import Patient
from marvin.workshop.doctor.system import System

_FACTS_S = 8.0
"""Limit for importing torch and trying every accelerator, in seconds."""
_LITTLE_SWAP_GB = 0.25
_SMALL_GB = 2.5
"""Machines with less memory need swap for the peak while loading."""
_NEARLY_FULL = 0.85
_DRIVERS: Final = {"NVIDIA": "/dev/nvidia0", "AMD": "/dev/kfd"}
"""Driver files of cards that torch could use."""
_TORCH: Final = {
    "NVIDIA": "pip install torch --index-url https://download.pytorch.org/whl/cu128",
    "AMD": "pip install torch --index-url https://download.pytorch.org/whl/rocm6.4",
}


class ExaminedMachine:
    """Machine facts and placement plan, computed once."""

    def __init__(self, patient: Patient) -> None:
        self._patient = patient
        self._facts: MachineFacts | None = None

    @property
    def facts(self) -> MachineFacts:
        if self._facts is None:
            self._facts = self._patient.system.facts()
        return self._facts

    @property
    def plan(self) -> Plan:
        """The plan that `marvin run` would make now."""
        speeds = self._patient.system.speeds(self.facts)
        return plan(self.facts, needs(self._patient.config), speeds)


def hardware_checks(patient: Patient, machine: ExaminedMachine) -> Lane:
    """The first check reads the machine facts, which takes a second or two."""
    return (
        Check("cpu", partial(cpu, patient, machine), _FACTS_S, gate=True),
        Check("memory", partial(memory, machine), _FACTS_S),
        Check("swap", partial(swap, patient.system, machine)),
        Check("gpu", partial(gpu, patient.system, machine)),
    )


def cpu(patient: Patient, machine: ExaminedMachine) -> Finding:
    """Cores and native 16-bit number formats."""
    try:
        facts = machine.facts
    except (ImportError, OSError) as error:
        line = str(error).partition("\n")[0]
        return fail("cpu", f"torch cannot be loaded: {line}", "pip install --force-reinstall torch")
    native = f"computes with {' and '.join(facts.native)}" if facts.native else "float32 only"
    cores = f"{facts.cores} {'core' if facts.cores == 1 else 'cores'}"
    text = f"{facts.cpu}, {cores}, {native}"
    models = [key for key, table in patient.config.engines() if isinstance(table, PlacedTable)]
    if facts.cores < 2 and models:
        return warn(
            "cpu",
            f"{text}: one core for both the ear and {models[0]}",
            "marvin models pull pi && marvin run --profile pi",
        )
    return ok("cpu", text)


def memory(machine: ExaminedMachine) -> Finding:
    """Free memory against the memory planned for the models."""
    facts = machine.facts
    try:
        made = machine.plan
    except MarvinError as error:
        return fail("memory", str(error), "marvin placement")
    if problems := [*made.wrong, *made.short]:
        return fail("memory", "; ".join(problems), "marvin placement")
    wanted_gb, budget_gb = made.used_gb["cpu"], made.budgets_gb["cpu"]
    text = (
        f"{facts.available_gb:.1f} of {facts.memory_gb:.1f} GB free, "
        f"{wanted_gb:.1f} GB planned for models and libraries"
    )
    if wanted_gb > _NEARLY_FULL * budget_gb:
        return warn("memory", f"{text}: tight", "marvin placement  (or end other programs)")
    return ok("memory", text)


def swap(system: System, machine: ExaminedMachine) -> Finding:
    """Swap for the peak while loading; full swap slows everything."""
    text = system.read("/proc/meminfo")
    found = {key: int(kb) for key, kb in re.findall(r"^(Swap\w+):\s+(\d+) kB", text, re.MULTILINE)}
    if "SwapTotal" not in found:
        return ok("swap", "managed by the system")
    total_gb, free_gb = found["SwapTotal"] / 1e6, found.get("SwapFree", 0) / 1e6
    if total_gb < _LITTLE_SWAP_GB and machine.facts.memory_gb < _SMALL_GB:
        return warn(
            "swap",
            f"{total_gb:.1f} GB: on this machine, loading a model may run out of memory",
            "sudo apt install zram-tools",
        )
    if total_gb and free_gb < (1 - _NEARLY_FULL) * total_gb:
        text = f"{total_gb - free_gb:.1f} of {total_gb:.1f} GB used: answers will be slow"
        return warn("swap", text, "ps aux --sort=-rss | head  (end the largest programs)")
    if not total_gb:
        return ok("swap", "none")
    return ok("swap", f"{total_gb - free_gb:.1f} of {total_gb:.1f} GB used")


def gpu(system: System, machine: ExaminedMachine) -> Finding:
    """Whether torch uses the installed cards."""
    facts = machine.facts
    if facts.broken:
        return warn("gpu", "; ".join(facts.broken), "nvidia-smi  (and `marvin placement`)")
    if facts.accelerators:
        cards = (
            f"{one.name} {one.label}, {one.free_gb:.1f} of {one.total_gb:.1f} GB free"
            for one in facts.accelerators
        )
        return ok("gpu", "; ".join(cards))
    for maker, driver in _DRIVERS.items():
        if system.path(driver).exists():
            text = f"an {maker} card that this torch ({facts.torch}) does not use"
            return warn("gpu", text, _TORCH[maker])
    return ok("gpu", "none: models run on the CPU")
