"""Typed requests affect the running Marvin, and their answers are not spoken."""

import asyncio
from collections.abc import Callable, Coroutine
from pathlib import Path

import pytest

from marvin.config.tables import Config
from marvin.errors import ControlError
from marvin.events import Armed, Replied
from marvin.llm.none import FIRST
from marvin.service.daemon import Daemon
from marvin.skills.store import database
from marvin.types import AudioChunk
from tests.fakes import FakeSink, FakeSynthesizer
from tests.service.daemon.running import Running, running
from tests.skills.kept import load_timers


def on_disk(folder: Path) -> list[object]:
    return [row["name"] for row in (database.read(folder / "marvin.sqlite3") or {})["timers"]]


@pytest.fixture
def keeping(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make daemons keep their timers, like those with a microphone."""
    begin = Daemon.__init__

    def keep(*arguments: object) -> None:
        begin(*arguments, keeps_agenda=True)  # type: ignore[arg-type]

    monkeypatch.setattr(Daemon, "__init__", keep)


async def test_typed_timer_belongs_to_the_running_marvin(
    config: Config, tmp_path: Path, keeping: None
) -> None:
    async with running(config) as one:
        ask = one.daemon.ask
        assert await ask("set a tea timer for one hour") == "Tea timer set for 1 hour."
        assert await ask("set a pasta timer for ten minutes") == "Pasta timer set for 10 minutes."
        assert on_disk(tmp_path) == ["tea", "pasta"]
        assert await ask("cancel the pasta timer") == "Pasta timer cancelled."
        assert on_disk(tmp_path) == ["tea"]
        assert await ask("what is the meaning of life") == " ".join(FIRST)
        assert one.count(Replied) == 0


async def test_follow_up_question_is_answered_by_the_next_typed_text(config: Config) -> None:
    async with running(config) as one:
        assert await one.daemon.ask("set a timer") == "For how long?"
        assert await one.daemon.ask("ten minutes") == "Timer set for 10 minutes."
        assert one.state() == "idle"


async def test_typed_volume_is_that_of_the_running_marvin(config: Config) -> None:
    async with running(config) as one:
        assert await one.daemon.ask("set the volume to fifty percent") == "Volume 50 percent."
        assert one.sink.volume == 0.5
        assert await one.daemon.ask("what is the volume") == "The volume is at 50 percent."


async def test_typed_timer_rings_until_stop_is_typed(
    config: Config, synthesizer: FakeSynthesizer
) -> None:
    async with running(config) as one:
        await one.daemon.ask("set an egg timer for one second")
        await one.until(lambda: Replied("Your egg timer is done.") in one.events)
        await one.until(lambda: one.state() == "idle")
        assert await one.daemon.ask("stop") == ""
        assert await one.daemon.ask("what timers do I have") == "You have no timers."
        assert synthesizer.sentences == ["Your egg timer is done."]


async def test_timers_survive_a_reload_and_a_restart(
    config: Config, tmp_path: Path, keeping: None
) -> None:
    async with running(config) as one:
        await one.daemon.ask("set a tea timer for one hour")
        assert await one.daemon.reload() == []
        assert str(await one.daemon.ask("what timers do I have")).startswith("You have 1 timer")
        await one.daemon.ask("set an egg timer for one hour")
        elsewhere = config.skills.model_copy(update={"state_dir": tmp_path / "new"})
        one.config = config.model_copy(update={"skills": elsewhere})
        assert await one.daemon.reload() == []
        assert await one.daemon.ask("what timers do I have") == "You have no timers."
        await one.daemon.ask("set a rice timer for one hour")
    assert on_disk(tmp_path) == ["tea", "egg"]
    assert on_disk(tmp_path / "new") == ["rice"]
    # No process owns them any more.
    assert len(load_timers(tmp_path / "marvin.sqlite3").all()) == 2


async def test_two_marvins_on_one_file_lose_nothing(
    config: Config, tmp_path: Path, keeping: None, caplog: pytest.LogCaptureFixture
) -> None:
    async with running(config) as first:
        await first.daemon.ask("set a tea timer for one hour")
        async with running(config) as second:
            assert "belong to another Marvin" in caplog.text
            assert await second.daemon.ask("cancel all timers") == "You have no timers."
            set_ = await second.daemon.ask("set an egg timer for one hour")
            assert str(set_).startswith("Egg timer set for 1 hour. I cannot save timers")
        await first.daemon.ask("set a rice timer for one hour")
        assert on_disk(tmp_path) == ["tea", "rice"]


async def test_recording_neither_leaves_timers_nor_takes_existing_ones(
    config: Config, tmp_path: Path
) -> None:
    room = load_timers(tmp_path / "marvin.sqlite3")
    room.add(3600, "tea", room.clock())
    async with running(config) as recording:
        assert await recording.daemon.ask("cancel all timers") == "You have no timers."
        set_ = await recording.daemon.ask("set an egg timer for one hour")
        assert set_ == "Egg timer set for 1 hour."
    assert on_disk(tmp_path) == ["tea"]


async def test_request_during_loading_is_refused(config: Config) -> None:
    one = Running(config)
    with pytest.raises(ControlError, match="try again in a moment"):
        await one.daemon.ask("what time is it")


async def test_waiting_announcements_are_refused_when_it_stops(config: Config) -> None:
    async with running(config) as one:
        one.daemon.listen()
        said = asyncio.create_task(one.daemon.say("Dinner is ready."))
        await asyncio.sleep(0.01)
        one.daemon.stop()
        with pytest.raises(ControlError, match="not said: Marvin was told to stop"):
            await said
        assert one.count(Armed) == 1


async def test_alarm_rings_while_muted_and_at_volume_0_until_stop_is_typed(
    config: Config, synthesizer: FakeSynthesizer
) -> None:
    async with running(config) as one:
        one.daemon.mute(True)
        await one.daemon.ask("mute the sound")
        assert one.sink.volume == 0.0
        heard: list[float] = []
        one.sink.play = _noting(one.sink, heard)  # type: ignore[method-assign, assignment]
        await one.daemon.ask("wake me in one second")
        await one.until(lambda: any("This is your alarm" in text for text in synthesizer.sentences))
        await one.until(lambda: one.state() == "idle")
        assert await one.daemon.ask("stop") == ""
        assert await one.daemon.ask("what alarms do I have") == "You have no alarms."
        assert min(heard) >= 0.3
        await one.until(lambda: one.sink.volume == 0.0)


def _noting(
    sink: FakeSink, heard: list[float]
) -> Callable[[AudioChunk], Coroutine[None, None, None]]:
    play = sink.play

    async def noting(chunk: AudioChunk) -> None:
        heard.append(sink.volume)
        await play(chunk)

    return noting
