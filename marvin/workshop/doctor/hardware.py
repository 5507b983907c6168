"""Can the machine carry the models of the configuration? Processor, memory, accelerators."""

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
"""Longest that torch takes to load, and to try every accelerator, in seconds."""
_LITTLE_SWAP_GB = 0.25
_SMALL_GB = 2.5
"""A machine with less memory needs swap for the peak of loading."""
_NEARLY_FULL = 0.85
_DRIVERS: Final = {"NVIDIA": "/dev/nvidia0", "AMD": "/dev/kfd"}
"""Files of drivers whose card torch could use."""
_TORCH: Final = {
    "NVIDIA": "pip install torch --index-url https://download.pytorch.org/whl/cu128",
    "AMD": "pip install torch --index-url https://download.pytorch.org/whl/rocm6.4",
}


class ExaminedMachine:
    """The facts about a machine and the plan for it, read once."""

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
        """As `marvin run` would make it now."""
        speeds = self._patient.system.speeds(self.facts)
        return plan(self.facts, needs(self._patient.config), speeds)


def checks(patient: Patient, machine: ExaminedMachine) -> Lane:
    """The first reads the facts, which takes a second or two."""
    return (
        Check("cpu", partial(cpu, patient, machine), _FACTS_S, gate=True),
        Check("memory", partial(memory, machine), _FACTS_S),
        Check("swap", partial(swap, patient.system, machine)),
        Check("gpu", partial(gpu, patient.system, machine)),
    )


def cpu(patient: Patient, machine: ExaminedMachine) -> Finding:
    """Cores, and number formats of half the size."""
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
            f"{text}: one core for the ear and for {models[0]}",
            "marvin models pull pi && marvin run --profile pi",
        )
    return ok("cpu", text)


def memory(machine: ExaminedMachine) -> Finding:
    """What is free, against what the models are planned to take."""
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
        return warn("memory", f"{text}: that is tight", "marvin placement  (end other programs)")
    return ok("memory", text)


def swap(system: System, machine: ExaminedMachine) -> Finding:
    """Room for a short peak; swap that is full makes everything slow."""
    text = system.read("/proc/meminfo")
    found = {key: int(kb) for key, kb in re.findall(r"^(Swap\w+):\s+(\d+) kB", text, re.MULTILINE)}
    if "SwapTotal" not in found:
        return ok("swap", "looked after by the system")
    total_gb, free_gb = found["SwapTotal"] / 1e6, found.get("SwapFree", 0) / 1e6
    if total_gb < _LITTLE_SWAP_GB and machine.facts.memory_gb < _SMALL_GB:
        return warn(
            "swap",
            f"{total_gb:.1f} GB: loading a model may be killed on a machine of this size",
            "sudo apt install zram-tools",
        )
    if total_gb and free_gb < (1 - _NEARLY_FULL) * total_gb:
        text = f"{total_gb - free_gb:.1f} of {total_gb:.1f} GB used: answers will be slow"
        return warn("swap", text, "ps aux --sort=-rss | head  (end what needs the memory)")
    if not total_gb:
        return ok("swap", "none")
    return ok("swap", f"{total_gb - free_gb:.1f} of {total_gb:.1f} GB used")


def gpu(system: System, machine: ExaminedMachine) -> Finding:
    """Does torch use the cards that are there?"""
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
    return ok("gpu", "none: models compute on the CPU")
