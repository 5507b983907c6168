"""A whole turn whose wake word, recogniser and voice are on Wyoming servers."""
# ruff: noqa: TID253

import asyncio
import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from wyoming.audio import AudioChunk as Pcm
from wyoming.audio import AudioStart, AudioStop
from wyoming.wake import Detection as Detected

from marvin.config.stt import WyomingTranscriberConfig
from marvin.config.tables import Config, SkillsConfig
from marvin.config.tts import WyomingSpeechConfig
from marvin.config.wake import WyomingWakeConfig
from marvin.conversation import ear
from marvin.engines.registry import load_engine
from marvin.events import Armed, Event, Heard, Replied, ServerLost, StateChanged, TurnFinished
from marvin.service.run import run_assistant
from tests.fakes import PAUSE, TURN, FakeSink, FakeSource, FakeVad
from tests.faulty_server import WAIT_S
from tests.wyoming_service import HEARING, SPEAKING, WAKING, WyomingService, heard

FORM = 22_050, 2, 1
SPOKEN = AudioStart(*FORM), Pcm(*FORM, bytes(range(200))), AudioStop()


async def until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(WAIT_S):
        while not condition():  # noqa: ASYNC110
            await asyncio.sleep(0.005)


async def test_turn_and_lost_wake_word(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ear, "load_detectors", lambda c: (FakeVad(), load_engine(c.wake)))
    events: list[Event] = []
    source, sink = FakeSource(live=True), FakeSink()

    def states() -> list[str]:
        return [event.after.value for event in events if isinstance(event, StateChanged)]

    with (
        WyomingService(WAKING, {}) as waking,
        WyomingService(HEARING, heard("Hey Jarvis, what is seven times eight?")) as hearing,
        WyomingService(SPEAKING, {"synthesize": SPOKEN}) as speaking,
    ):
        config = Config(
            wake=WyomingWakeConfig(url=waking.url),
            stt=WyomingTranscriberConfig(url=hearing.url),
            tts=WyomingSpeechConfig(url=speaking.url),
            skills=SkillsConfig(state_dir=tmp_path, disabled=("units",)),
        )
        running = asyncio.create_task(run_assistant(config, source, sink, events.append))
        await until(lambda: events)
        assert isinstance(events[0], Armed)
        assert events[0].phrase == "hey jarvis"
        source.say("...ssssssssss")
        await until(lambda: len(waking.of("audio-chunk")) == 13)
        waking.send(Detected("hey_jarvis_v0.1", timestamp=12 * 40))
        while "listening" not in states():
            source.say(".")
            await asyncio.sleep(0.01)
        source.say("s" * 20 + PAUSE)
        await until(lambda: any(isinstance(event, TurnFinished) for event in events))
        await until(lambda: states()[-1] == "idle")
        waking.stop()
        await until(lambda: any(isinstance(event, ServerLost) for event in events))
        source.end()
        await running
    assert not any(thread.name == "marvin-wake-server" for thread in threading.enumerate())
    assert states() == TURN
    said = [event.text for event in events if isinstance(event, Heard | Replied)]
    assert said == ["what is seven times eight?", "7 times 8 is 56."]
    assert np.allclose(
        np.concatenate([chunk.samples for chunk in sink.played if chunk.rate_hz == FORM[0]])[:100],
        np.frombuffer(bytes(range(200)), "<i2") / 32768,
    )
