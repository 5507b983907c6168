"""Reloading models.toml in a running Marvin succeeds completely or changes nothing."""

import asyncio
import sys
import threading

import pytest

from marvin.audio.playback import Speaker
from marvin.config import Loaded
from marvin.config.stt import WhisperConfig
from marvin.config.tables import Config
from marvin.conversation import session
from marvin.conversation.ear import Ear
from marvin.engines import engine_set as line
from marvin.engines.workers.worker import Worker
from marvin.errors import (
    ConfigError,
    ControlError,
    ModelLoadError,
)
from marvin.events import Armed, StateChanged
from tests.audio.fakesound import FakeSound, device
from tests.fakes import (
    FakeSynthesizer,
    FakeVad,
    FakeWake,
)
from tests.service.daemon.running import running


async def test_reload_uses_the_new_file_and_keeps_the_conversation(config: Config) -> None:
    async with running(config) as one:
        one.daemon._memory.answered("who was Ada", "A programmer.")
        one.daemon.mute(True)
        one.profile = "laptop"
        assert await one.daemon.reload() == []
        assert one.count(Armed) == 2
        assert one.daemon.status()["profile"] == "laptop"
        assert one.daemon.status()["muted"] is True
        shown = one.daemon._memory.ask("and when")
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
async def test_invalid_file_changes_nothing(
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


async def test_file_whose_engines_do_not_start_is_replaced_by_the_old_one(
    config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with running(config) as one:

        def load_ear(config: Config, tap: object) -> Ear:
            if config.ast().threshold == 0.9:
                raise ModelLoadError("wake.model is broken\nas a whole")
            return Ear(FakeVad(), FakeWake())

        monkeypatch.setattr(session, "load_ear", load_ear)
        wake = config.wake.model_copy(update={"threshold": 0.9})
        one.config = config.model_copy(update={"wake": wake})
        one.profile = "laptop"
        assert await one.daemon.reload() == ["wake.model is broken", "as a whole"]
        assert one.daemon.status()["profile"] == "embedded"
        await one.daemon.say("Still here.")
        one.config = config
        assert await one.daemon.reload() == []


async def test_new_device_is_looked_up_before_anything_is_changed(
    config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    sound = FakeSound([device("inside", inputs=1, outputs=2)], default=(0, 0))
    monkeypatch.setitem(sys.modules, "sounddevice", sound)
    speaker = Speaker()
    async with running(config) as one:
        one.daemon._sink = speaker
        speaker.open()
        # It was connected after PortAudio started.
        sound.room.append(device("USB", outputs=2))
        for wanted, device_name, problems in (("usbb", "inside", 1), ("usb", "USB", 0)):
            audio = config.audio.model_copy(update={"output": wanted})
            one.config = config.model_copy(update={"audio": audio})
            assert len(await one.daemon.reload()) == problems
            async with asyncio.timeout(300):
                while speaker.device != device_name:  # noqa: ASYNC110 (it tells nobody)
                    await asyncio.sleep(0)
        speaker.close()


async def test_reload_does_not_end_with_the_loading_that_it_has_stopped(config: Config) -> None:
    async with running(config) as one:
        stopped = one.daemon._running
        assert stopped is not None
        stopped.add_done_callback(lambda _: one.daemon._all_loaded(["of the run before"]))
        assert await one.daemon.reload() == []
        assert one.count(Armed) == 2
        assert one.daemon.skill_problems == []


async def test_waiting_announcements_are_refused_on_reload(config: Config) -> None:
    async with running(config) as one:
        one.daemon.listen()
        said = asyncio.create_task(one.daemon.say("Dinner is ready."))
        await asyncio.sleep(0)
        assert await one.daemon.reload() == []
        with pytest.raises(ControlError, match="not said"):
            await said


async def test_failed_assistant_gets_no_requests_before_the_old_file_is_back(
    config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with running(config) as one:
        await one.daemon._ready.wait()
        began, may, may_end = threading.Event(), threading.Event(), asyncio.Event()

        def broken(*_: object) -> FakeSynthesizer:
            began.set()
            assert may.wait(300)
            raise ModelLoadError("tts.model is torn")

        stop = Worker.stop

        async def slow_stop(worker: Worker[object], timeout_s: float) -> bool:
            if may.is_set():
                async with asyncio.timeout(300):
                    await may_end.wait()
            return await stop(worker, timeout_s)

        monkeypatch.setattr(line, "load_synthesizer", broken)
        reloading = asyncio.create_task(one.daemon.reload())
        await one.until(lambda: one.count(Armed) == 2)
        assert await asyncio.to_thread(began.wait, 10)
        assistant = one.daemon._assistant
        assert assistant is not None
        monkeypatch.setattr(Worker, "stop", slow_stop)
        monkeypatch.setattr(line, "load_synthesizer", lambda *_: FakeSynthesizer())
        one.daemon.listen()
        may.set()
        async with asyncio.timeout(300):
            while assistant.running:  # noqa: ASYNC110 (it tells nobody)
                await asyncio.sleep(0)
        with pytest.raises(ControlError, match="being loaded"):
            one.daemon.listen()
        with pytest.raises(ControlError, match="being loaded"):
            await one.daemon.say("Hello.")
        one.daemon.mute(True)
        one.daemon.mute(False)
        may_end.set()
        assert await reloading == ["tts.model is torn"]
        await one.daemon.say("Still here.")


async def test_it_listens_while_a_slow_file_is_read(
    config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    go_on = threading.Event()

    def hanging() -> Loaded:
        go_on.wait()
        raise ConfigError("nobody waits for this any more")

    async with running(config) as one:
        monkeypatch.setattr(one.daemon, "_load", hanging)
        reloading = asyncio.create_task(one.daemon.reload())
        await one.daemon.say("Still here.")
        assert not reloading.done()
        go_on.set()
        assert await reloading == ["nobody waits for this any more"]


async def test_file_that_never_arrives_is_given_up(
    config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    go_on = threading.Event()
    monkeypatch.setattr("marvin.service.daemon._READ_S", 0.05)
    async with running(config) as one:
        monkeypatch.setattr(one.daemon, "_load", go_on.wait)
        (problem,) = await one.daemon.reload()
        assert "cannot be read within 0.05 s" in problem
        await one.daemon.say("Still here.")
        go_on.set()


async def test_uptime_and_counters_survive_a_reload(config: Config) -> None:
    async with running(config) as one:
        await one.daemon.say("Before.")
        before = [event.at_s for event in one.events if isinstance(event, StateChanged)]
        assert await one.daemon.reload() == []
        await one.daemon.say("After.")
        times = [event.at_s for event in one.events if isinstance(event, StateChanged)]
        assert times == sorted(times)
        assert times[-1] > before[-1]
