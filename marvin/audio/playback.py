"""The speaker: one stream that stays open, is fed from a buffer, and is reopened after a loss."""

import asyncio
import contextlib
import logging
from collections.abc import Callable

import numpy as np

from marvin.audio.devices import Direction
from marvin.audio.outage import Outages, clock_s, delays_s
from marvin.audio.outlet import Outlet, PlaybackTap
from marvin.audio.resample import Resampler
from marvin.audio.soundsystem import SOUND, SoundSystem, StreamOptions
from marvin.config.tables import AudioConfig
from marvin.errors import AudioDeviceError, PlaybackError
from marvin.events import Event
from marvin.pcm import fade_in, finite
from marvin.types import AudioChunk, Samples

_LOGGER = logging.getLogger(__name__)

_BLOCK_S = 0.02
"""Audio per PortAudio callback, in seconds."""
_AHEAD_S = 4.0
"""Audio queued before `play` waits, in seconds."""
_STUCK_S = 2.0
"""A device that takes no audio for this long, in seconds, is gone."""
_AWAY_S = 3.0
"""How long a reply waits for a lost device, in seconds."""
_STILL_AWAY_S = 0.5
"""How long the next replies wait, in seconds: a notice nobody hears must not hold up the turn."""
_FADE_S = 0.01
"""Fade-in when a reply resumes after an outage, in seconds."""
_SILENCE: Samples = np.zeros(0, np.float32)


class Speaker:
    """An output device at its native rate. Opened once; plays silence between replies.

    Losing the device ends at most the current reply: it is reopened by name.
    """

    def __init__(
        self,
        device: str = "default",
        volume: float = 1.0,
        latency_s: float = 0.08,
        *,
        report: Callable[[Event], None] = lambda event: None,
        system: SoundSystem = SOUND,
    ) -> None:
        self._options = _options(device, latency_s)
        self._volume = volume
        self._system = system
        self.device = ""
        """Name of the device opened last."""
        self.rate_hz = 0
        """Sample rate of that device in Hz; 0 before it was opened."""
        self._outages = Outages(Direction.OUTPUT, report)
        self.tap = PlaybackTap()
        self._outlet: Outlet | None = None
        self._reopening: asyncio.Task[None] | None = None
        """Reopens a lost device; None while it is open, and before it was ever opened."""
        self._found = asyncio.Event()
        self._wanted = asyncio.Event()
        """A caller is waiting to play audio."""
        self._given_up = False
        self._unplayed = _SILENCE
        """Audio that a lost device had not taken, at `rate_hz`."""
        self._resampler: Resampler | None = None
        self._in_speech = False
        """Audio has been queued since the last drain or flush."""
        self._paused = False
        self._underruns = 0

    @property
    def away(self) -> bool:
        """Whether the device is lost, and being reopened."""
        return self._outages.away

    @property
    def outages(self) -> int:
        return self._outages.count

    @property
    def underruns(self) -> int:
        """Times speech was interrupted because audio arrived too late."""
        return self._underruns + (0 if self._outlet is None else self._outlet.underruns)

    def open(self) -> None:
        """Open the device if needed; blocks. Needs a running event loop.

        Raises:
            AudioDeviceError: There is no such device, or it does not open.
        """
        if self._outlet is None and self._reopening is None:
            outlet = Outlet(self._volume, self._lose, self.tap)
            self._system.open_now(self._options, outlet)
            self._use(outlet)

    async def play(self, chunk: AudioChunk) -> None:
        """Queue a chunk at any sample rate; waits while a few seconds are queued already.

        Raises:
            PlaybackError: The device was lost and did not come back within a few seconds.
            AudioDeviceError: The device was never opened, and does not open.
        """
        if self._outlet is None and self._reopening is None and not await self._open():
            raise PlaybackError(f"the speaker {self.device!r} takes no audio")
        outlet = await self._until(lambda outlet: outlet.buffer.held < _AHEAD_S * outlet.rate_hz)
        rates = chunk.rate_hz, outlet.rate_hz
        # A chunk at position 0 starts a new stream.
        resampler = self._resampler
        if resampler is None or chunk.start == 0 or (resampler.from_hz, resampler.to_hz) != rates:
            self._finish_stream(outlet)
            self._resampler = resampler = Resampler(*rates)
        elif self._in_speech and outlet.buffer.held == 0:
            self._underruns += 1
        samples = resampler.process(finite(chunk.samples))
        outlet.buffer.put(samples)
        # The resampler may hold back all of the first samples.
        self._in_speech |= len(samples) > 0

    async def drained(self) -> None:
        """Wait until the last sample has been heard, by the latency that the device reports.

        Raises:
            PlaybackError: The device was lost and did not come back within a few seconds.
        """
        if self._outlet is not None:
            self._finish_stream(self._outlet)
        elif self._reopening is None or not self._in_speech:
            return
        outlet = await self._until(lambda outlet: outlet.buffer.held == 0)
        self._in_speech = False
        await asyncio.sleep(outlet.heard_at - asyncio.get_running_loop().time())

    def flush(self) -> float:
        """Drop audio that the device has not taken, with a short fade; returns its length in s."""
        self._resampler = None
        self._in_speech = self._paused = False
        dropped, self._unplayed = len(self._unplayed), _SILENCE
        if self._outlet is not None:
            buffer = self._outlet.buffer
            dropped += buffer.held
            buffer.cut()
            dropped -= buffer.held
        return dropped / self.rate_hz if dropped else 0.0

    def set_paused(self, paused: bool) -> None:
        """Hold the audio that the device has not taken, or go on. A flush ends the pause."""
        self._paused = paused
        if self._outlet is not None:
            self._outlet.buffer.set_paused(paused)

    def set_volume(self, volume: float) -> None:
        """`volume` is in [0, 1]."""
        self._volume = volume
        if self._outlet is not None:
            self._outlet.buffer.set_volume(volume)

    def aim(self, audio: AudioConfig) -> None:
        """Apply the config; reopens an open device at once if it changes."""
        options = _options(audio.output, audio.latency_s)
        if options != self._options:
            self._options = options
            if self._outlet is not None:
                self._lose(self._outlet, "")

    def close(self) -> None:
        """Close the device at once, dropping unheard audio; `play` opens it again."""
        if self._reopening is not None:
            self._reopening.cancel()
            self._reopening = None
        outlet = self._detach()
        self._unplayed, self._outages.away = _SILENCE, False
        if outlet is not None and outlet.stream is not None:
            self._system.close_now(outlet.stream)

    def _finish_stream(self, outlet: Outlet) -> None:
        if self._resampler is not None and self._resampler.to_hz == outlet.rate_hz:
            outlet.buffer.put(self._resampler.finish())
        self._resampler = None

    async def _until(self, condition: Callable[[Outlet], bool]) -> Outlet:
        """The open outlet, once the condition holds."""
        stuck = 0
        while True:
            outlet = self._outlet or await self._wait_for_device()
            if condition(outlet):
                return outlet
            if await outlet.progress(_STUCK_S):
                continue
            self._lose(outlet, f"it has taken no audio for {_STUCK_S:.0f} s")
            stuck += 1
            if stuck > 1:
                raise self._give_up()

    async def _wait_for_device(self) -> Outlet:
        if self._reopening is not None and self._reopening.done():
            self._reopening.result()
        self._wanted.set()
        try:
            async with asyncio.timeout(_STILL_AWAY_S if self._given_up else _AWAY_S):
                while self._outlet is None:
                    self._found.clear()
                    await self._found.wait()
        except TimeoutError as error:
            raise self._give_up() from error
        return self._outlet

    def _give_up(self) -> PlaybackError:
        self._given_up = True
        self.flush()
        return PlaybackError(
            f"the speaker {self.device!r} is lost: was it unplugged? Marvin keeps trying to "
            "reopen it; `marvin devices` lists the available devices"
        )

    # Opening and reopening

    async def _open(self) -> bool:
        """Open the device; returns whether it works."""
        outlet = Outlet(self._volume, self._lose, self.tap)
        stream = await self._system.open(self._options, outlet)
        try:
            # A lost device must prove that it works.
            works = await outlet.flows() if self.away else not outlet.over
        except asyncio.CancelledError:
            self._system.close_now(stream)
            raise
        if works and self._outlet is None:
            self._use(outlet)
        else:
            # It does not work, or another caller was faster.
            await self._system.close(stream)
        return works

    def _use(self, outlet: Outlet) -> None:
        outlet.buffer.set_paused(self._paused)
        rest, self._unplayed = self._unplayed, _SILENCE
        if len(rest):
            if outlet.rate_hz != self.rate_hz:
                rest = Resampler(self.rate_hz, outlet.rate_hz).process(rest, last=True)
            outlet.buffer.put(fade_in(rest, round(_FADE_S * outlet.rate_hz)))
        outlet.buffer.set_volume(self._volume)
        self.device, self.rate_hz = outlet.name, outlet.rate_hz
        self._outlet, self._given_up = outlet, False
        self._found.set()

    def _detach(self) -> Outlet | None:
        outlet, self._outlet = self._outlet, None
        if outlet is not None:
            self._underruns += outlet.underruns
            self._unplayed = outlet.buffer.rest()
        return outlet

    def _lose(self, outlet: Outlet, reason: str) -> None:
        """Reopen a lost device; `reason` is "" if PortAudio was reinitialised."""
        if outlet is not self._outlet:
            return
        self._detach()
        if reason:
            self._outages.lost(self.device, reason, clock_s())
        self._reopening = asyncio.get_running_loop().create_task(self._reopen(outlet))

    async def _reopen(self, lost: Outlet) -> None:
        lost_at_s = clock_s()
        if lost.stream is not None:
            await self._system.close(lost.stream)
        seen = self._system.generation
        for attempt, delay_s in enumerate(delays_s()):
            wanted = self._wanted.is_set()
            self._wanted.clear()
            try:
                if attempt:
                    # Forcing it cuts off the microphone: only if there is audio to play.
                    await self._system.reinitialise(seen, force=wanted)
                    seen = self._system.generation
                if await self._open():
                    break
                problem = "it takes no audio"
            except AudioDeviceError as error:
                problem = str(error)
            _LOGGER.debug("attempt %d: %s", attempt + 1, problem)
            self._outages.lost(self.device, problem, lost_at_s)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(delay_s):
                    await self._wanted.wait()
        self._reopening = None
        self._outages.back(self.device)


def _options(device: str, latency_s: float) -> StreamOptions:
    return StreamOptions(device, Direction.OUTPUT, _BLOCK_S, latency_s)
