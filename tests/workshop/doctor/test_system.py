"""The calls that inspect the real machine."""

import json
import os
import subprocess
import sys
import threading
from importlib import metadata
from pathlib import Path

import numpy as np
import pytest

from marvin.audio.devices import Direction
from marvin.engines.placement.speed import Speed
from marvin.workshop.doctor import system as module
from marvin.workshop.doctor.system import this_system
from tests.audio.pulse import Pulse, pulse  # noqa: F401 - a fixture
from tests.engines.placement.machines import LAPTOP


def test_user_is_identified() -> None:
    system = this_system()
    assert system.uid == os.getuid()
    assert system.user
    assert system.groups()
    assert system.now().tzinfo is not None
    assert system.free_bytes(Path("/")) > 0


def test_files_are_found_below_its_root() -> None:
    system = this_system()
    assert system.path("/proc/meminfo") == Path("/proc/meminfo")
    assert system.read("/no/such/file") == ""


def test_program_output_or_its_absence_is_returned(monkeypatch: pytest.MonkeyPatch) -> None:
    output = this_system().output
    assert output([sys.executable, "-c", "print('x')"]) == "x\n"
    assert output([sys.executable, "-c", "raise SystemExit(1)"]) is None
    assert output(["no-such-program-anywhere"]) is None
    monkeypatch.setattr(module, "_OUTPUT_S", 0.05)
    assert output(["sleep", "10"]) is None


def test_versions_of_installed_and_missing_packages() -> None:
    system = this_system()
    assert system.version("torch") == metadata.version("torch")
    assert system.version("no-such-distribution") is None


def test_unmeasured_machine_is_not_measured_now(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert this_system().speeds(LAPTOP) == {}
    kept = {"float32": {"many_s": 0.09, "one_s": 0.05}}
    (tmp_path / "marvin").mkdir()
    (tmp_path / "marvin" / "speeds.json").write_text(
        json.dumps({"version": 2, "speeds": {"torch 2.13.0, CPU, 3 threads": kept}})
    )
    assert this_system().speeds(LAPTOP) == {("cpu", "float32"): Speed(0.09, 0.05)}


def test_espeak_and_pocketsphinx_load() -> None:
    system = this_system()
    assert system.espeak("en-us")
    assert system.sphinx() is not None


def test_recording_from_a_real_sound_server(pulse: Pulse) -> None:  # noqa: F811
    system = this_system()
    samples = system.record("default", 0.5)
    assert len(samples) >= 8_000
    assert samples.dtype == np.float32
    assert not samples.any(), "a null sink is silent, like a muted microphone"
    chosen = system.choose("default", Direction.INPUT)
    assert system.rate_hz(chosen, Direction.INPUT) == 16_000
    assert system.rate_hz(system.choose("default", Direction.OUTPUT), Direction.OUTPUT) > 0
    assert not [one for one in threading.enumerate() if one.name.startswith("marvin-doctor")]


def test_nothing_heavy_is_loaded_before_a_check_needs_it() -> None:
    code = "import sys, marvin.cli.commands.doctor\nprint('torch' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=300
    )
    assert done.stdout == "False\n"
