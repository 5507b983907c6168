"""Whole turns in real time, for `wyoming_services`."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from pathlib import Path

import numpy as np

from benchmarks.accuracy.command_recordings import read
from benchmarks.ratio_table import Row
from marvin.config.tables import Config
from marvin.events import Event, Heard, StateChanged, TurnFinished
from marvin.service.run import run_assistant
from marvin.state import State, Trigger
from marvin.types import CHUNK_SAMPLES, RATE_HZ, AudioChunk, Samples
from tests.fakes import FakeSink

GAP_S = 0.3
"""Silence behind the wake word."""
QUIET_CHUNKS = 2 * RATE_HZ // CHUNK_SAMPLES
LONGEST_CHUNKS = 120 * RATE_HZ // CHUNK_SAMPLES
"""Until a turn that has not ended is given up."""


class SpokenRoom:
    """Says the wake word and a command in real time, and is quiet until the turn is over."""

    live = True

    def __init__(self, phrase: Samples, commands: Sequence[Path]) -> None:
        self._phrase = phrase
        self._commands = commands
        self.ends_s: list[float] = []
        """Where the wake words end."""
        self.finished: list[TurnFinished] = []
        self.heard: list[str] = []
        self.known_s: list[float] = []
        """When Marvin began to listen."""

    def report(self, event: Event) -> None:
        match event:
            case TurnFinished():
                self.finished.append(event)
            case Heard():
                self.heard.append(event.text)
            case StateChanged(after=State.LISTENING, cause=Trigger.WAKE_WORD):
                self.known_s.append(event.at_s)

    async def chunks(self) -> AsyncGenerator[AudioChunk]:
        loop = asyncio.get_running_loop()
        began, at = loop.time(), 0
        noise = np.random.default_rng(1)
        async for samples in self._samples():
            sound = samples + noise.normal(0.0, 3e-4, len(samples)).astype(np.float32)
            yield AudioChunk(sound, RATE_HZ, at)
            at += len(samples)
            await asyncio.sleep(began + at / RATE_HZ - loop.time())

    async def _samples(self) -> AsyncGenerator[Samples]:
        quiet, done = np.zeros(CHUNK_SAMPLES, np.float32), 0
        for turn, command in enumerate(self._commands):
            for _ in range(QUIET_CHUNKS):
                yield quiet
                done += 1
            gap = np.zeros(round(GAP_S * RATE_HZ), np.float32)
            said = np.concatenate([self._phrase, gap, read(command)])
            self.ends_s.append((done * CHUNK_SAMPLES + len(self._phrase)) / RATE_HZ)
            for start in range(0, len(said) - CHUNK_SAMPLES, CHUNK_SAMPLES):
                yield said[start : start + CHUNK_SAMPLES]
                done += 1
            for _ in range(LONGEST_CHUNKS):
                if len(self.finished) > turn:
                    break
                yield quiet
                done += 1


def turns(config: Config, phrase: Samples, commands: Sequence[Path]) -> SpokenRoom:
    room = SpokenRoom(phrase, commands)
    asyncio.run(run_assistant(config, room, FakeSink(), room.report))
    return room


def turn_rows(ours: SpokenRoom, theirs: SpokenRoom) -> list[Row]:
    """Prints what was heard."""
    for name, room in (("own", ours), ("Wyoming", theirs)):
        answered = sum(turn.outcome == "answered" for turn in room.finished)
        print(f"{name} engines: {len(room.known_s)} wake words, {answered} answers: {room.heard}")
    delays = [
        [known - end for known, end in zip(room.known_s, room.ends_s, strict=False)]
        for room in (ours, theirs)
    ]
    waits = [
        [turn.first_audio_s for turn in room.finished if turn.first_audio_s is not None]
        for room in (ours, theirs)
    ]
    pair = "own engines", "Wyoming services"
    return [
        Row("end of the wake word to listening", *pair, *delays, goal=None),
        Row("end of turn to first audio", *pair, *waits, goal=None),
    ]
