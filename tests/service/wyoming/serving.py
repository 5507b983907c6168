"""A Wyoming server on fake engines, and what its clients say and are told."""
# ruff: noqa: TID253 - the official client, which these tests are about

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import numpy as np
from wyoming.audio import AudioChunk, AudioStart, AudioStop
from wyoming.client import AsyncTcpClient
from wyoming.event import Event as WyomingEvent
from wyoming.event import Eventable

from marvin.config.llm import ConversationTable
from marvin.config.serve_table import ServeConfig
from marvin.config.tables import Config
from marvin.engines.engine_set import EngineSet
from marvin.engines.workers.worker import Worker
from marvin.events import Event, Serving
from marvin.mind.memory import Memory
from marvin.mind.mind import Mind
from marvin.protocols import LanguageModel, Skills, Synthesizer, Transcriber
from marvin.service.served_engines import ServedEngines
from marvin.service.wyoming.wyoming_server import WyomingServer
from tests.fakes import FakeLanguageModel, FakeSkills, FakeSynthesizer, FakeTranscriber

ANYWHERE = "tcp://127.0.0.1:0"


@asynccontextmanager
async def fake_engines(
    *,
    config: Config | None = None,
    transcriber: Transcriber | None = None,
    skills: Skills | None = None,
    language_model: LanguageModel | None = None,
    synthesizer: Synthesizer | None = None,
) -> AsyncIterator[ServedEngines]:
    config = config or Config()
    hears, knows = transcriber or FakeTranscriber("hello"), skills or FakeSkills()
    speaks = synthesizer or FakeSynthesizer()
    engines = EngineSet(config)
    engines.transcriber = Worker("marvin-stt", lambda _: hears)
    engines.skills = Worker("marvin-skills", lambda _: knows)
    engines.synthesizer = Worker("marvin-tts", lambda _: speaks)
    engines.language_model = language_model or FakeLanguageModel("Hello yourself.")
    mind = Mind(engines.transcriber, engines.skills, engines.language_model, config.turn)
    async with engines.running():
        yield ServedEngines(config, engines, mind, lambda: Memory(ConversationTable()))


@asynccontextmanager
async def serving(served: ServedEngines, table: ServeConfig | None = None) -> AsyncIterator[int]:
    """Yields the port."""
    begun: asyncio.Queue[Event] = asyncio.Queue()
    table = table or ServeConfig(wyoming=ANYWHERE)
    running = asyncio.create_task(WyomingServer(served, table, begun.put_nowait).run())
    event = await begun.get()
    assert isinstance(event, Serving)
    try:
        yield int(event.address.rpartition(":")[2])
    finally:
        running.cancel()
        await asyncio.wait([running])


class Client(AsyncTcpClient):
    """The official client, connected to a port."""

    def __init__(self, port: int) -> None:
        super().__init__("127.0.0.1", port)

    async def ask(self, *messages: Eventable | WyomingEvent) -> None:
        for message in messages:
            await self.write_event(
                message if isinstance(message, WyomingEvent) else message.event()
            )

    async def until(self, *kinds: str) -> list[WyomingEvent]:
        """The events up to one of these kinds, or to the end of the connection."""
        events: list[WyomingEvent] = []
        async with asyncio.timeout(300):
            while (event := await self.read_event()) is not None:
                events.append(event)
                if event.type in kinds:
                    break
        return events

    async def told(self, *messages: Eventable | WyomingEvent) -> WyomingEvent:
        """The answer to `messages`, which is one event."""
        await self.ask(*messages)
        async with asyncio.timeout(300):
            event = await self.read_event()
        assert event is not None, "the connection is closed"
        return event


def pcm(
    seconds: float = 1.0, *, rate: int = 16_000, width: int = 2, channels: int = 1, hz: float = 440
) -> bytes:
    """A tone of half of the full scale."""
    tone = 0.5 * np.sin(2 * np.pi * hz * np.arange(round(seconds * rate)) / rate)
    numbers = np.repeat((tone * (2 ** (8 * width - 1) - 1)).astype("<i4"), channels)
    return numbers.view(np.uint8).reshape(-1, 4)[:, :width].tobytes()


def speech(
    audio: bytes, *, rate: int = 16_000, width: int = 2, channels: int = 1, block: int = 4096
) -> Sequence[Eventable]:
    """`audio-start`, the audio in blocks of bytes, `audio-stop`."""
    return (
        AudioStart(rate, width, channels),
        *(
            AudioChunk(rate, width, channels, audio[at : at + block])
            for at in range(0, len(audio), block)
        ),
        AudioStop(),
    )
