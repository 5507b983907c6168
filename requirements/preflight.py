"""Says what is missing before pip does: `make` runs it with the Python it will install into."""

import os
import shutil
import sys
import sysconfig
from importlib.util import find_spec

DISK_GB = 2
"""With the CPU build of torch Marvin takes 1.4 GB, with what its tests need 1.5 GB."""
WITH_WHEELS = ((3, 11), (3, 13))
"""The versions of Python for which PyPI has pocketsphinx ready-made."""


def problems(version, *, venv, compiler, headers, free_gb):
    """What to install or change first, as lines to read; `version` is (major, minor)."""
    python = "{}.{}".format(*version)
    if not (3, 11) <= version < (3, 15):
        yield (
            f"Marvin needs Python 3.11 to 3.14, and this is {python}. "
            "Name another one: make demo PYTHON=python3.13"
        )
        return
    if not venv:
        yield f"Python's venv is missing: sudo apt install python{python}-venv"
    if version not in WITH_WHEELS and not (compiler and headers):
        yield (
            f"pocketsphinx has no ready-made package for Python {python} and is compiled: "
            f"sudo apt install build-essential python{python}-dev"
            " (Python 3.11 and 3.13 need no compiler)"
        )
    if free_gb < DISK_GB:
        yield f"{free_gb:.1f} GB of disk are free here; Marvin and its tests need {DISK_GB}."


def main():
    headers = os.path.join(sysconfig.get_path("include"), "Python.h")
    found = list(
        problems(
            sys.version_info[:2],
            venv=find_spec("venv") is not None and find_spec("ensurepip") is not None,
            compiler=shutil.which("cc") or shutil.which("gcc") or shutil.which("clang"),
            headers=os.path.exists(headers),
            free_gb=shutil.disk_usage(".").free / 1e9,
        )
    )
    for problem in found:
        print(problem, file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
