"""Chooses the profile for this machine."""

import os
import platform
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from itertools import dropwhile
from pathlib import Path

from marvin.config.tables import ProfileConfig

AUTO = "auto"
EMBEDDED = "embedded"


@dataclass(frozen=True, slots=True)
class MachineSummary:
    """The hardware properties that profiles depend on."""

    memory_gb: float
    gpu: bool
    fast_cpu: bool = True


@dataclass(frozen=True, slots=True)
class ProfileCandidate:
    """A profile, and the reasons, other than hardware, why it cannot be used."""

    wants: ProfileConfig
    missing: tuple[str, ...] = ()
    """Models that have not been downloaded."""
    packages: tuple[str, ...] = ()
    """Packages of Python that are not installed."""
    wrong: str = ""
    """Why its tables are invalid when merged with the user's; empty if they are not."""


@dataclass(frozen=True, slots=True)
class ChosenProfile:
    name: str
    why: str
    better: tuple[str, ...] = ()
    """Sentences on better profiles, and why they were not chosen."""


def this_machine() -> MachineSummary:
    """Takes milliseconds, as torch is not imported."""
    memory_gb = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    return MachineSummary(memory_gb, _has_gpu(), _has_fast_cpu())


def best_ready(
    candidates: Mapping[str, ProfileCandidate], machine: MachineSummary
) -> ChosenProfile:
    """The profile that `auto` runs. Candidates are ordered from best to worst."""
    missed: list[str] = []
    fetch = ""
    for name, candidate in candidates.items():
        if lacks := hardware_lacks(candidate.wants, machine):
            missed.append(f"Profile {name} needs {lacks}.")
        elif candidate.wrong:
            missed.append(f"Profile {name} conflicts with your file ({candidate.wrong}).")
        elif candidate.packages:
            install = f"pip install {' '.join(candidate.packages)}"
            missed.append(f"Profile {name} needs {' and '.join(candidate.packages)}: `{install}`.")
        elif candidate.missing:
            # Report only the best profile that could be downloaded.
            fetch = fetch or (
                f"Profile {name} is better: `marvin models pull {name}` fetches its models."
            )
        else:
            why = "the best whose models are here" if fetch else "the best for this machine"
            return ChosenProfile(name, why, (*([fetch] if fetch else []), *missed))
    if EMBEDDED in candidates and candidates[EMBEDDED].wrong:
        name = best_for(candidates, machine)
        return ChosenProfile(name, f"its models are missing: `marvin models pull {name}`")
    return ChosenProfile(EMBEDDED, "it needs no models", (*([fetch] if fetch else []), *missed))


def best_for(candidates: Mapping[str, ProfileCandidate], machine: MachineSummary) -> str:
    """The best profile that the machine could run, once its models are downloaded."""
    return next(
        (
            name
            for name, candidate in candidates.items()
            if not candidate.wrong and not hardware_lacks(candidate.wants, machine)
        ),
        EMBEDDED,
    )


def or_smaller(
    name: str, candidates: Mapping[str, ProfileCandidate], machine: MachineSummary
) -> str:
    """The profile, or the best of those below it that the machine could run."""
    below = dropwhile(lambda one: one[0] != name, candidates.items())
    return best_for(dict(below), machine)


def hardware_lacks(wants: ProfileConfig, machine: MachineSummary) -> str:
    """The hardware that a profile needs and the machine lacks, as text; empty if none."""
    lacks = []
    if wants.gpu and not machine.gpu:
        lacks.append("a GPU that torch can use")
    if wants.fast_cpu and not machine.fast_cpu:
        lacks.append("a faster CPU")
    if machine.memory_gb < wants.min_memory_gb:
        lacks.append(f"{wants.min_memory_gb:g} GB of memory")
    return " and ".join(lacks)


def _has_fast_cpu() -> bool:
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace")
    except OSError:  # macOS
        return True
    return fast(text)


def fast(cpuinfo: str) -> bool:
    """Parse /proc/cpuinfo: AVX2 on x86-64, matrix products of int8 on ARM."""
    return re.search(r"^(flags|Features)\b.*\b(avx2|i8mm)\b", cpuinfo, re.MULTILINE) is not None


def _has_gpu() -> bool:
    """Checks for a driver's device file and a torch built for it; importing torch takes 1 s."""
    if sys.platform == "darwin":
        return platform.machine() == "arm64"
    drives = _torch_drives()
    return any(
        driver in drives and os.path.exists(file)
        for driver, file in (("cuda", "/dev/nvidia0"), ("hip", "/dev/kfd"), ("xpu", "/dev/dri"))
    )


def _torch_drives() -> set[str]:
    """The backends that the installed torch was built for: `cuda`, `hip`, `xpu`."""
    spec = find_spec("torch")
    if spec is None or spec.origin is None:
        return set()
    try:
        text = Path(spec.origin).with_name("version.py").read_text(encoding="utf-8")
    except OSError:
        return set()
    return drives(text)


def drives(version_file: str) -> set[str]:
    """Parse torch/version.py: `cuda: Optional[str] = '12.8'`."""
    return set(re.findall(r"^(cuda|hip|xpu)\b[^=\n]*= *['\"]", version_file, re.MULTILINE))
