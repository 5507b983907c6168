"""Starting and stopping the pipeline, and the errors that end it."""

import asyncio
import signal
import threading
import wave
from collections.abc import AsyncGenerator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from marvin.config.llm import ChatConfig, TransformersConfig
from marvin.config.stt import WhisperConfig
from marvin.config.tables import Config, SkillsConfig
from marvin.config.trace import TraceConfig
from marvin.conversation import session
from marvin.conversation.assistant import Assistant
from marvin.conversation.ear import Ear
from marvin.conversation.session import Session
from marvin.engines import engine_set as line
from marvin.errors import AudioDeviceError, AudioFileError, ModelMissingError
from marvin.events import Armed, Event
from marvin.service import one_shot
from marvin.service import run as jobs
from marvin.skills.agenda import Agenda
from marvin.types import AudioChunk, Transcript
from tests.fakes import (
    QUESTION,
    FakeSink,
    FakeSource,
    FakeSynthesizer,
    FakeTranscriber,
    FakeVad,
    FakeWake,
)
from tests.faulty_server import Answer as Chat
from tests.faulty_server import FaultyServer


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Config:
    """A configuration with engines that load at once."""
    monkeypatch.setattr(session, "load_ear", lambda config, tap: Ear(FakeVad(), FakeWake()))
    monkeypatch.setattr(line, "load_transcriber", lambda config, skillset, place: FakeTranscriber())
    monkeypatch.setattr(line, "load_synthesizer", lambda config, place: FakeSynthesizer())
    return Config(skills=SkillsConfig(state_dir=tmp_path, disabled=("units",)))


class Unplugged(FakeSource):
    async def chunks(self) -> AsyncGenerator[AudioChunk]:
        raise AudioDeviceError("the microphone is gone")
        yield


def threads() -> list[str]:
    """Threads that stay; one that is still loading ends afterwards."""
    ours = [one for one in threading.enumerate() if one.name.startswith("marvin-")]
    for one in ours:
        one.join(300)
    return [one.name for one in ours if one.is_alive()]


async def test_it_runs_to_the_end_of_the_source_and_leaves_no_thread(config: Config) -> None:
    events: list[Event] = []
    await jobs.run_assistant(config, FakeSource("....."), FakeSink(), events.append)
    assert isinstance(events[0], Armed)
    assert threads() == []


async def test_turns_are_sent_as_traces_if_configured(
    config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("marvin.service.tracing.traces._RECORDING_S", 300.0)
    with FaultyServer(always=Chat(200)) as server:
        trace = TraceConfig(endpoint=server.url, timeout_s=120.0)
        traced = config.model_copy(update={"trace": trace})
        await jobs.run_assistant(traced, FakeSource(QUESTION), FakeSink(), lambda event: None)
    assert [request.path for request in server.requests] == ["/v1/traces"]
    assert threads() == []


async def test_user_error_is_raised_unwrapped(config: Config) -> None:
    with pytest.raises(AudioDeviceError, match="the microphone is gone"):
        await jobs.run_assistant(config, Unplugged(live=True), FakeSink(), lambda event: None)
    assert threads() == []


async def test_failure_of_the_timers_ends_the_process(
    config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*arguments: object) -> None:
        raise ZeroDivisionError("bug")

    monkeypatch.setattr(jobs, "ring_agenda", broken)
    async with asyncio.timeout(300):
        with pytest.raises(ExceptionGroup) as raised:
            await jobs.run_assistant(config, FakeSource(live=True), FakeSink(), lambda event: None)
    assert isinstance(raised.value.exceptions[0], ZeroDivisionError)


async def test_every_missing_model_is_named_before_anything_is_loaded(
    config: Config, tmp_path: Path
) -> None:
    wanting = config.model_copy(
        update={
            "stt": WhisperConfig(model="someone/whisper"),
            "llm": TransformersConfig(model=str(tmp_path / "llm")),
        }
    )
    with pytest.raises(ModelMissingError) as raised:
        await jobs.run_assistant(wanting, FakeSource(), FakeSink(), lambda event: None)
    assert str(raised.value).splitlines() == [
        f"llm.model = '{tmp_path}/llm': there is no such folder",
        "stt.model = 'someone/whisper' is not on this machine, or is incomplete",
        "`marvin models pull someone/whisper` fetches what is missing",
        "`marvin run --profile embedded` needs no speech models",
    ]
    assert threads() == []


async def test_time_limit_covers_a_whole_list_of_language_models(
    config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    limits: list[float] = []

    class Watched(Assistant):
        def __init__(self, session: Session, config: Config, *more: Any) -> None:
            limits.append(config.turn.answer_s)
            super().__init__(session, config, *more)

    monkeypatch.setattr(jobs, "Assistant", Watched)
    server = {"base_url": "http://127.0.0.1:9/v1", "first_token_s": 25.0}
    two = ChatConfig(**server, fallbacks=(ChatConfig(**server),))
    for llm in (config.llm, two):
        patient = config.model_copy(update={"llm": llm})
        await jobs.run_assistant(patient, FakeSource("."), FakeSink(), lambda event: None)
    assert limits == [config.turn.answer_s, 55.0]


@pytest.mark.parametrize("ignored", [True, False], ids=["nohup", "a terminal"])
def test_it_survives_the_terminal_if_told_to(
    ignored: bool,
) -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN if ignored else signal.SIG_DFL)
    ended: list[bool] = []

    async def main() -> None:
        signal.raise_signal(signal.SIGHUP)
        # Long enough for the signal to end it, which takes one iteration of the loop.
        await asyncio.sleep(0.1)
        ended.append(True)

    try:
        jobs.run_until_signalled(main())
    finally:
        signal.signal(signal.SIGHUP, before)
    assert ended == [True] * ignored


async def test_closed_reader_of_the_events_ends_it_as_a_broken_pipe(config: Config) -> None:
    def report(event: Event) -> None:
        if not isinstance(event, Armed):
            raise BrokenPipeError

    with pytest.raises(BrokenPipeError):
        await jobs.run_assistant(config, FakeSource("..W.."), FakeSink(), report)
    assert threads() == []


async def test_recording_too_long_for_memory_is_reported_with_other_problems(
    config: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(one_shot, "_LONGEST_S", 1.0)
    monkeypatch.setattr(line, "load_transcriber", lambda *_: FakeTranscriber("short"))
    files = [tmp_path / "long.wav", tmp_path / "short.wav"]
    for file, seconds in zip(files, (1.1, 0.9), strict=True):
        with wave.open(str(file), "wb") as written:
            written.setparams((1, 2, 16_000, 0, "NONE", ""))
            written.writeframes(bytes(2 * round(seconds * 16_000)))
    results = [result async for _, result in one_shot.transcribe(config, files)]
    assert isinstance(results[0], AudioFileError)
    assert "cut it" in str(results[0])
    assert isinstance(results[1], Transcript)


@pytest.mark.parametrize("on", [True, False])
async def test_language_model_is_told_the_notes_if_they_are_on(tmp_path: Path, on: bool) -> None:
    agenda = Agenda.load(tmp_path)
    agenda.notes.add("the bins go out on Tuesday", date(2026, 12, 1))
    agenda.close()
    answered = Chat.events({"choices": [{"delta": {"content": "On Tuesday."}}]})
    with FaultyServer(answered) as server:
        config = Config(
            llm=ChatConfig(base_url=server.url, model="tiny"),
            skills=SkillsConfig(state_dir=tmp_path, notes=on, disabled=("units",)),
        )
        asked = "which day suits the dustmen"
        assert [text async for text in one_shot.answer(config, asked)] == ["On Tuesday."]
    roles = [message["role"] for message in server.requests[0].json()["messages"]]
    assert roles == ["system", *(["user", "assistant"] if on else []), "user"]
    assert ("the bins go out on Tuesday" in server.requests[0].body.decode()) is on
