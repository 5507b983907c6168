"""A healthy machine, and ways to break it."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from marvin.audio.devices import Device, Direction
from marvin.errors import MarvinError, NoDaemonError
from marvin.types import RATE_HZ, Samples
from marvin.workshop.doctor.system import System
from tests.engines.placement.machines import BF16_CPU, LAPTOP

MICROPHONE = Device(0, "USB Microphone", "ALSA", 1, 0, 48_000, True, False)
SPEAKER = Device(1, "USB Speaker", "ALSA", 0, 2, 48_000, False, True)
MEMORY = "MemTotal: 16000000 kB\nSwapTotal: 4000000 kB\nSwapFree: 3900000 kB\n"
VERSIONS = {"torch": "2.13.0+cpu", "transformers": "5.23.0", "huggingface-hub": "2.4.0"}


def described(root: Path, **changes: Any) -> System:
    """`root` replaces the machine's root folder."""
    (root / "proc").mkdir(exist_ok=True)
    (root / "proc" / "meminfo").write_text(MEMORY)
    (root / "etc").mkdir(exist_ok=True)
    (root / "etc" / "localtime").touch()
    healthy = System(
        environment={},
        root=root,
        platform="linux",
        user="anna",
        uid=root.stat().st_uid,
        groups=lambda: frozenset({"anna", "audio"}),
        now=lambda: datetime(2026, 5, 17, 9, 30, tzinfo=UTC),
        output=lambda command: None,
        devices=lambda: (MICROPHONE, SPEAKER),
        choose=lambda wanted, direction: MICROPHONE if direction is Direction.INPUT else SPEAKER,
        rate_hz=lambda device, direction: 48_000,
        record=lambda wanted, seconds: room(),
        facts=lambda: LAPTOP,
        speeds=lambda facts: BF16_CPU,
        free_bytes=lambda folder: 50_000_000_000,
        version=VERSIONS.get,
        requirements=lambda: ["torch>=2.9", "transformers>=5.9", "x>=1 ; extra == 'bark'"],
        espeak=lambda voice: "maven",
        sphinx=lambda: None,
        speexdsp=lambda: None,
        daemon=raising(NoDaemonError("no Marvin runs")),
    )
    return replace(healthy, **changes)


def raising(error: Exception) -> Callable[..., Any]:
    """A call that fails."""

    def call(*_: object) -> Any:
        raise error

    return call


def saying(**outputs: str) -> Callable[[Sequence[str]], str | None]:
    """Programs by the last word of their command, with dashes as underscores."""
    return lambda command: outputs.get(command[-1].replace("-", "_"))


def room(level_dbfs: float = -60.0, seconds: float = 2.0) -> Samples:
    """Noise as a microphone hears it in a quiet room."""
    noise = np.random.default_rng(1).standard_normal(round(seconds * RATE_HZ))
    return (noise * 10 ** (level_dbfs / 20)).astype(np.float32)


class TroubleError(MarvinError):
    """An error that the user can fix."""
