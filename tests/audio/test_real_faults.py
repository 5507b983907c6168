"""Real sound system faults during recording and playback, one after the other."""

import asyncio
import logging
import os
import signal
import time
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing, asynccontextmanager

import numpy as np
import pytest

from marvin.audio import capture, inlet, soundsystem
from marvin.audio.capture import Microphone
from marvin.audio.devices import Direction, choose_device, list_devices, server_devices
from marvin.audio.playback import Speaker
from marvin.errors import AudioDeviceError
from marvin.events import DeviceBack, DeviceLost, Event
from marvin.types import RATE_HZ, AudioChunk, Samples
from tests.audio.pulse import Pulse
from tests.audio.pulse import pulse as pulse
from tests.audio.pulse import pulse_of_my_own as pulse_of_my_own
from tests.audio.sounds import heard, pitch_hz, tone

_LOGGER = logging.getLogger(__name__)

GOAL_S = 5.0
"""Recovery limit after the end of a fault, in seconds."""


class Room:
    """A listener and a speaker on a failing sound system."""

    def __init__(self, sound: Pulse, microphone: str = "default") -> None:
        self.sound = sound
        self.events: list[Event] = []
        self.chunks: list[AudioChunk] = []
        self.microphone = Microphone(microphone, report=self.events.append)
        self.speaker = Speaker(report=self.events.append)
        self.listening: asyncio.Task[None] | None = None

    async def listen(self) -> None:
        async with aclosing(self.microphone.chunks()) as chunks:
            async for chunk in chunks:
                self.chunks.append(chunk)

    async def control(self, *arguments: str) -> str:
        return await asyncio.to_thread(self.sound.control, *arguments)

    async def until(self, condition: Callable[[], object], limit_s: float = 15.0) -> None:
        async with asyncio.timeout(limit_s):
            while not condition():
                assert self.listening is not None
                if self.listening.done():
                    self.listening.result()
                await asyncio.sleep(0.01)

    async def lost(self) -> None:
        await self.until(lambda: self.microphone.away)

    async def hears_again(self) -> None:
        """Check that chunks arrive again, and that the speaker is among what is heard."""
        began, count = time.monotonic(), len(self.chunks)
        await self.until(lambda: len(self.chunks) > count + 5, GOAL_S)
        _LOGGER.info("listening again after %.2f s", time.monotonic() - began)
        await self.until(lambda: not self.microphone.away)
        await self.speaker.play(AudioChunk(tone(0.3, 48_000, 880.0), 48_000))
        await self.speaker.drained()
        await self.until(lambda: len(heard(self.since(count))) >= 0.28 * RATE_HZ, 5.0)
        await asyncio.sleep(0.2)
        # The rest of the interrupted reply may come first.
        said = heard(self.since(count))[-4_000:]
        assert pitch_hz(said, RATE_HZ) == pytest.approx(880.0, abs=5.0)
        starts = [chunk.start for chunk in self.chunks]
        assert starts == sorted(starts)

    def since(self, count: int) -> Samples:
        return np.concatenate([chunk.samples for chunk in self.chunks[count:]])

    def told(self, direction: str) -> list[str]:
        """Events reported for the microphone (`input`) or the speaker (`output`)."""
        return [
            type(event).__name__
            for event in self.events
            if isinstance(event, DeviceLost | DeviceBack) and event.direction == direction
        ]


@asynccontextmanager
async def listening(sound: Pulse, microphone: str = "default") -> AsyncIterator[Room]:
    room = Room(sound, microphone)
    room.speaker.open()
    room.listening = asyncio.create_task(room.listen())
    try:
        await room.until(lambda: room.chunks)
        yield room
    finally:
        room.listening.cancel()
        await asyncio.gather(room.listening, return_exceptions=True)
        room.speaker.close()


async def test_sound_server_is_killed_and_restarted_during_a_reply(
    pulse_of_my_own: Pulse,
) -> None:
    async with listening(pulse_of_my_own) as room:
        await room.speaker.play(AudioChunk(tone(1.0, 48_000), 48_000))
        pulse_of_my_own.kill()
        await room.lost()
        at = room.chunks[-1].end
        await asyncio.to_thread(pulse_of_my_own.start)
        await room.speaker.drained()
        await room.hears_again()
        assert room.told("input") == room.told("output") == ["DeviceLost", "DeviceBack"]
        back = next(event for event in room.events if isinstance(event, DeviceBack))
        gap_s = (next(chunk.start for chunk in room.chunks if chunk.start >= at) - at) / RATE_HZ
        assert gap_s == pytest.approx(back.away_s, abs=1.0)


async def test_sound_server_freezes_and_resumes(
    pulse_of_my_own: Pulse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inlet, "_SILENT_S", 0.5)
    async with listening(pulse_of_my_own) as room:
        os.kill(pulse_of_my_own.pid, signal.SIGSTOP)
        try:
            await room.lost()
            # The event loop kept running, so it did not wait for a call.
            ticks = 0
            async with asyncio.timeout(300):
                while ticks < 20:
                    await asyncio.sleep(0.05)
                    ticks += 1
        finally:
            os.kill(pulse_of_my_own.pid, signal.SIGCONT)
        await room.hears_again()
        assert ticks == 20
        assert room.told("input")[0] == "DeviceLost"
        assert room.told("input")[-1] == "DeviceBack"


async def test_frozen_sound_server_is_replaced(
    pulse_of_my_own: Pulse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inlet, "_SILENT_S", 0.5)
    async with listening(pulse_of_my_own) as room:
        os.kill(pulse_of_my_own.pid, signal.SIGSTOP)
        await room.lost()
        pulse_of_my_own.kill()
        await asyncio.to_thread(pulse_of_my_own.start)
        await room.hears_again()
        assert room.told("input")[0] == "DeviceLost"
        assert room.told("input")[-1] == "DeviceBack"


async def test_permanently_hung_sound_server_ends_in_an_error(
    pulse_of_my_own: Pulse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inlet, "_SILENT_S", 0.4)
    monkeypatch.setattr(soundsystem, "_OPEN_S", 0.5)
    monkeypatch.setattr(capture, "HUNG_S", 1.5)
    try:
        async with listening(pulse_of_my_own) as room:
            os.kill(pulse_of_my_own.pid, signal.SIGSTOP)
            with pytest.raises(AudioDeviceError, match="only a restart helps"):
                await room.until(lambda: False)
    finally:
        # A stream that could not be closed is closed once its server is gone.
        pulse_of_my_own.kill()


async def test_microphone_is_suspended_and_resumed(
    pulse_of_my_own: Pulse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inlet, "_SILENT_S", 0.5)
    async with listening(pulse_of_my_own) as room:
        await room.control("suspend-source", "microphone", "1")
        await room.lost()
        await room.control("suspend-source", "microphone", "0")
        await room.hears_again()
        assert room.told("input") == ["DeviceLost", "DeviceBack"]


async def test_both_devices_are_unplugged_and_replugged(pulse_of_my_own: Pulse) -> None:
    async with listening(pulse_of_my_own) as room:
        await room.control("unload-module", "module-remap-source")
        await room.control("unload-module", "module-null-sink")
        await room.lost()
        await room.until(lambda: room.speaker.away)
        await room.control("load-module", "module-null-sink", "sink_name=speaker", "norewinds=1")
        await room.control(
            "load-module", "module-remap-source", "master=speaker.monitor", "source_name=microphone"
        )
        await room.hears_again()
        assert room.told("input") == room.told("output") == ["DeviceLost", "DeviceBack"]


async def test_new_default_device_takes_over_without_loss(pulse_of_my_own: Pulse) -> None:
    async with listening(pulse_of_my_own) as room:
        await room.control("load-module", "module-null-sink", "sink_name=other", "norewinds=1")
        await room.control("set-default-source", "other.monitor")
        await room.control("set-default-sink", "other")
        await room.hears_again()
        assert room.events == []


async def test_streams_moved_by_the_user_keep_running(pulse_of_my_own: Pulse) -> None:
    async with listening(pulse_of_my_own) as room:
        await room.control("load-module", "module-null-sink", "sink_name=other", "norewinds=1")
        for kind, there in (("source-output", "other.monitor"), ("sink-input", "other")):
            streams = (await room.control("list", "short", f"{kind}s")).splitlines()
            (ours,) = (line.split("\t")[0] for line in streams if "protocol-native" in line)
            await room.control(f"move-{kind}", ours, there)
        await room.hears_again()
        assert await source_of(room) == "other.monitor"
        assert room.events == []


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
async def test_failing_callback_ends_the_stream_but_not_the_listening(
    pulse_of_my_own: Pulse, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with listening(pulse_of_my_own) as room:
        with monkeypatch.context() as patch:
            patch.setattr(inlet, "mono", lambda block: 1 / 0)
            await room.lost()
        await room.hears_again()
        assert room.told("input") == ["DeviceLost", "DeviceBack"]


async def test_device_can_be_chosen_by_sound_server_id(pulse_of_my_own: Pulse) -> None:
    pulse_of_my_own.control(
        "load-module", "module-null-sink", "sink_name=usb_yeti",
        "sink_properties=device.description=Yeti_Speaker",
    )  # fmt: skip
    pulse_of_my_own.control(
        "load-module", "module-remap-source", "master=usb_yeti.monitor", "source_name=alsa_in.yeti",
        "source_properties=device.description=Blue_Yeti",
    )  # fmt: skip
    assert choose_device("usb_yeti", Direction.OUTPUT).name == "Yeti_Speaker"
    for wanted in ("alsa_in.yeti", "Blue_Yeti", "yeti"):
        assert choose_device(wanted, Direction.INPUT).endpoint == "alsa_in.yeti"
    assert choose_device("usb_yeti.monitor", Direction.INPUT).endpoint == "usb_yeti.monitor"
    assert [found.endpoint for found in server_devices(Direction.OUTPUT, list_devices())] == [
        "speaker",
        "usb_yeti",
    ]
    with pytest.raises(AudioDeviceError, match=r"no input device 'Yety'.*'Blue_Yeti' \(alsa_in"):
        choose_device("Yety", Direction.INPUT)
    with pytest.raises(AudioDeviceError, match="matches more than one device"):
        choose_device("e", Direction.INPUT)


async def test_named_microphone_is_waited_for_even_if_another_exists(
    pulse_of_my_own: Pulse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(soundsystem, "_WATCH_S", 0.2)
    plug = ("load-module", "module-remap-source", "master=speaker.monitor", "source_name=yeti")
    module = pulse_of_my_own.control(*plug).strip()
    async with listening(pulse_of_my_own, "yeti") as room:
        assert await source_of(room) == "yeti"
        assert "PULSE_SOURCE" not in os.environ
        # The sound server silently moves the stream to the default source.
        await room.control("unload-module", module)
        await room.lost()
        await room.control(*plug)
        await room.hears_again()
        assert await source_of(room) == "yeti"
        assert room.told("input") == ["DeviceLost", "DeviceBack"]


async def source_of(room: Room) -> str:
    """The source from which the sound server feeds the microphone."""
    outputs = (await room.control("list", "short", "source-outputs")).splitlines()
    (number,) = (line.split("\t")[1] for line in outputs if "protocol-native" in line)
    sources = (await room.control("list", "short", "sources")).splitlines()
    return next(line.split("\t")[1] for line in sources if line.startswith(f"{number}\t"))
