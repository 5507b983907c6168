"""Marvin's page in a real Chromium: `python -m benchmarks.robustness.browser_page`.

    [--profile embedded] [--screenshots FOLDER]

Starts `marvin serve --http` with a key, and a headless Chromium whose microphone plays a recording.
Checks that a spoken question is answered aloud and shown, and what else `browser_checks.py` and
`browser_faults.py` say; audits the page with axe-core. The first time, it installs Playwright and
axe-core from PyPI into an environment of their own, `.page`. Needs the system's Chromium: without
it, all is skipped.
"""

import argparse
import contextlib
import json
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
import venv
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from benchmarks.peers.processes import ROOT
from marvin.audio.reader import open_audio, read_blocks
from marvin.audio.wavwriter import WavWriter

ENVIRONMENT = ROOT / ".page"
PACKAGES = ("playwright==1.65.2", "axe-playwright-python==0.1.8")
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
KEY = "MARVIN_HTTP_KEY"
_LEAD_S, _TAIL_S = 1.0, 12.0
"""Near silence before and after the question that the microphone hears, again and again."""


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--profile", default="embedded")
    parser.add_argument("--screenshots", type=Path)
    arguments = parser.parse_args()
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if browser is None:
        print("skipped: no Chromium (`apt-get install chromium`, or your system's package)")
        return 0
    python = _environment()
    with tempfile.TemporaryDirectory(prefix="marvin-page-") as folder:
        microphone = Path(folder) / "microphone.wav"
        _record(ROOT / "samples/what_time_is_it.wav", microphone)
        with served(arguments.profile, Path(folder)) as (port, key, _):
            options = {
                "browser": browser,
                "port": port,
                "key": key,
                "microphone": str(microphone),
                "recordings": str(ROOT / "samples"),
                "screenshots": str(arguments.screenshots or folder),
            }
            script = [python, "-m", "benchmarks.robustness.browser_script", json.dumps(options)]
            return subprocess.run(script, check=False, cwd=ROOT).returncode


def _environment() -> Path:
    """The Python of an environment with what drives the browser."""
    python = ENVIRONMENT / "bin" / "python"
    complete = ENVIRONMENT / ".complete"
    wanted = "\n".join(PACKAGES)
    if not complete.exists() or complete.read_text() != wanted:
        venv.create(ENVIRONMENT, with_pip=True)
        command = [str(python), "-m", "pip", "install", "--quiet", *PACKAGES]
        if subprocess.run(command, check=False).returncode:
            sys.exit(f"cannot install Playwright into {ENVIRONMENT}: PyPI is needed once")
        complete.write_text(wanted)
    return python


def _record(question: Path, target: Path) -> None:
    with open_audio(question) as file:
        spoken = np.concatenate(list(read_blocks(file)))
        rate_hz = file.samplerate
    noise = np.random.default_rng(0)
    lead, tail = (
        noise.normal(0.0, 3e-4, round(length_s * rate_hz)).astype(np.float32)
        for length_s in (_LEAD_S, _TAIL_S)
    )
    writer = WavWriter(target, rate_hz)
    writer.open()
    writer.append(np.concatenate((lead, spoken, tail)))
    writer.close()


@contextlib.contextmanager
def served(profile: str, folder: Path, keys: str = "") -> Iterator[tuple[int, str, int]]:
    """`marvin serve` for everybody on the network, with a key; its port, that key, and its
    process. `keys`: more lines of `[serve]`."""
    config = folder / "models.toml"
    config.write_text(f'[serve]\nhttp = "0.0.0.0:0"\nhttp_key_env = "{KEY}"\n{keys}\n')
    key = secrets.token_urlsafe(24)
    environment = os.environ | {KEY: key, "XDG_STATE_HOME": str(folder)}
    command = [sys.executable, "-m", "marvin", "--config", str(config), "--profile", profile]
    with subprocess.Popen(
        [*command, "serve", "--json"], stdout=subprocess.PIPE, text=True, env=environment, cwd=ROOT
    ) as server:
        assert server.stdout is not None
        try:
            for line in server.stdout:
                event = json.loads(line)
                if event["event"] == "serving":
                    break
            else:
                sys.exit("`marvin serve` has ended")
            yield int(event["address"].rpartition(":")[2]), key, server.pid
        finally:
            server.terminate()


if __name__ == "__main__":
    sys.exit(main())
