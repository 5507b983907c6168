"""Which profile suits this machine? A pure decision over facts."""

import os
import platform
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from marvin.config.tables import ProfileConfig

AUTO = "auto"
EMBEDDED = "embedded"


@dataclass(frozen=True, slots=True)
class MachineSummary:
    """What a profile may need."""

    memory_gb: float
    gpu: bool


@dataclass(frozen=True, slots=True)
class ProfileCandidate:
    """A profile, and what stands in its way whatever the machine."""

    wants: ProfileConfig
    missing: tuple[str, ...] = ()
    """Models of its tables that are not here."""
    wrong: str = ""
    """Why its tables and the user's own cannot be used together."""


@dataclass(frozen=True, slots=True)
class ChosenProfile:
    """A profile that was chosen."""

    name: str
    why: str
    better: tuple[str, ...] = ()
    """What is better than it, and why it was not taken; sentences."""


def this_machine() -> MachineSummary:
    """Facts about the machine, in milliseconds."""
    memory_gb = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    return MachineSummary(memory_gb, _has_gpu())


def choose_profile(
    wanted: str, candidates: Mapping[str, ProfileCandidate], machine: MachineSummary
) -> ChosenProfile:
    """The profile to run. The candidates are listed from best to least."""
    if wanted != AUTO:
        return ChosenProfile(wanted, "as configured")
    missed: list[str] = []
    fetch = ""
    for name, candidate in candidates.items():
        if lacks := hardware_lacks(candidate.wants, machine):
            missed.append(f"Profile {name} needs {lacks}.")
        elif candidate.wrong:
            missed.append(f"Profile {name} does not go with your file ({candidate.wrong}).")
        elif candidate.missing:
            # The best that could be had; lesser ones that could be had, too, are no news.
            fetch = fetch or (
                f"Profile {name} is better: `marvin models pull {name}` fetches its models."
            )
        else:
            why = "the best whose models are here" if fetch else "the best for this machine"
            return ChosenProfile(name, why, (*([fetch] if fetch else []), *missed))
    return ChosenProfile(EMBEDDED, "it needs no models", (*([fetch] if fetch else []), *missed))


def best_for(candidates: Mapping[str, ProfileCandidate], machine: MachineSummary) -> str:
    """The best profile that the machine could run, once its models are here."""
    return next(
        (
            name
            for name, candidate in candidates.items()
            if not candidate.wrong and not hardware_lacks(candidate.wants, machine)
        ),
        EMBEDDED,
    )


def hardware_lacks(wants: ProfileConfig, machine: MachineSummary) -> str:
    """What the machine has not got, in words."""
    lacks = []
    if wants.gpu and not machine.gpu:
        lacks.append("a GPU that torch can use")
    if machine.memory_gb < wants.min_memory_gb:
        lacks.append(f"{wants.min_memory_gb:g} GB of memory")
    return " and ".join(lacks)


def _has_gpu() -> bool:
    """Without loading torch, which takes a second: its driver's file, and torch built for it."""
    if sys.platform == "darwin":
        return platform.machine() == "arm64"
    drives = _torch_drives()
    return any(
        driver in drives and os.path.exists(file)
        for driver, file in (("cuda", "/dev/nvidia0"), ("hip", "/dev/kfd"), ("xpu", "/dev/dri"))
    )


def _torch_drives() -> set[str]:
    """`cuda`, `hip`, `xpu`: what the installed torch was built for."""
    spec = find_spec("torch")
    if spec is None or spec.origin is None:
        return set()
    try:
        text = Path(spec.origin).with_name("version.py").read_text(encoding="utf-8")
    except OSError:
        return set()
    return drives(text)


def drives(version_file: str) -> set[str]:
    """Read out of torch/version.py: `cuda: Optional[str] = '12.8'`."""
    return set(re.findall(r"^(cuda|hip|xpu)\b[^=\n]*= *['\"]", version_file, re.MULTILINE))
