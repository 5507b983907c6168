"""Which profile suits this machine? A pure decision over facts."""

import os
from collections.abc import Mapping
from dataclasses import dataclass

from marvin.config.tables import ProfileConfig

AUTO = "auto"
EMBEDDED = "embedded"


@dataclass(frozen=True, slots=True)
class Machine:
    """What a profile may need."""

    memory_gb: float
    gpu: bool
    models: frozenset[str]
    """Hub ids that are in the local cache."""


def this_machine(models: frozenset[str]) -> Machine:
    """Facts about the machine; `models` are the Hub ids to look for."""
    memory_gb = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    # No import of torch for a question that the driver's device file answers.
    gpu = any(os.path.exists(path) for path in ("/dev/nvidia0", "/dev/kfd"))
    return Machine(memory_gb, gpu, frozenset(filter(_is_cached, models)))


def choose_profile(
    wanted: str, profiles: Mapping[str, ProfileConfig], machine: Machine
) -> tuple[str, str]:
    """Name of the profile and, in one line, why. The file lists profiles from best to least."""
    if wanted != AUTO:
        return wanted, f"profile {wanted}: as configured"
    missed: list[str] = []
    for name, profile in profiles.items():
        lacks = _lacks(profile, machine)
        if not lacks:
            why = f"; {'; '.join(missed)}" if missed else ""
            return name, f"profile {name}: the best this machine can run{why}"
        missed.append(f"{name} needs {lacks}")
    return EMBEDDED, f"profile {EMBEDDED}: needs nothing; {'; '.join(missed)}"


def _lacks(profile: ProfileConfig, machine: Machine) -> str:
    lacks = [f"the model {model}" for model in profile.models if model not in machine.models]
    if profile.gpu and not machine.gpu:
        lacks.append("a GPU")
    if machine.memory_gb < profile.min_memory_gb:
        lacks.append(f"{profile.min_memory_gb:g} GB of memory")
    return " and ".join(lacks)


def _is_cached(model: str) -> bool:
    from huggingface_hub import try_to_load_from_cache

    return isinstance(try_to_load_from_cache(model, "config.json"), str)
