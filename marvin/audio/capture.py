"""The microphone: one continuous stream of chunks that survives the loss of its device."""

import asyncio
import logging
import math
from collections.abc import AsyncGenerator, Callable

from marvin.audio.devices import Direction
from marvin.audio.framer import Framer
from marvin.audio.inlet import Inlet
from marvin.audio.outage import HUNG_S, Outages, clock_s, delays_s
from marvin.audio.silence import DeadAir
from marvin.audio.soundsystem import SOUND, SoundSystem, StreamOptions
from marvin.config.tables import AudioConfig
from marvin.errors import AudioDeviceError
from marvin.events import DeviceSilent, Event
from marvin.types import CHUNK_SAMPLES, RATE_HZ, AudioChunk, Samples

_LOGGER = logging.getLogger(__name__)

_BLOCK_S = CHUNK_SAMPLES / RATE_HZ
"""Audio per PortAudio callback, in seconds: less would only wake Python more often."""
_WARN_EVERY_S = 1.0


class Microphone:
    """An input device at its native rate and channel count, converted to mono at RATE_HZ.

    If the device is lost after delivering audio, it is reopened by name as soon as it is back.
    """

    live = True

    def __init__(
        self,
        device: str = "default",
        backlog_s: float = 4.0,
        *,
        report: Callable[[Event], None] = lambda event: None,
        patience_s: float = math.inf,
        system: SoundSystem = SOUND,
        clock: Callable[[], float] = clock_s,
    ) -> None:
        """`patience_s` limits the attempts to reopen a device. `clock` includes system sleep."""
        self._aim_at(device, backlog_s)
        self._report = report
        self._patience_s = patience_s
        self._system = system
        self._clock = clock
        self.device = ""
        """Name of the device opened last."""
        self.rate_hz = 0
        """Sample rate of that device in Hz; 0 before it was opened."""
        self._outages = Outages(Direction.INPUT, report, clock)
        self.silent = False
        """The device delivers only zeros or a constant."""
        self.attempts = 0
        """Attempts to reopen the device; a growing count shows that the loop is alive."""
        self.overruns = 0
        """Times audio was lost, in the device or by backlog overflow."""
        self._dead_air = DeadAir()
        self._warned_at = -math.inf

    @property
    def away(self) -> bool:
        """Whether the device is lost, and being reopened."""
        return self._outages.away

    @property
    def outages(self) -> int:
        return self._outages.count

    def aim(self, audio: AudioConfig) -> None:
        """Apply the config, from the next call of `chunks` on."""
        self._aim_at(audio.input, audio.backlog_s)

    def _aim_at(self, device: str, backlog_s: float) -> None:
        self._options = StreamOptions(device, Direction.INPUT, _BLOCK_S, first_hz=RATE_HZ)
        self._backlog_s = backlog_s

    async def chunks(self) -> AsyncGenerator[AudioChunk]:
        """Chunks of CHUNK_SAMPLES at RATE_HZ. Lost audio shows as a gap in their positions.

        Raises:
            AudioDeviceError: The device does not open or did not come back in time, or the sound
                system hangs.
        """
        first: tuple[int, Samples] | None
        # A device that worked before is reopened, even if the pipeline restarts during an outage.
        inlet, first = await (self._reopen() if self.rate_hz else self._open_first())
        start = 0
        framer = Framer(inlet.rate_hz)
        try:
            while True:
                block = first or await inlet.next()
                first = None
                if block is None:
                    heard_s = inlet.last_at_s
                    if inlet.reason:
                        self._outages.lost(self.device, inlet.reason, self._clock())
                    await self._close(inlet)
                    inlet, first = await self._reopen()
                    gap_s = max(0.0, inlet.first_at_s - heard_s)
                    framer = Framer(inlet.rate_hz, start + round(gap_s * RATE_HZ))
                    continue
                self._check_silence(inlet, block[1])
                for chunk in framer.push(*block, inlet.waiting_s):
                    start = chunk.end
                    yield chunk
        finally:
            if inlet.stream is not None:
                self._system.close_now(inlet.stream)

    async def _open_first(self) -> tuple[Inlet, tuple[int, Samples]]:
        inlet, first = await self._open()
        if first is None:
            raise AudioDeviceError(
                f"the microphone {inlet.name!r} does not work: {inlet.reason}; is it suspended, or "
                "used by another program? `marvin devices` lists others"
            )
        return inlet, first

    async def _open(self) -> tuple[Inlet, tuple[int, Samples] | None]:
        """The open inlet, and its first block if one arrives."""
        inlet = Inlet(self._backlog_s, self._clock, self._audio_lost)
        stream = await self._system.open(self._options, inlet)
        self.device, self.rate_hz = inlet.name, inlet.rate_hz
        try:
            first = await inlet.next()
        except asyncio.CancelledError:
            self._system.close_now(stream)
            raise
        if first is None:
            await self._system.close(stream)
        return inlet, first

    async def _close(self, inlet: Inlet) -> None:
        if inlet.stream is not None:
            await self._system.close(inlet.stream)

    async def _reopen(self) -> tuple[Inlet, tuple[int, Samples]]:
        began_s = self._clock()
        seen = self._system.generation
        for attempt, delay_s in enumerate(delays_s()):
            self.attempts += 1
            try:
                # Not on the first attempt: a restarted sound server is back at once, and
                # reinitialising PortAudio would cut off playback.
                if attempt:
                    await self._system.reinitialise(seen)
                    seen = self._system.generation
                inlet, first = await self._open()
                if first is not None:
                    self._outages.back(self.device)
                    return inlet, first
                problem = inlet.reason or "PortAudio was reinitialised"
            except AudioDeviceError as error:
                problem = str(error)
            _LOGGER.debug("attempt %d: %s", attempt + 1, problem)
            self._outages.lost(self.device, problem, self._clock())
            self._check_patience(began_s, problem)
            await asyncio.sleep(delay_s)
        raise AssertionError("unreachable: delays_s is endless")

    def _check_patience(self, began_s: float, problem: str) -> None:
        if self._system.stuck_s > HUNG_S:
            raise AudioDeviceError(
                f"the sound system has not answered for {HUNG_S:.0f} s; only a restart helps"
            )
        if self._clock() - began_s > self._patience_s:
            raise AudioDeviceError(
                f"the microphone {self.device!r} has not come back for {self._patience_s:.0f} s: "
                f"{problem}"
            )

    # Reporting

    def _check_silence(self, inlet: Inlet, block: Samples) -> None:
        changed = self._dead_air.push(block, inlet.rate_hz)
        if changed is None:
            return
        self.silent = changed
        seconds = self._dead_air.length_s
        if changed:
            _LOGGER.warning("the microphone %r has sent only zeros for %.0f s", inlet.name, seconds)
        else:
            _LOGGER.info("the microphone %r delivers sound again", inlet.name)
        self._report(DeviceSilent(inlet.name, seconds, over=not changed))

    def _audio_lost(self, inlet: Inlet, full: bool) -> None:
        self.overruns += 1
        now = asyncio.get_running_loop().time()
        if now - self._warned_at >= _WARN_EVERY_S:
            self._warned_at = now
            _LOGGER.warning(
                "microphone audio was lost %s: %d times, %.1f s so far",
                "because the machine was busy" if full else "in the sound system",
                self.overruns,
                inlet.dropped_s,
            )
