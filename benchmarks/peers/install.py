"""Installs the peers into their own environment: `python -m benchmarks.peers.install [FOLDER]`.

Only wheels from PyPI and no weights, which are random.
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
"""Pinned for reproducibility. `open_wake_word.py` compares the last two."""


def install(folder: Path) -> Path:
    """Create the environment if incomplete; returns its Python.

    Exits with a message if PyPI cannot be reached.
    """
    python = folder / "bin" / "python"
    complete = folder / ".complete"
    wanted = "\n".join(PACKAGES)
    if not complete.exists() or complete.read_text() != wanted:
        venv.create(folder, with_pip=True)
        command = [str(python), "-m", "pip", "install", "--quiet", "--only-binary", ":all:"]
        if subprocess.run([*command, *PACKAGES], check=False).returncode:
            sys.exit(f"cannot install the peers into {folder}: PyPI is needed once")
        complete.write_text(wanted)
    return python


def packages_of(folder: Path) -> Path:
    """The environment's site-packages."""
    return next((folder / "lib").glob("python3*")) / "site-packages"


if __name__ == "__main__":
    print(install(Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER))
