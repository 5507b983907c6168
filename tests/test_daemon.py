"""What other programs ask of a running Marvin, it does."""

import asyncio
import errno
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import pytest

from marvin import line
from marvin.audio.playback import Speaker
from marvin.config import Loaded
from marvin.config.stt import WhisperConfig
from marvin.config.tables import Config, SkillsConfig, TurnConfig
from marvin.daemon import Daemon
from marvin.ear import Ear
from marvin.errors import (
    ConfigError,
    ControlError,
    ModelLoadError,
    StageError,
    SynthesisError,
)
from marvin.events import Armed, Event, Replied, StateChanged, TurnFinished
from marvin.systemd.supervision import Supervision
from marvin.worker import HANGS_IN_A_ROW, EngineHangsError
from tests.audio.fakesound import FakeSound, device
from tests.fakes import (
    PAUSE,
    FakeSink,
    FakeSource,
    FakeSynthesizer,
    FakeTranscriber,
    FakeVad,
    FakeWake,
    Hanging,
)


class Running:
    """A daemon on a source that is fed by hand."""

    def __init__(self, config: Config) -> None:
        self.config: Config | Exception = config
        self.profile = "embedded"
        self.source = FakeSource(live=True)
        self.events: list[Event] = []
        self._changed = asyncio.Event()
        told = Supervision.from_environment({})
        self.sink = FakeSink()
        self.daemon = Daemon(self._load(), self._load, self.source, self.sink, self._report, told)

    def _load(self) -> Loaded:
        if isinstance(self.config, Exception):
            raise self.config
        return Loaded(self.config, {}, self.profile, "as configured")

    def _report(self, event: Event) -> None:
        self.events.append(event)
        self._changed.set()

    def count(self, kind: type[Event]) -> int:
        return sum(isinstance(event, kind) for event in self.events)

    def state(self) -> str:
        states = [event.after.value for event in self.events if isinstance(event, StateChanged)]
        return states[-1] if states else "idle"

    def idle_after(self, turns: int) -> bool:
        return self.count(TurnFinished) == turns and self.state() == "idle"

    async def until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(10.0):
            while not condition():
                self._changed.clear()
                await self._changed.wait()


@pytest.fixture
def synthesizer() -> FakeSynthesizer:
    return FakeSynthesizer()


@pytest.fixture
def config(tmp_path: Path, synthesizer: FakeSynthesizer, monkeypatch: pytest.MonkeyPatch) -> Config:
    """With engines that load at once."""
    monkeypatch.setattr(line, "load_ear", lambda config: Ear(FakeVad(), FakeWake()))
    monkeypatch.setattr(line, "load_transcriber", lambda *_: FakeTranscriber("who was Ada"))
    monkeypatch.setattr(line, "load_synthesizer", lambda config, place: synthesizer)
    return Config(skills=SkillsConfig(state_dir=tmp_path, disabled=("units",)))


@asynccontextmanager
async def running(config: Config) -> AsyncIterator[Running]:
    one = Running(config)
    task = asyncio.create_task(one.daemon.run(None))
    try:
        await one.until(lambda: one.count(Armed) == 1)
        yield one
        one.source.end()
        async with asyncio.timeout(10.0):
            await task
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_it_listens_without_the_wake_word_and_stops_when_told(config: Config) -> None:
    async with running(config) as one:
        one.daemon.listen()
        assert one.state() == "listening"
        one.source.say("s" * 15 + PAUSE)
        await one.until(lambda: one.count(Replied) > 0)
        one.daemon.listen()
        one.daemon.stop()
        assert one.state() == "idle"
        one.daemon.stop()
        assert one.state() == "idle"


async def test_muted_it_hears_nothing_and_says_so(config: Config) -> None:
    async with running(config) as one:
        one.daemon.listen()
        one.daemon.mute(True)
        assert one.state() == "idle"
        with pytest.raises(ControlError, match="marvin unmute"):
            one.daemon.listen()
        one.source.say("..W..")
        one.daemon.mute(False)
        await asyncio.sleep(0)
        assert one.daemon.status()["muted"] is False
        one.source.say("..W..")
        await one.until(lambda: one.state() == "listening")


async def test_it_says_what_it_is_told_and_what_went_wrong(
    config: Config, synthesizer: FakeSynthesizer
) -> None:
    async with running(config) as one:
        await one.daemon.say("Dinner is ready.")
        assert synthesizer.sentences == ["Dinner is ready."]
        synthesizer._error = SynthesisError("no voice")
        with pytest.raises(SynthesisError, match="no voice"):
            await one.daemon.say("Dinner is cold.")


async def test_its_status_has_figures_and_nothing_that_was_said(config: Config) -> None:
    async with running(config) as one:
        one.source.say("..W.." + "s" * 15 + PAUSE)
        await one.until(lambda: one.state() == "idle" and one.count(Replied) > 0)
        status = one.daemon.status()
        assert status["state"] == "idle"
        assert "Ada" not in str(status)
        assert "language model" not in str(status)


async def test_a_reload_takes_the_new_file_and_keeps_the_conversation(config: Config) -> None:
    async with running(config) as one:
        one.daemon._conversation.ask("who was Ada")
        one.daemon._conversation.answered("A programmer.")
        one.daemon.mute(True)
        one.profile = "laptop"
        assert await one.daemon.reload() == []
        assert one.count(Armed) == 2
        assert one.daemon.status()["profile"] == "laptop"
        assert one.daemon.status()["muted"] is True
        shown = one.daemon._conversation.ask("and when")
        assert [message.text for message in shown[1:]] == [
            "who was Ada",
            "A programmer.",
            "and when",
        ]


@pytest.mark.parametrize(
    ("wrong", "problems"),
    [
        (ConfigError("a: wrong\nb: wrong too"), ["a: wrong", "b: wrong too"]),
        (WhisperConfig(model="someone/whisper"), ["stt.model = 'someone/whisper' is not on"]),
    ],
)
async def test_a_file_that_is_wrong_changes_nothing(
    wrong: ConfigError | WhisperConfig, problems: list[str], config: Config
) -> None:
    async with running(config) as one:
        one.config = (
            wrong if isinstance(wrong, Exception) else config.model_copy(update={"stt": wrong})
        )
        found = await one.daemon.reload()
        assert [
            line[: len(start)] for line, start in zip(found, problems, strict=False)
        ] == problems
        assert one.count(Armed) == 1
        await one.daemon.say("Still here.")


async def test_a_recogniser_that_hangs_however_often_it_is_loaded_ends_it(
    config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("marvin.worker.GRACE_S", 0.02)
    hanging = Hanging()
    monkeypatch.setattr(line, "load_transcriber", lambda *_: hanging)
    one = Running(config.model_copy(update={"turn": TurnConfig(transcribe_s=0.1)}))
    task = asyncio.create_task(one.daemon.run(None))
    try:
        await one.until(lambda: one.count(Armed) == 1)
        for turns in range(HANGS_IN_A_ROW):
            # Each in the idle state that the one before ended in.
            await one.until(partial(one.idle_after, turns))
            one.source.say("..W.." + "s" * 15 + PAUSE)
        async with asyncio.timeout(20.0):
            with pytest.raises(EngineHangsError, match="marvin-stt hangs: 3 calls") as raised:
                await task
    finally:
        hanging.let_go.set()
        task.cancel()
    assert not isinstance(raised.value, StageError)
    assert raised.value.exit_code == 1


async def test_a_file_whose_engines_do_not_start_gives_way_to_the_old_one(
    config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with running(config) as one:

        def load_ear(config: Config) -> Ear:
            if config.wake.threshold == 0.9:
                raise ModelLoadError("wake.model is broken\nas a whole")
            return Ear(FakeVad(), FakeWake())

        monkeypatch.setattr(line, "load_ear", load_ear)
        wake = config.wake.model_copy(update={"threshold": 0.9})
        one.config = config.model_copy(update={"wake": wake})
        one.profile = "laptop"
        assert await one.daemon.reload() == ["wake.model is broken", "as a whole"]
        assert one.daemon.status()["profile"] == "embedded"
        await one.daemon.say("Still here.")
        one.config = config
        assert await one.daemon.reload() == []


async def test_a_new_device_is_looked_for_before_anything_is_changed(
    config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    sound = FakeSound([device("inside", inputs=1, outputs=2)], default=(0, 0))
    monkeypatch.setitem(sys.modules, "sounddevice", sound)
    speaker = Speaker()
    async with running(config) as one:
        one.daemon._sink = speaker
        speaker.open()
        # It was plugged in since PortAudio began.
        sound.room.append(device("USB", outputs=2))
        for wanted, device_name, problems in (("usbb", "inside", 1), ("usb", "USB", 0)):
            audio = config.audio.model_copy(update={"output": wanted})
            one.config = config.model_copy(update={"audio": audio})
            assert len(await one.daemon.reload()) == problems
            async with asyncio.timeout(5.0):
                while speaker.device != device_name:  # noqa: ASYNC110 (it tells nobody)
                    await asyncio.sleep(0)
        speaker.close()


async def test_what_is_still_to_be_said_at_a_reload_is_refused(config: Config) -> None:
    async with running(config) as one:
        one.daemon.listen()
        said = asyncio.create_task(one.daemon.say("Dinner is ready."))
        await asyncio.sleep(0)
        assert await one.daemon.reload() == []
        with pytest.raises(ControlError, match="not said"):
            await said


async def test_muted_while_it_loads_it_is_muted_as_soon_as_it_has(config: Config) -> None:
    one = Running(config)
    one.daemon.mute(True)
    task = asyncio.create_task(one.daemon.run(None))
    await one.until(lambda: one.count(Armed) == 1)
    with pytest.raises(ControlError, match="muted"):
        one.daemon.listen()
    one.source.say("..W..")
    one.source.end()
    async with asyncio.timeout(10.0):
        await task
    assert one.state() == "idle"


async def test_it_listens_on_when_there_is_no_room_for_what_it_prints(
    config: Config, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with running(config) as one:
        report = one._report

        def full(event: Event) -> None:
            report(event)
            raise OSError(errno.ENOSPC, "No space left on device")

        monkeypatch.setattr(one.daemon, "_report", full)
        await one.daemon.say("Still here.")
        assert "could not be printed: No space left on device" in caplog.text
        assert one.state() == "idle"


async def test_an_error_of_the_line_ends_it(config: Config) -> None:
    one = Running(config)

    def broken() -> None:
        raise AssertionError("never called")

    one.source.chunks = broken  # type: ignore[assignment]
    with pytest.raises((AssertionError, ExceptionGroup)):
        async with asyncio.timeout(10.0):
            await one.daemon.run(None)
