"""The audio source of `test-mic`, and its ear on a worker thread."""

import argparse
import sys
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from marvin.audio.capture import Microphone
from marvin.audio.devices import Device, Direction, choose_device
from marvin.config.tables import Config
from marvin.conversation.ear import load_ear
from marvin.engines.engine_set import STOP_S
from marvin.engines.workers.worker import Worker
from marvin.errors import AudioDeviceError
from marvin.protocols import AudioSource
from marvin.types import AudioChunk
from marvin.workshop.test_mic.heard_recordings import RecordingSource
from marvin.workshop.test_mic.observing import Observation, ObservedEar

_EAR_S = 5.0
"""The ear takes milliseconds per chunk; after this long it hangs."""

_PATIENCE_S = 10.0
"""How long to wait for a lost microphone; short, because the user sees that it is gone."""


@dataclass(frozen=True, slots=True)
class AudioOrigin:
    """A microphone or files."""

    source: AudioSource
    device: Device | None
    """None for files."""
    files: tuple[Path, ...] = ()

    @property
    def name(self) -> str:
        """The device or the first file, with its details."""
        if self.device is not None:
            return f"{self.device.name} ({self.device.host_api})"
        more = f" and {len(self.files) - 1} more" if len(self.files) > 1 else ""
        return f"{self.files[0]}{more}"

    @property
    def rate_hz(self) -> int | None:
        return getattr(self.source, "rate_hz", None)

    @property
    def rate(self) -> str:
        """The rate as text, once the microphone is open."""
        if self.device is None or not self.rate_hz:
            return "from a file"
        own = self.device.default_rate_hz
        return f"{self.rate_hz} Hz" + (f" (its own: {own} Hz)" if own != self.rate_hz else "")


def origin(arguments: argparse.Namespace, config: Config) -> AudioOrigin:
    """The requested microphone or files.

    Raises:
        AudioDeviceError: There is no such microphone.
        AudioFileError: A file cannot be read.
    """
    if arguments.input:
        recordings = RecordingSource(arguments.input)
        recordings.check()
        return AudioOrigin(recordings, None, tuple(arguments.input))
    wanted = arguments.device or config.audio.input
    # Before loading models, so that a missing microphone is reported at once.
    try:
        device = choose_device(wanted, Direction.INPUT)
    except AudioDeviceError as error:
        raise AudioDeviceError(f"{error}, or use a recording: --input FILE") from error
    microphone = Microphone(wanted, config.audio.backlog_s, patience_s=_PATIENCE_S)
    return AudioOrigin(microphone, device)


class Observer:
    """A loaded ear on a worker thread."""

    def __init__(self, worker: Worker[ObservedEar]) -> None:
        self._worker = worker

    async def observe(self, chunks: AsyncGenerator[AudioChunk]) -> AsyncGenerator[Observation]:
        async with aclosing(chunks):
            async for chunk in chunks:
                yield await self._hear(chunk)

    async def _hear(self, chunk: AudioChunk) -> Observation:
        return await self._worker.call(lambda ear, token: ear.hear(chunk), _EAR_S)


@asynccontextmanager
async def observer(config: Config) -> AsyncIterator[Observer]:
    """Load the ear; stop its thread at the end."""
    worker: Worker[ObservedEar] = Worker("marvin-ear", lambda _: ObservedEar(load_ear(config)))
    try:
        await worker.start()
        yield Observer(worker)
    finally:
        await worker.stop(STOP_S)


def dead_advice(*, zeros: bool) -> str:
    """Advice for a silent microphone."""
    what = "only zeros" if zeros else "almost nothing"
    advice = {
        "linux": "`pactl set-source-mute @DEFAULT_SOURCE@ 0`, or `alsamixer` (F4)",
        "darwin": "System Settings, Privacy & Security, Microphone",
    }.get(sys.platform, "the sound settings of the system")
    return f"the microphone sends {what}: muted? Try {advice}; `marvin devices` lists others"


CLIPPING_ADVICE = "too loud. Turn the input level down: `alsamixer` (F4)"
