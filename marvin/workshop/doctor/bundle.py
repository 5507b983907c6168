"""A ZIP file for bug reports. Contains only what is listed here."""

from __future__ import annotations

import dataclasses
import io
import json
import platform
import re
import zipfile
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TypeAlias

import marvin
from marvin.boundary.files import replace_file
from marvin.engines.placement.placement_report import rows
from marvin.errors import BundleError
from marvin.workshop.doctor.examining import within
from marvin.workshop.doctor.finding import Finding
from marvin.workshop.doctor.hardware import ExaminedMachine
from marvin.workshop.doctor.patient import Patient
from marvin.workshop.doctor.redacting import Redactor

Inside: TypeAlias = tuple[str, str]
"""Name and description of a file in the bundle."""

_LIMIT_S = 8.0

_README = """\
Written by `marvin doctor --bundle`. It contains only:

{inside}

No audio, nothing that was said or answered, no timers, no log. Your own values in models.toml
(addresses, folders, prompts, commands, phrases) and the names of home folders are left out.
"""
"""The journal is left out, because any line of it might contain private data."""


def write_bundle(path: Path, patient: Patient, findings: Sequence[Finding]) -> list[Inside]:
    """Write the bundle, readable by its owner only; returns its contents.

    Raises:
        BundleError: The file cannot be written.
    """
    devices = _read(lambda: [dataclasses.asdict(one) for one in patient.system.devices()])
    public = [str(one["name"]) for one in devices] if isinstance(devices, list) else []
    redactor = Redactor(patient.written, patient.system.environment, public)
    configured = redactor.table(patient.config)
    contents: list[tuple[str, str, object]] = [
        ("doctor.json", "the findings of doctor", [_plain(one) for one in findings]),
        (
            "versions.json",
            "versions of Marvin, Python, the system, packages",
            _read(partial(_versions, patient)),
        ),
        ("config.json", "the effective configuration, without your own values", configured),
        ("placement.json", "device of each model", _read(partial(_placement, patient))),
        ("devices.json", "names and rates of your sound devices", devices),
    ]
    inside = [(name, what) for name, what, _ in contents]
    listed = "\n".join(f"{name}: {what}" for name, what in inside)
    texts = {"README.txt": _README.format(inside=listed)}
    texts |= {name: _json(redactor.tree(content)) for name, _, content in contents}
    _write(path, texts)
    return inside


def _plain(finding: Finding) -> dict[str, str]:
    return {
        "name": finding.name,
        "level": finding.level.value,
        "text": finding.text,
        "cure": finding.cure,
    }


def _read(look: Callable[[], object]) -> object:
    """The result, or its error, so that a broken machine still gives a bundle."""
    try:
        return within(_LIMIT_S, look, "bundle")
    except Exception as error:  # noqa: BLE001 - any error is worth reporting
        return {"error": f"{type(error).__name__}: {error}"}


def _versions(patient: Patient) -> object:
    system = patient.system
    names = sorted({re.split(r"[^\w.-]", one)[0] for one in system.requirements()})
    return {
        "marvin": marvin.__version__,
        "python": platform.python_version(),
        "system": platform.platform(),
        "packages": {name: system.version(name) for name in names},
    }


def _placement(patient: Patient) -> object:
    machine = ExaminedMachine(patient)
    made = machine.plan
    return {
        "engines": [dataclasses.asdict(row) for row in rows(patient.config, made)],
        "machine": dataclasses.asdict(machine.facts),
        "budgets_gb": made.budgets_gb,
        "used_gb": made.used_gb,
        "problems": [*made.wrong, *made.short],
    }


def _json(content: object) -> str:
    return json.dumps(content, ensure_ascii=False, indent=2) + "\n"


def _write(path: Path, texts: Mapping[str, str]) -> None:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as bundle:
        for name, text in texts.items():
            bundle.writestr(name, text, zipfile.ZIP_DEFLATED)
    try:
        replace_file(path, content.getvalue())
    except OSError as error:
        raise BundleError(
            f"{path}: cannot write the bundle ({error.strerror or error}): "
            "choose a folder that you can write to"
        ) from error
