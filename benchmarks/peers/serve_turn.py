"""Serves Marvin's whole pipeline, live: `... serve_turn PROFILE`.

`run_assistant` as in `marvin run`, with a simulated microphone in real time and a loudspeaker that
records when audio arrives.
"""

import asyncio
import sys
import tempfile
import threading
import time
from collections import deque
from collections.abc import AsyncGenerator, Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.peers.serving import Answer, serve
from benchmarks.published_profile import published_profile
from marvin.config.tables import Config, SkillsConfig
from marvin.conversation.assistant import Assistant
from marvin.engines.engine_set import EngineSet
from marvin.events import Event, Heard, Replied, StateChanged, TurnFailed, TurnFinished
from marvin.protocols import LanguageModel
from marvin.service import run
from marvin.state import State
from marvin.types import CHUNK_SAMPLES, RATE_HZ, AudioChunk, Message, Notice, Samples
from marvin.workshop.wake_eval.stream import faint_noise

_DEAF_S = 3.0
"""After speech of which the wake word was not heard."""


class Microphone:
    """A quiet room into which speech can be played."""

    live = True

    def __init__(self) -> None:
        self.spoken_at = 0.0
        """When the last speech ended, on the clock."""
        self._words: deque[Samples] = deque()
        self._random = np.random.default_rng(1)

    def say(self, samples: Samples) -> None:
        """Play so that it ends with a chunk."""
        whole = np.pad(samples, (-len(samples) % CHUNK_SAMPLES, 0))
        self._words.extend(np.split(whole, len(whole) // CHUNK_SAMPLES))

    @property
    def silent(self) -> bool:
        return not self._words

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
        self.played: list[float] = []
        """When each chunk arrived."""

    async def play(self, chunk: AudioChunk) -> None:
        self.played.append(time.perf_counter())

    async def drained(self) -> None: ...

    def flush(self) -> float:
        """Nothing is ever queued."""
        return 0.0

    def set_volume(self, volume: float) -> None: ...


class TimedLanguageModel:
    """Notes when the model is asked, and when its first words come."""

    def __init__(self, model: LanguageModel) -> None:
        self._model = model
        self.asked_at = self.first_at = 0.0

    def warm(self) -> None:
        self._model.warm()

    async def reply(self, messages: Sequence[Message]) -> AsyncGenerator[str]:
        self.asked_at, self.first_at = time.perf_counter(), 0.0
        async for delta in self._model.reply(messages):
            if delta.strip():
                self.first_at = self.first_at or time.perf_counter()
            yield delta


class Turns:
    """Runs an assistant in a thread and asks it for turns."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._ready: Future[Assistant] = Future()
        self._loaded: Future[None] = Future()
        self._microphone, self._speaker = Microphone(), Loudspeaker()
        self._model: TimedLanguageModel | None = None
        self._events: asyncio.Queue[tuple[float, Event]] = asyncio.Queue()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run)

    def started(self) -> Answer:
        """Wait until loaded; returns a function that runs a turn."""
        self._thread.start()
        assistant = self._ready.result()
        self._loaded.result()

        def answer(request: dict[str, Any]) -> dict[str, Any]:
            turn = self._turn(assistant, np.load(request["audio"]))
            return asyncio.run_coroutine_threadsafe(turn, self._loop).result(120)

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
                for waited in (self._ready, self._loaded):
                    if not waited.done():
                        waited.set_exception(error)

    async def _assist(self) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._task = task
        turns = self

        class TimedEngines(EngineSet):
            def __init__(self, *given: Any) -> None:
                super().__init__(*given)
                self.language_model = turns._model = TimedLanguageModel(self.language_model)

        run.EngineSet = TimedEngines  # type: ignore[misc]
        await run.run_assistant(
            self._config,
            self._microphone,
            self._speaker,
            lambda event: self._events.put_nowait((time.perf_counter(), event)),
            on_ready=self._ready.set_result,
            on_loaded=lambda _: self._loaded.set_result(None),
        )

    async def _turn(self, assistant: Assistant, samples: Samples) -> dict[str, Any]:
        """Play the samples; stop at the first audio of the answer."""
        while not self._events.empty():
            self._events.get_nowait()
        self._speaker.played.clear()
        self._microphone.say(samples)
        found = await self._until_audio()
        assistant.stop()
        model = self._model
        assert model is not None
        spoken_at = self._microphone.spoken_at
        times = {"asked_s": model.asked_at, "token_s": model.first_at, **found["times"]}
        return {
            **{name: at - spoken_at for name, at in times.items() if at},
            "text": found["text"],
            "said": found["said"],
            "notices": found["notices"],
        }

    async def _until_audio(self) -> dict[str, Any]:
        """Times of what happened, on the clock; without `audio_s` if nothing was answered."""
        times: dict[str, float] = {}
        text = said = ""
        notices, waited_s = 0, 0.0
        while "audio_s" not in times:
            try:
                at, event = await asyncio.wait_for(self._events.get(), 0.005)
            except TimeoutError:
                after = times.get("clause_s")
                heard = [at for at in self._speaker.played if after is not None and at >= after]
                if heard:
                    times["audio_s"] = heard[0]
                waited_s = time.perf_counter() - self._microphone.spoken_at
                if not times and self._microphone.silent and waited_s > _DEAF_S:
                    break
                continue
            match event:
                case StateChanged(after=State.THINKING):
                    times["ended_s"] = at
                case Heard():
                    text = event.text
                case Replied() if isinstance(event.text, Notice):
                    notices += 1
                case Replied():
                    times.setdefault("clause_s", at)
                    said = said or event.text
                case TurnFailed():
                    raise RuntimeError(f"the turn failed in {event.stage}: {event.message}")
                case TurnFinished() if "clause_s" not in times:
                    break
        return {"times": times, "text": text, "said": said, "notices": notices}


def main(profile: str) -> None:
    with tempfile.TemporaryDirectory() as state:
        config = published_profile(profile, skills=SkillsConfig(state_dir=Path(state)))
        # Each question begins a conversation.
        llm = config.llm.model_copy(update={"forget_s": 0.0})
        turns = Turns(config.model_copy(update={"llm": llm}))
        serve(turns.started)
        turns.stop()


if __name__ == "__main__":
    main(sys.argv[1])
