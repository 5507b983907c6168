"""The speaker: one stream that stays open, fed from a buffer, and opened again when it is lost."""

import asyncio
import contextlib
import logging
from collections.abc import Callable

import numpy as np

from marvin.audio.devices import Direction
from marvin.audio.outage import clock_s, delays_s
from marvin.audio.outlet import Outlet
from marvin.audio.resample import Resampler
from marvin.audio.soundsystem import SOUND, SoundSystem, StreamOptions
from marvin.config.tables import AudioConfig
from marvin.errors import AudioDeviceError, PlaybackError
from marvin.events import DeviceBack, DeviceLost, Event
from marvin.pcm import fade_in, finite
from marvin.types import AudioChunk, Samples

_LOGGER = logging.getLogger(__name__)

_BLOCK_S = 0.02
"""Audio that PortAudio asks for at a time, in seconds."""
_AHEAD_S = 4.0
"""Audio that is queued before `play` waits, in seconds."""
_STUCK_S = 2.0
"""A device that asks for nothing for so long, in seconds, is gone."""
_AWAY_S = 3.0
"""A reply waits so long for a device that is away, in seconds."""
_STILL_AWAY_S = 0.5
"""The next ones wait so long: a notice that nobody hears must not hold up the line."""
_FADE_S = 0.01
"""Fade where a reply goes on after an outage, in seconds."""
_SILENCE: Samples = np.zeros(0, np.float32)


class Speaker:
    """An output device at its own rate. Opened once; silent while there is nothing to say.

    Once it has been open, its loss ends a reply at the most: it is looked for by its name.
    """

    def __init__(
        self,
        device: str = "default",
        volume: float = 1.0,
        latency_s: float = 0.1,
        *,
        report: Callable[[Event], None] = lambda event: None,
        system: SoundSystem = SOUND,
    ) -> None:
        self._options = _options(device, latency_s)
        self._volume = volume
        self._report = report
        self._system = system
        self.device = ""
        """Name of the device that was opened last."""
        self.rate_hz = 0
        """Rate at which it was opened, in Hz; 0 before."""
        self.away = False
        """Whether it is lost, and looked for."""
        self.outages = 0
        """Times that it was lost."""
        self._outlet: Outlet | None = None
        self._looking: asyncio.Task[None] | None = None
        """Looks for the device; there while there is no outlet but was one."""
        self._found = asyncio.Event()
        self._wanted = asyncio.Event()
        """Somebody wants to be heard now."""
        self._given_up = False
        self._kept = _SILENCE
        """What a lost device had not taken, at `rate_hz`."""
        self._resampler: Resampler | None = None
        self._in_speech = False
        """Audio was queued since the last drain or flush."""
        self._underruns = 0

    @property
    def underruns(self) -> int:
        """Times that speech was interrupted because audio was not there in time."""
        return self._underruns + (0 if self._outlet is None else self._outlet.underruns)

    def open(self) -> None:
        """Open the device, unless it is; blocks. Needs the running event loop.

        Raises:
            AudioDeviceError: There is no such device, or it does not open.
        """
        if self._outlet is None and self._looking is None:
            outlet = Outlet(self._volume, self._lose)
            self._system.open_now(self._options, outlet)
            self._use(outlet)

    async def play(self, chunk: AudioChunk) -> None:
        """Queue a chunk of any rate; waits while some seconds are queued already.

        Raises:
            PlaybackError: The device was lost, and has not come back within some seconds.
            AudioDeviceError: It was never there.
        """
        if self._outlet is None and self._looking is None and not await self._open():
            raise PlaybackError(f"the speaker {self.device!r} takes no audio")
        outlet = await self._until(lambda outlet: outlet.buffer.held < _AHEAD_S * outlet.rate_hz)
        rates = chunk.rate_hz, outlet.rate_hz
        # A chunk that begins a stream is not the continuation of what was before.
        resampler = self._resampler
        if resampler is None or chunk.start == 0 or (resampler.from_hz, resampler.to_hz) != rates:
            self._finish_stream(outlet)
            self._resampler = resampler = Resampler(*rates)
        elif self._in_speech and outlet.buffer.held == 0:
            self._underruns += 1
        samples = resampler.process(finite(chunk.samples))
        outlet.buffer.put(samples)
        # Of the first few the resampler may keep all.
        self._in_speech |= len(samples) > 0

    async def drained(self) -> None:
        """Wait until the last sample has left the loudspeaker, as far as the system knows.

        Raises:
            PlaybackError: The device was lost, and has not come back within some seconds.
        """
        if self._outlet is not None:
            self._finish_stream(self._outlet)
        elif self._looking is None or not self._in_speech:
            return
        outlet = await self._until(lambda outlet: outlet.buffer.held == 0)
        self._in_speech = False
        await asyncio.sleep(outlet.heard_at - asyncio.get_running_loop().time())

    def flush(self) -> float:
        """Drop what the device has not taken yet, after a short fade; its length in seconds."""
        self._resampler = None
        self._in_speech = False
        dropped, self._kept = len(self._kept), _SILENCE
        if self._outlet is not None:
            buffer = self._outlet.buffer
            dropped += buffer.held
            buffer.cut()
            dropped -= buffer.held
        return dropped / self.rate_hz if dropped else 0.0

    def set_volume(self, volume: float) -> None:
        """Playback volume in [0, 1]."""
        self._volume = volume
        if self._outlet is not None:
            self._outlet.buffer.set_volume(volume)

    def aim(self, audio: AudioConfig) -> None:
        """Be the speaker of that table: at once where it is open, or looked for."""
        options = _options(audio.output, audio.latency_s)
        if options != self._options:
            self._options = options
            if self._outlet is not None:
                self._lose(self._outlet, "")

    def close(self) -> None:
        """Close the device at once. What was not heard is lost; `play` opens it again."""
        if self._looking is not None:
            self._looking.cancel()
            self._looking = None
        outlet = self._let_go()
        self._kept, self.away = _SILENCE, False
        if outlet is not None and outlet.stream is not None:
            self._system.close_now(outlet.stream)

    def _finish_stream(self, outlet: Outlet) -> None:
        if self._resampler is not None and self._resampler.to_hz == outlet.rate_hz:
            outlet.buffer.put(self._resampler.finish())
        self._resampler = None

    async def _until(self, condition: Callable[[Outlet], bool]) -> Outlet:
        """The open device, as soon as the condition holds."""
        stuck = 0
        while True:
            outlet = self._outlet or await self._back_again()
            if condition(outlet):
                return outlet
            if await outlet.progress(_STUCK_S):
                continue
            self._lose(outlet, f"it has taken nothing for {_STUCK_S:.0f} s")
            stuck += 1
            if stuck > 1:
                raise self._give_up()

    async def _back_again(self) -> Outlet:
        if self._looking is not None and self._looking.done():
            self._looking.result()
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
            f"the speaker {self.device!r} is lost: was it unplugged? It is looked for; "
            "`marvin devices` lists what is there"
        )

    # Having a device

    async def _open(self) -> bool:
        """Open the device and use it, unless it ends at once."""
        outlet = Outlet(self._volume, self._lose)
        stream = await self._system.open(self._options, outlet)
        try:
            # One that was lost has to show that it works.
            works = await outlet.flows() if self.away else not outlet.over
        except asyncio.CancelledError:
            self._system.close_now(stream)
            raise
        if works and self._outlet is None:
            self._use(outlet)
        else:
            # It does not work, or somebody else was faster.
            await self._system.close(stream)
        return works

    def _use(self, outlet: Outlet) -> None:
        rest, self._kept = self._kept, _SILENCE
        if len(rest):
            if outlet.rate_hz != self.rate_hz:
                rest = Resampler(self.rate_hz, outlet.rate_hz).process(rest, last=True)
            outlet.buffer.put(fade_in(rest, round(_FADE_S * outlet.rate_hz)))
        outlet.buffer.set_volume(self._volume)
        self.device, self.rate_hz = outlet.name, outlet.rate_hz
        self._outlet, self._given_up = outlet, False
        self._found.set()

    def _let_go(self) -> Outlet | None:
        outlet, self._outlet = self._outlet, None
        if outlet is not None:
            self._underruns += outlet.underruns
            self._kept = outlet.buffer.rest()
        return outlet

    def _lose(self, outlet: Outlet, reason: str) -> None:
        """The device has gone, or "": PortAudio began again and it has to be opened anew."""
        if outlet is not self._outlet:
            return
        self._let_go()
        if reason:
            self._tell_lost(reason)
        self._looking = asyncio.get_running_loop().create_task(self._look_for_it(outlet))

    async def _look_for_it(self, lost: Outlet) -> None:
        lost_at_s = clock_s()
        if lost.stream is not None:
            await self._system.close(lost.stream)
        seen = self._system.generation
        for attempt, delay_s in enumerate(delays_s()):
            wanted = self._wanted.is_set()
            self._wanted.clear()
            try:
                if attempt:
                    # The microphone is cut off by it: only for somebody who has something to say.
                    await self._system.begin_again(seen, force=wanted)
                    seen = self._system.generation
                if await self._open():
                    break
                problem = "it takes no audio"
            except AudioDeviceError as error:
                problem = str(error)
            _LOGGER.debug("attempt %d: %s", attempt + 1, problem)
            if not self.away:
                self._tell_lost(problem)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(delay_s):
                    await self._wanted.wait()
        self._looking = None
        self._tell_back(lost_at_s)

    # What is told

    def _tell_lost(self, reason: str) -> None:
        self.away = True
        self.outages += 1
        _LOGGER.warning("the speaker %r is lost: %s; looking for it", self.device, reason)
        self._report(DeviceLost(Direction.OUTPUT.value, self.device, reason))

    def _tell_back(self, lost_at_s: float) -> None:
        if self.away:
            self.away = False
            away_s = clock_s() - lost_at_s
            _LOGGER.warning("the speaker %r is back after %.1f s", self.device, away_s)
            self._report(DeviceBack(Direction.OUTPUT.value, self.device, away_s))


def _options(device: str, latency_s: float) -> StreamOptions:
    return StreamOptions(device, Direction.OUTPUT, _BLOCK_S, latency_s)
