"""The wake word is armed once the ear is loaded; the rest loads afterwards and may fail."""

import asyncio
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from marvin.config.llm import TransformersConfig
from marvin.config.tables import Config, SkillsConfig
from marvin.conversation import session
from marvin.conversation.ear import Ear
from marvin.engines import engine_set as line
from marvin.engines.placement.choice import Placement
from marvin.engines.workers.worker import Worker
from marvin.errors import ModelLoadError
from marvin.events import Armed, Event, Heard, Replied, StateChanged
from marvin.protocols import Generator
from marvin.service import run as jobs
from marvin.state import State
from marvin.types import Message
from tests.fakes import (
    PAUSE,
    FakeSink,
    FakeSource,
    FakeSynthesizer,
    FakeTranscriber,
    FakeVad,
    FakeWake,
)
from tests.paths import ROOT, SAMPLES

EMBEDDED = """
import os, sys, threading, time
from marvin.cli.main import main
code = main(["run", "--json", "--input", sys.argv[1], "--output", sys.argv[2]])
# Threads unknown to Python, such as the compute threads of a library. One that has just ended may
# still be listed.
for _ in range(10_000):
    unknown = len(os.listdir("/proc/self/task")) - threading.active_count()
    if not unknown:
        break
    time.sleep(0.02)
print(code, unknown, *{"torch", "transformers"} & set(sys.modules))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="threads are counted in /proc")
def test_embedded_profile_listens_and_answers_without_torch_on_one_thread(
    tmp_path: Path,
) -> None:
    sample = SAMPLES / "what_time_is_it.wav"
    kept = {key: value for key, value in os.environ.items() if not key.endswith("_NUM_THREADS")}
    done = subprocess.run(
        [sys.executable, "-c", EMBEDDED, str(sample), str(tmp_path / "reply.wav")],
        capture_output=True, text=True, timeout=300, check=True, cwd=ROOT,
        env={**kept, "HOME": str(tmp_path), "XDG_STATE_HOME": str(tmp_path)},
    )  # fmt: skip
    *events, loaded = done.stdout.splitlines()
    assert any('"replied"' in event for event in events)
    assert loaded == "0 0"


class Slow:
    """A recogniser that loads only when allowed to."""

    def __init__(self, *texts: str) -> None:
        self.may = threading.Event()
        self._engine = FakeTranscriber(*texts)

    def __call__(self, *_: object) -> FakeTranscriber:
        assert self.may.wait(300)
        return self._engine


@pytest.fixture
def slow() -> Slow:
    return Slow("what are you")


@pytest.fixture
def config(slow: Slow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Config:
    monkeypatch.setattr(session, "load_ear", lambda config, tap: Ear(FakeVad(), FakeWake()))
    monkeypatch.setattr(line, "load_transcriber", slow)
    monkeypatch.setattr(line, "load_synthesizer", lambda config, place: FakeSynthesizer())
    return Config(skills=SkillsConfig(state_dir=tmp_path, disabled=("units",)))


async def test_user_who_calls_during_loading_is_answered_afterwards(
    config: Config, slow: Slow
) -> None:
    events: list[Event] = []
    loaded = asyncio.Event()
    source = FakeSource("..W" + "s" * 15 + PAUSE, live=True)
    source.end()

    def report(event: Event) -> None:
        events.append(event)
        if isinstance(event, StateChanged) and event.after is State.THINKING:
            assert not loaded.is_set()
            slow.may.set()

    async with asyncio.timeout(300):
        await jobs.run_assistant(
            config, source, FakeSink(), report, on_loaded=lambda skills: loaded.set()
        )
    assert loaded.is_set()
    kinds = [type(event) for event in events]
    assert kinds[0] is Armed
    assert kinds.index(Heard) < kinds.index(Replied)
    assert [event.text for event in events if isinstance(event, Heard)] == ["what are you"]


async def test_recording_waits_until_everything_is_loaded(config: Config, slow: Slow) -> None:
    told: list[str] = []

    def report(event: Event) -> None:
        told.append(type(event).__name__)
        if isinstance(event, Armed):
            asyncio.get_running_loop().call_later(0.05, slow.may.set)

    source = FakeSource("..W" + "s" * 15 + PAUSE)
    async with asyncio.timeout(300):
        await jobs.run_assistant(
            config, source, FakeSink(), report, on_loaded=lambda skills: told.append("loaded")
        )
    assert told[:3] == ["Armed", "loaded", "WakeWordHeard"]
    assert told[-1] == "StateChanged"


@pytest.mark.parametrize("live", [True, False], ids=["microphone", "recording"])
async def test_failure_of_background_loading_ends_the_process(
    config: Config, live: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> FakeSynthesizer:
        raise ModelLoadError("tts.model: the file is torn")

    monkeypatch.setattr(line, "load_synthesizer", broken)
    monkeypatch.setattr(line, "load_transcriber", lambda *_: FakeTranscriber())
    events: list[Event] = []
    # Nobody calls, and a recording ends at once.
    source = FakeSource("..", live=live)
    async with asyncio.timeout(300):
        with pytest.raises(ModelLoadError, match=r"tts\.model: the file is torn"):
            await jobs.run_assistant(config, source, FakeSink(), events.append)
    assert isinstance(events[0], Armed)


async def test_models_are_placed_once_after_the_wake_word_is_armed(
    config: Config, slow: Slow, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []

    def place(config: Config) -> dict[str, Placement]:
        told.append(threading.current_thread().name)
        return {}

    monkeypatch.setattr(line, "place_engines", place)
    slow.may.set()
    await jobs.run_assistant(
        config, FakeSource("."), FakeSink(), lambda event: told.append(type(event).__name__)
    )
    assert told[0] == "Armed"
    assert [name for name in told if name.startswith("marvin-")] in (["marvin-stt"], ["marvin-tts"])


class Writer:
    """A local language model."""

    def generate(self, messages: object, token: object) -> list[str]:
        return ["Hello."]


async def test_loading_language_model_is_not_taken_for_a_silent_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(line, "_SIGN_S", 0.01)
    may = threading.Event()
    writer: Generator = Writer()  # type: ignore[assignment]

    def load(_: object) -> Generator:
        assert may.wait(300)
        return writer

    worker: Worker[Generator] = Worker("marvin-llm", load)
    worker.begin()
    rules = TransformersConfig(first_token_s=120.0)
    words = []
    async for word in line._OnWorker(worker, "writer", rules).reply([Message("user", "Hello")]):
        words.append(word)
        if len(words) == 3:
            may.set()
    assert words[:3] == ["", "", ""]
    assert "".join(words) == "Hello."
    assert await worker.stop(300)
