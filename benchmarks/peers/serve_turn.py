"""Serves Marvin's whole pipeline, live: `... serve_turn WHISPER FOLDER BASE_URL`.

`run_assistant` as in `marvin run`, with a simulated microphone in real time and a loudspeaker that
records when audio arrives.
"""

import asyncio
import sys
import tempfile
import threading
import time
from collections import deque
from collections.abc import AsyncGenerator
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.peers.checkpoints import speecht5
from benchmarks.peers.ending import find_ends
from benchmarks.peers.serve_marvin import OPEN_GATES
from benchmarks.peers.serving import Answer, serve
from marvin.config.llm import ChatConfig
from marvin.config.stt import WhisperConfig
from marvin.config.tables import Config, SkillsConfig
from marvin.conversation.assistant import Assistant
from marvin.events import Event, Heard, TurnFailed, TurnFinished
from marvin.service.run import run_assistant
from marvin.types import CHUNK_SAMPLES, RATE_HZ, AudioChunk, Samples
from marvin.workshop.wake_eval.stream import faint_noise


class Microphone:
    """A quiet room into which speech can be played."""

    live = True

    def __init__(self) -> None:
        self.spoken_at = 0.0
        """When the last speech ended, on the clock."""
        self._words: deque[Samples] = deque()
        self._random = np.random.default_rng(1)

    def say(self, samples: Samples) -> None:
        """Play from the next chunk on."""
        whole = len(samples) // CHUNK_SAMPLES * CHUNK_SAMPLES
        self._words.extend(np.split(samples[:whole], whole // CHUNK_SAMPLES))

    async def chunks(self) -> AsyncGenerator[AudioChunk]:
        """Each chunk at the time of its last sample."""
        began, position = time.perf_counter(), 0
        while True:
            spoken = bool(self._words)
            samples = faint_noise(CHUNK_SAMPLES / RATE_HZ, self._random)
            if spoken:
                samples = samples + self._words.popleft()
            due = began + (position + CHUNK_SAMPLES) / RATE_HZ
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            if spoken:
                self.spoken_at = due
            yield AudioChunk(samples, start=position)
            position += CHUNK_SAMPLES


class Loudspeaker:
    """Plays instantly."""

    def __init__(self) -> None:
        self.first_at: float | None = None
        self.seconds = 0.0

    async def play(self, chunk: AudioChunk) -> None:
        """Record the arrival time."""
        if self.first_at is None:
            self.first_at = time.perf_counter()
        self.seconds += chunk.duration_s

    async def drained(self) -> None: ...

    def flush(self) -> float:
        """Nothing is ever queued."""
        return 0.0

    def set_volume(self, volume: float) -> None: ...


class Turns:
    """Runs an assistant in a thread and asks it for turns."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._ready: Future[Assistant] = Future()
        self._microphone, self._speaker = Microphone(), Loudspeaker()
        self._events: asyncio.Queue[tuple[float, Event]] = asyncio.Queue()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run)

    def started(self) -> Answer:
        """Wait until loaded; returns a function that runs a turn."""
        self._thread.start()
        assistant = self._ready.result()

        def answer(request: dict[str, Any]) -> dict[str, Any]:
            turn = self._turn(assistant, np.load(request["audio"]))
            return asyncio.run_coroutine_threadsafe(turn, self._loop).result(60)

        return answer

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._task.cancel)
        self._thread.join()

    def _run(self) -> None:
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            try:
                runner.run(self._assist())
            except asyncio.CancelledError:
                return
            except BaseException as error:  # noqa: BLE001 - passed to the waiting thread
                self._ready.set_exception(error)

    async def _assist(self) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._task = task
        await run_assistant(
            self._config,
            self._microphone,
            self._speaker,
            lambda event: self._events.put_nowait((time.perf_counter(), event)),
            on_ready=self._ready.set_result,
        )

    async def _turn(self, assistant: Assistant, samples: Samples) -> dict[str, Any]:
        """Listen as after the wake word, and play the samples."""
        self._speaker.first_at, self._speaker.seconds = None, 0.0
        while not self._events.empty():
            self._events.get_nowait()
        assistant.listen()
        self._microphone.say(samples)
        heard_at, text = 0.0, ""
        while True:
            at, event = await self._events.get()
            if isinstance(event, Heard):
                heard_at, text = at, event.text
            elif isinstance(event, TurnFailed):
                raise RuntimeError(f"the turn failed in {event.stage}: {event.message}")
            elif isinstance(event, TurnFinished):
                break
        assert self._speaker.first_at is not None
        return {
            "endpoint_s": event.endpoint_s,
            "heard_s": heard_at - self._microphone.spoken_at,
            "first_audio_s": self._speaker.first_at - self._microphone.spoken_at,
            "audio_s": self._speaker.seconds,
            "text": text,
        }


def main(whisper: str, folder: Path, base_url: str) -> None:
    find_ends()
    with tempfile.TemporaryDirectory() as state:
        turns = Turns(
            Config(
                stt=WhisperConfig(model=whisper, device="cpu", **OPEN_GATES),
                llm=ChatConfig(base_url=base_url, model="scripted"),
                tts=speecht5(folder / "speecht5").model_copy(update={"device": "cpu"}),
                skills=SkillsConfig(state_dir=Path(state)),
            )
        )
        serve(turns.started)
        turns.stop()


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), sys.argv[3])
