"""Checks that Marvin's dependencies are installed, compatible and loadable."""

import re
from collections.abc import Iterator, Sequence
from functools import partial
from importlib import metadata
from pathlib import Path

import marvin
from marvin.config.tts import EspeakConfig
from marvin.errors import ModelLoadError, StageError
from marvin.workshop.doctor.examining import Check, Lane
from marvin.workshop.doctor.finding import Finding, fail, ok, warn
from marvin.workshop.doctor.patient import Patient
from marvin.workshop.doctor.system import System

_CONSTRAINTS = Path(marvin.__file__).resolve().parent.parent / "constraints.txt"
"""The tested versions, in a checkout."""
_SPECIFIER = re.compile(r"([A-Za-z0-9._-]+)\s*(?:\[[^]]*\])?\s*(?:(>=|==)\s*([\w.]+))?")
_SURE_VOICE = "en-us"
_SHOWN = ("torch", "transformers", "huggingface-hub")


def software_checks(patient: Patient) -> Lane:
    """Versions, the two C libraries that any configuration may need, and optional packages."""
    system, tts = patient.system, patient.config.tts
    voice = tts.voice if isinstance(tts, EspeakConfig) else _SURE_VOICE
    wanted = {
        table.package: f'{key}.engine = "{table.engine}"'
        for key, table in patient.config.engines()
        if table.package
    }
    return (
        Check("packages", partial(packages, system)),
        Check("espeak", partial(espeak, system, voice)),
        Check("pocketsphinx", partial(pocketsphinx, system)),
        *(Check(one, partial(optional, system, one, engine)) for one, engine in wanted.items()),
    )


def packages(system: System, constraints: Path = _CONSTRAINTS) -> Finding:
    """Check the required distributions and their versions."""
    try:
        requirements = [one for one in system.requirements() if "extra ==" not in one]
    except metadata.PackageNotFoundError:
        return warn("packages", "Marvin itself is not installed", "pip install -e .")
    wrong = list(_wrong(requirements, system))
    if wrong:
        return fail("packages", ", ".join(wrong), "pip install --upgrade marvin-voice")
    shown = ", ".join(f"{name} {system.version(name)}" for name in _SHOWN)
    for name, _, wanted in _parsed(_lines(constraints)):
        found = system.version(name)
        if found is not None and wanted and found.partition("+")[0] != wanted:
            text = f"{shown}; tested with {name} {wanted}"
            return warn("packages", text, f"pip install {name}=={wanted}")
    return ok("packages", shown)


def _wrong(requirements: Sequence[str], system: System) -> Iterator[str]:
    for name, _, least in _parsed(requirements):
        found = system.version(name)
        if found is None:
            yield f"{name} is not installed"
        elif least and _numbers(found) < _numbers(least):
            yield f"{name} is {found}, not {least} or newer"


def _parsed(lines: Sequence[str]) -> Iterator[tuple[str, str, str]]:
    """Name, `>=` or `==`, and version; the latter two may be empty."""
    for line in lines:
        if match := _SPECIFIER.match(line.strip()):
            yield match[1], match[2] or "", match[3] or ""


def _numbers(version: str) -> tuple[int, ...]:
    """`2.13.0+cpu` is (2, 13): trailing zeros are dropped."""
    release = re.match(r"\d+(\.\d+)*", version)
    numbers = [int(part) for part in release[0].split(".")] if release else []
    while numbers and numbers[-1] == 0:
        numbers.pop()
    return tuple(numbers)


def _lines(path: Path) -> list[str]:
    try:
        return [line for line in path.read_text(encoding="utf-8").splitlines() if "==" in line]
    except OSError:
        return []


def espeak(system: System, voice: str) -> Finding:
    """Needed for speech, and for words missing in the recogniser's dictionary."""
    try:
        ipa = system.espeak(voice)
    except (ModelLoadError, StageError) as error:
        return fail("espeak", str(error), _espeak_cure(system, voice))
    return ok("espeak", f"loads; voice {voice} says {ipa}")


def _espeak_cure(system: System, voice: str) -> str:
    """The fix depends on whether other voices work."""
    try:
        system.espeak(_SURE_VOICE)
    except (ModelLoadError, StageError):
        return "pip install --force-reinstall espeakng-loader"
    return f"marvin config  (tts.voice = {voice!r})"


def pocketsphinx(system: System) -> Finding:
    """Needed for commands and the wake word's second look."""
    try:
        system.sphinx()
    except ModelLoadError as error:
        return fail("pocketsphinx", str(error), "pip install --force-reinstall pocketsphinx")
    return ok("pocketsphinx", "loads with its English model")


def optional(system: System, package: str, engine: str) -> Finding:
    """Check a package that an engine needs, and that is not installed with Marvin."""
    version = system.version(package)
    if version is None:
        text = f"is not installed, but {engine} needs it"
        return fail(package, text, f"pip install {package}")
    return ok(package, version)
