"""Marvin's whole line with its real engines, for conversations in a room on a clock of samples."""

from __future__ import annotations

import asyncio
import tomllib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.accuracy.after_wake_word import ROOM
from benchmarks.accuracy.echo import Way
from benchmarks.accuracy.echo_filters import speexdsp
from benchmarks.accuracy.room_with_marvin import (
    EchoPath,
    RoomMicrophone,
    RoomSpeaker,
    WatchedWorker,
    Work,
)
from marvin.audio.echo.canceller import EchoCanceller
from marvin.audio.resample import Resampler
from marvin.backends.pretrained.place import Place
from marvin.config.llm import ConversationTable
from marvin.config.stt import WhisperConfig
from marvin.config.tables import Config, SkillsConfig
from marvin.config.tts import EspeakConfig, KokoroConfig
from marvin.conversation.assistant import Assistant
from marvin.conversation.ear import Ear
from marvin.conversation.session import Session
from marvin.engines.placement.choice import place_engines
from marvin.engines.registry import (
    load_detectors,
    load_synthesizer,
    load_transcriber,
    wake_phrases,
)
from marvin.events import Event, Heard, Replied, StateChanged
from marvin.llm.none import NoLanguageModel
from marvin.mind.memory import Memory
from marvin.mind.mind import Mind
from marvin.protocols import Skills, Synthesizer, Transcriber
from marvin.skills.skillset import Skillset
from marvin.state import State
from marvin.types import RATE_HZ, Samples
from marvin.wake.stop_word import StopWord

_AFTER_S = 1.5
"""What may still happen after the user has finished, or after the first reply."""
_LONGEST_AFTER_S = 15.0
_MEASURED = "Marvin measures how loud its own voice is with the words of this one sentence."

Meaning = tuple[str, int, tuple[tuple[str, str | int], ...]]


def config(whisper: str, kokoro: str = "") -> Config:
    toml = Path(__file__).with_name("home_commands.toml").read_text(encoding="utf-8")
    return Config(
        stt=WhisperConfig(model=whisper),
        tts=KokoroConfig(model=kokoro) if kokoro else EspeakConfig(),
        skills=SkillsConfig.model_validate(tomllib.loads(toml)["skills"]),
    )


@dataclass(frozen=True, slots=True)
class Said:
    heard: tuple[str, ...]
    """Transcripts of the turns, in order."""
    replied: tuple[str, ...]
    asked_back: bool


class Line:
    """Engines are loaded once; each conversation has a session and a memory of its own."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._work = Work()
        self._skillset = Skillset.load(config.skills)
        placements = place_engines(config)

        def worker(name: str, load: Any, key: str) -> WatchedWorker[Any]:
            places = [placements[key].place] if key in placements else [Place()]
            return WatchedWorker(self._work, f"marvin-{name}", load, places=lambda: places)

        self._transcriber: WatchedWorker[Transcriber] = worker(
            "stt", lambda place: load_transcriber(config, self._skillset, place), "stt"
        )
        self._skills: WatchedWorker[Skills] = worker("skills", lambda _: self._skillset, "")
        self._synthesizer: WatchedWorker[Synthesizer] = worker(
            "tts", lambda place: load_synthesizer(config, place), "tts"
        )
        self._mind = Mind(
            self._transcriber,
            self._skills,
            NoLanguageModel.load(config.llm),
            config.turn,
            wake_phrases(config),
        )
        self._detectors = load_detectors(config)
        self._stop_word = StopWord.load() if config.turn.stop_word else None
        self.placed = str(placements["stt"].place)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Line]:
        workers = (self._transcriber, self._skills, self._synthesizer)
        try:
            await asyncio.gather(*(one.start() for one in workers))
            self._voice = await self._spoken(_MEASURED)
            yield self
        finally:
            await asyncio.gather(*(one.stop(10.0) for one in workers))

    async def _spoken(self, text: str) -> Samples:
        stream = self._synthesizer.stream(
            lambda engine, token: engine.synthesize(text, token), self._config.turn.synthesis_s
        )
        chunks = [chunk async for chunk in stream]
        samples = np.concatenate([chunk.samples for chunk in chunks])
        return Resampler(chunks[0].rate_hz, RATE_HZ).process(samples, last=True)

    def meaning(self, text: str) -> Meaning | None:
        """What the skills would carry out; None also for a refusal."""
        found = self._skillset.explain(text)
        if found is None or found[0].name == "limits":
            return None
        skill, group, said = found
        return skill.name, group, said.slots

    async def converse(
        self,
        user: Samples,
        response: Samples,
        way: Way,
        *,
        echo_level: float,
        cancels: bool,
        aloud: str,
        seed: int,
    ) -> Said:
        """What Marvin hears and answers while it reads `aloud`."""
        path = EchoPath(self._voice, response, way, echo_level)
        speaker = RoomSpeaker(path)
        microphone = RoomMicrophone(user, ROOM, speaker, self._work, seed)
        ear = WatchedWorker(
            self._work, "marvin-ear", lambda _: self._ear(microphone, speaker, cancels)
        )
        memory = Memory(ConversationTable(), lambda: microphone.now_s)
        session = Session(microphone, speaker, ear, memory, self._mind, self._synthesizer)
        watch = _Watch(microphone, len(user) / RATE_HZ)
        assistant = Assistant(session, self._config, watch.note)
        microphone.over = watch.over
        self._skillset.agenda.timers.cancel(self._skillset.agenda.timers.all())
        await ear.start()
        try:
            async with asyncio.TaskGroup() as group:
                if aloud:
                    asyncio.get_running_loop().call_soon(
                        partial(group.create_task, _read_aloud(assistant, aloud))
                    )
                await assistant.run()
        finally:
            await ear.stop(10.0)
        asked = memory.dialogue.question is not None
        return Said(tuple(watch.heard), tuple(watch.replied), asked)

    def _ear(self, microphone: RoomMicrophone, speaker: RoomSpeaker, cancels: bool) -> Ear:
        echo = EchoCanceller(speexdsp, lambda: microphone.now_s) if cancels else None
        speaker.tap.listener = None if echo is None else echo.play
        ear = Ear(*self._detectors, self._stop_word, echo)
        ear.reset()
        return ear


async def _read_aloud(assistant: Assistant, text: str) -> None:
    try:
        await assistant.announcements.say(text)
    except asyncio.CancelledError:
        return


class _Watch:
    """Follows the events of a conversation, and decides when it is over."""

    def __init__(self, microphone: RoomMicrophone, ends_s: float) -> None:
        self._microphone = microphone
        self._ends_s = ends_s
        self._state = State.IDLE
        self._called = False
        self.heard: list[str] = []
        self.replied: list[str] = []
        self._last_s = 0.0
        """When something was last heard or replied."""

    def note(self, event: Event) -> None:
        match event:
            case StateChanged():
                self._state = event.after
                self._called = self._called or event.after is State.LISTENING
            case Heard():
                self.heard.append(event.text)
                self._last_s = self._microphone.now_s
            case Replied() if self.heard:
                self.replied.append(event.text)
                self._last_s = self._microphone.now_s

    def over(self) -> bool:
        after_s = self._microphone.now_s - self._ends_s
        busy = self._state in (State.LISTENING, State.THINKING)
        if after_s >= _LONGEST_AFTER_S:
            return True
        if busy or after_s < _AFTER_S:
            return False
        return not self._called or self._microphone.now_s - self._last_s >= _AFTER_S
