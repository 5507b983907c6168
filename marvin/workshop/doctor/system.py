"""The machine as the checks see it, replaceable in tests."""

from __future__ import annotations

import asyncio
import grp
import os
import pwd
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import aclosing, closing
from dataclasses import dataclass
from datetime import datetime
from importlib import metadata
from pathlib import Path

import numpy as np

from marvin.audio.calls import SOUND_CALLS
from marvin.audio.capture import Microphone
from marvin.audio.devices import Device, Direction, choose_device, list_devices
from marvin.audio.echo.speexdsp import library
from marvin.audio.streams import open_stream
from marvin.backends.espeak.process import EspeakProcess
from marvin.backends.sphinx.decoder import open_decoder
from marvin.boundary.files import read_file
from marvin.engines.placement.facts import MachineFacts, read_facts
from marvin.engines.placement.plan import voice_threads
from marvin.engines.placement.speed import Speeds, cache_path, speeds
from marvin.service.control.client import ask
from marvin.types import RATE_HZ, Samples
from marvin.workshop.doctor.patience import stretched

_OUTPUT_S = 2.0
"""Time limit for a system program, in seconds."""
_OPENS_S = 3.0
_ARRIVES_S = 3.0
"""Extra time for a recording beyond its length, in seconds."""


@dataclass(frozen=True, slots=True)
class System:
    """This machine, or a simulated one."""

    environment: Mapping[str, str]
    root: Path
    """Root of `proc`, `dev`, `run`, `etc` and `var`."""
    platform: str
    """`sys.platform`."""
    user: str
    uid: int
    groups: Callable[[], frozenset[str]]
    """Environment variables."""
    now: Callable[[], datetime]
    output: Callable[[Sequence[str]], str | None]
    """Output of a command; None if it is missing, fails or hangs."""
    devices: Callable[[], tuple[Device, ...]]
    choose: Callable[[str, Direction], Device]
    rate_hz: Callable[[Device, Direction], int]
    """Rate at which a device opens; 16 kHz is tried first for microphones."""
    record: Callable[[str, float], Samples]
    """Record a microphone for some seconds, mono at RATE_HZ; shorter if the audio stops."""
    facts: Callable[[], MachineFacts]
    speeds: Callable[[MachineFacts], Speeds]
    """Speeds measured by an earlier start, if any."""
    free_bytes: Callable[[Path], int]
    """Free bytes on a folder's disk."""
    version: Callable[[str], str | None]
    """Version of an installed distribution."""
    requirements: Callable[[], Sequence[str]]
    """Requirements of Marvin's distribution: `torch>=2.9`."""
    espeak: Callable[[str], str]
    """Marvin's name spoken by an espeak-ng voice, in IPA."""
    sphinx: Callable[[], object]
    """Load pocketsphinx with its model."""
    speexdsp: Callable[[], object | None]
    """libspeexdsp; None if it is not installed."""
    daemon: Callable[[], object]
    """Ask the daemon for its status."""

    def path(self, absolute: str) -> Path:
        """A path such as `/proc/meminfo`, under the root."""
        return self.root / absolute.lstrip("/")

    def read(self, absolute: str) -> str:
        """The text of a file; empty if it cannot be read."""
        try:
            return read_file(self.path(absolute)).decode(errors="replace")
        except OSError:
            return ""

    @property
    def runtime_folder(self) -> Path | None:
        """`$XDG_RUNTIME_DIR`, with the sockets of the user's session."""
        folder = self.environment.get("XDG_RUNTIME_DIR", "")
        return Path(folder) if folder else None

    @property
    def runs_systemd(self) -> bool:
        return self.path("/run/systemd/system").is_dir()


def this_system() -> System:
    """The real machine."""
    return System(
        environment=os.environ,
        root=Path("/"),
        platform=sys.platform,
        user=_user(),
        uid=os.getuid(),
        groups=_groups,
        now=lambda: datetime.now().astimezone(),
        output=_output,
        devices=list_devices,
        choose=choose_device,
        rate_hz=_rate_hz,
        record=lambda wanted, seconds: asyncio.run(_record(wanted, seconds)),
        facts=read_facts,
        speeds=_speeds,
        free_bytes=lambda folder: shutil.disk_usage(folder).free,
        version=_version,
        requirements=lambda: metadata.requires("marvin-voice") or (),
        espeak=_espeak,
        sphinx=open_decoder,
        speexdsp=library,
        daemon=lambda: ask("status"),
    )


def _user() -> str:
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return str(os.getuid())  # containers may use a uid without a name


def _groups() -> frozenset[str]:
    names = set()
    for number in {os.getegid(), *os.getgroups()}:
        try:
            names.add(grp.getgrgid(number).gr_name)
        except KeyError:
            names.add(str(number))
    return frozenset(names)


def _output(command: Sequence[str]) -> str | None:
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=stretched(_OUTPUT_S),
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.decode("utf-8", "replace")


def _rate_hz(device: Device, direction: Direction) -> int:
    def open_and_close() -> int:
        stream, rate_hz = open_stream(
            device,
            direction,
            lambda *_: None,
            lambda: None,
            block_s=0.05,
            first_hz=RATE_HZ if direction is Direction.INPUT else None,
        )
        stream.close()
        return rate_hz

    return SOUND_CALLS.run(open_and_close, stretched(_OPENS_S))


async def _record(wanted: str, seconds: float) -> Samples:
    heard: list[Samples] = []
    try:
        async with (
            asyncio.timeout(seconds + stretched(_ARRIVES_S)),
            aclosing(Microphone(wanted, patience_s=0.0).chunks()) as chunks,
        ):
            async for chunk in chunks:
                heard.append(chunk.samples)
                if sum(map(len, heard)) >= seconds * RATE_HZ:
                    break
    except TimeoutError:
        pass  # use what was recorded
    return np.concatenate(heard) if heard else np.zeros(0, np.float32)


def _speeds(facts: MachineFacts) -> Speeds:
    # Not measured here: it takes two seconds, and other checks would disturb it.
    return speeds(facts, voice_threads(facts.cores)) if cache_path().exists() else {}


def _version(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def _espeak(voice: str) -> str:
    with closing(EspeakProcess()) as process:
        return process.phonemes("marvin", voice)
