"""Requests of other programs to a running Marvin."""

import asyncio
from datetime import datetime
from functools import partial

import pytest

from marvin.boundary.outflow import Outflow
from marvin.cli.console import event_printer
from marvin.config.serve_table import ServeConfig
from marvin.config.tables import Config, TurnConfig
from marvin.engines import engine_set as line
from marvin.engines.workers.worker import HANGS_IN_A_ROW, EngineHangsError
from marvin.errors import (
    ControlError,
    StageError,
    SynthesisError,
)
from marvin.events import Armed, AudioLost, Event, Muted, Replied, StateChanged
from marvin.state import Trigger
from tests.fakes import (
    PAUSE,
    FakeSynthesizer,
    Hanging,
)
from tests.pipes import pipe
from tests.service.daemon.running import Running, running


async def test_listen_works_without_the_wake_word_and_can_be_stopped(config: Config) -> None:
    async with running(config) as one:
        one.daemon.listen()
        assert one.state() == "listening"
        (began,) = (event for event in one.events if isinstance(event, StateChanged))
        # A wake word that nobody said would look like a false accept.
        assert began.cause is Trigger.TOLD_TO_LISTEN
        # Longer than the chime's delay: it would sound, although nobody listens.
        one.source.say("s" * 25 + PAUSE)
        await one.until(lambda: one.count(Replied) > 0)
        one.daemon.listen()
        one.daemon.stop()
        assert one.state() == "idle"
        one.daemon.stop()
        assert one.state() == "idle"


async def test_announcement_for_this_room_is_spoken_here_also_after_a_reload(
    config: Config,
) -> None:
    config = config.model_copy(update={"serve": ServeConfig(room="living room")})
    async with running(config) as one:
        for said in (1, 2):
            assert one.daemon.status()["rooms"] == ("living room",)
            await one.daemon.agenda().rooms.say("the Living Room", "Dinner is ready.")
            assert one.count(Replied) == said
            assert await one.daemon.reload() == []


async def test_muted_microphone_hears_nothing_and_is_reported(config: Config) -> None:
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


async def test_announcement_is_spoken_and_its_failure_reported(
    config: Config, synthesizer: FakeSynthesizer
) -> None:
    async with running(config) as one:
        await one.daemon.say("Dinner is ready.")
        assert synthesizer.sentences == ["Dinner is ready."]
        synthesizer._error = SynthesisError("no voice")
        with pytest.raises(SynthesisError, match="no voice"):
            await one.daemon.say("Dinner is cold.")


async def test_status_has_figures_and_nothing_that_was_said(config: Config) -> None:
    async with running(config) as one:
        one.source.say("..W.." + "s" * 15 + PAUSE)
        await one.until(lambda: one.state() == "idle" and one.count(Replied) > 0)
        assert one.daemon.status()["ringing"] == []
        one.daemon.agenda().alarms.add("reminder", datetime.now(), purpose="to call Ada")
        status = one.daemon.status()
        assert status["state"] == "idle"
        assert status["ringing"] == ["reminder"]
        assert "Ada" not in str(status)
        assert "language model" not in str(status)


async def test_recogniser_that_keeps_hanging_ends_the_daemon(
    config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("marvin.engines.workers.worker.GRACE_S", 0.02)
    hanging = Hanging()
    monkeypatch.setattr(line, "load_transcriber", lambda *_: hanging)
    one = Running(config.model_copy(update={"turn": TurnConfig(transcribe_s=0.1)}))
    task = asyncio.create_task(one.daemon.run(None))
    try:
        await one.until(lambda: one.count(Armed) == 1)
        for turns in range(HANGS_IN_A_ROW):
            # Each in the idle state after the previous one.
            await one.until(partial(one.idle_after, turns))
            one.source.say("..W.." + "s" * 15 + PAUSE)
        async with asyncio.timeout(300):
            with pytest.raises(EngineHangsError, match="marvin-stt hangs: 3 calls") as raised:
                await task
    finally:
        hanging.let_go.set()
        task.cancel()
    assert not isinstance(raised.value, StageError)
    assert raised.value.exit_code == 1


async def test_muting_during_loading_takes_effect_afterwards(config: Config) -> None:
    one = Running(config)
    one.daemon.mute(True)
    task = asyncio.create_task(one.daemon.run(None))
    await one.until(lambda: one.count(Armed) == 1)
    with pytest.raises(ControlError, match="muted"):
        one.daemon.listen()
    one.source.say("..W..")
    one.source.end()
    async with asyncio.timeout(300):
        await task
    assert one.state() == "idle"


async def test_muting_is_reported_once_to_followers(config: Config) -> None:
    async with running(config) as one:
        for muted in (True, True, False):
            one.daemon.mute(muted)
        told = [event for event in one.events if isinstance(event, Muted)]
        assert told == [Muted(True), Muted(False)]


async def test_pipeline_error_ends_the_daemon(config: Config) -> None:
    one = Running(config)

    def broken() -> None:
        raise AssertionError("never called")

    one.source.chunks = broken  # type: ignore[assignment]
    with pytest.raises((AssertionError, ExceptionGroup)):
        async with asyncio.timeout(300):
            await one.daemon.run(None)


async def test_withdrawn_announcement_is_not_spoken(config: Config) -> None:
    async with running(config) as one:
        first, second, third = (
            asyncio.create_task(one.daemon.say(text)) for text in ("One.", "Two.", "Three.")
        )
        await one.until(lambda: one.count(Replied) == 1)
        second.cancel()
        await asyncio.gather(first, third)
        said = [event.text for event in one.events if isinstance(event, Replied)]
        assert said == ["One.", "Three."]


async def test_it_answers_and_listens_while_nobody_reads_its_output(config: Config) -> None:
    warned: list[str] = []
    with (
        pipe(full=True) as output,
        Outflow(output.stream, most=100, warn=warned.append) as shown,
    ):
        one = Running(config)
        show = event_printer(shown.put, private=False)

        def report(event: Event) -> None:
            one._report(event)
            show(event)

        one.daemon._report = report
        task = asyncio.create_task(one.daemon.run(None))
        await one.until(lambda: one.count(Armed) == 1)
        for _ in range(5_000):
            one.daemon.tell(AudioLost(1.0))
        assert one.daemon.status()["state"] == "idle"
        await one.daemon.say("Still here.")
        one.source.end()
        async with asyncio.timeout(300):
            await task
        assert len(warned) == 1
        output.drain()
        shown.close()
        lines = output.lines()
    assert "lines were lost" in lines[1]
    assert len(lines) == 102
    assert "Still here." in "".join(lines)
