"""Puts the peers into an environment of their own: `python -m benchmarks.peers.install [FOLDER]`.

Wheels from PyPI only, and no weights: those are made here, at random.
"""

import subprocess
import sys
import venv
from pathlib import Path

from benchmarks.peers.processes import ROOT

FOLDER = ROOT / ".peers"
PACKAGES = (
    "faster-whisper==1.2.1",
    "ctranslate2==4.8.5",
    "pywhispercpp==1.5.1",
    "pyopen-wakeword==1.1.0",
    "onnxruntime==1.31.1",
)
"""Pinned, so that a figure can be had again. The last one is what the last but one is compared
with in `open_wake_word.py`."""


def install(folder: Path) -> Path:
    """Make the environment where it is not complete yet; its Python.

    Ends the program with a message where PyPI cannot be reached.
    """
    python = folder / "bin" / "python"
    complete = folder / ".complete"
    wanted = "\n".join(PACKAGES)
    if not complete.exists() or complete.read_text() != wanted:
        venv.create(folder, with_pip=True)
        command = [str(python), "-m", "pip", "install", "--quiet", "--only-binary", ":all:"]
        if subprocess.run([*command, *PACKAGES], check=False).returncode:
            sys.exit(f"the others could not be installed into {folder}: it takes PyPI, once")
        complete.write_text(wanted)
    return python


def packages_of(folder: Path) -> Path:
    """Where its packages are."""
    return next((folder / "lib").glob("python3*")) / "site-packages"


if __name__ == "__main__":
    print(install(Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER))
