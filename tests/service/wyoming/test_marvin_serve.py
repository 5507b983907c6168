"""`marvin serve`, and the same servers in `marvin run`."""
# ruff: noqa: TID253 - the official client, which these tests are about

import asyncio
import socket
import wave
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from wyoming.asr import Transcript
from wyoming.ping import Ping

from marvin.cli.main import main
from marvin.config.serve_table import ServeConfig
from marvin.config.tables import Config, SkillsConfig
from marvin.conversation import session
from marvin.conversation.ear import Ear
from marvin.engines import engine_set
from marvin.errors import ServerError
from marvin.events import Event, Serving
from marvin.service.run import run_assistant
from marvin.service.serve_alone import serve_alone
from tests.fakes import FakeSink, FakeSource, FakeSynthesizer, FakeTranscriber, FakeVad, FakeWake
from tests.service.daemon.running import running
from tests.service.wyoming.serving import ANYWHERE, Client

KITCHEN = {"conversation_id": "kitchen"}
Starting = Callable[[Config, Callable[[Event], None]], Awaitable[None]]


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Config:
    """A configuration with engines that load at once, and the real skills."""
    monkeypatch.setattr(session, "load_ear", lambda config, tap: Ear(FakeVad(), FakeWake()))
    monkeypatch.setattr(
        engine_set, "load_transcriber", lambda config, skillset, place: FakeTranscriber()
    )
    monkeypatch.setattr(engine_set, "load_synthesizer", lambda config, place: FakeSynthesizer())
    skills = SkillsConfig(state_dir=tmp_path, disabled=("units",))
    return Config(skills=skills, serve=ServeConfig(wyoming=ANYWHERE))


async def beside(config: Config, report: Callable[[Event], None]) -> None:
    await run_assistant(config, FakeSource(live=True), FakeSink(), report)


@pytest.mark.parametrize(
    ("start", "timer"),
    [
        (beside, ("handled", "Timer set for 5 minutes.")),
        (
            serve_alone,
            (
                "not-handled",
                "Nothing would ring here, because `marvin serve` has no loudspeaker:"
                " use `marvin run`.",
            ),
        ),
    ],
)
async def test_clients_are_answered_beside_the_assistant_and_without_one(
    start: Starting, timer: tuple[str, str], config: Config
) -> None:
    events: asyncio.Queue[Event] = asyncio.Queue()
    running = asyncio.ensure_future(start(config, events.put_nowait))
    while not isinstance(event := await events.get(), Serving):
        pass
    async with Client(int(event.address.rpartition(":")[2])) as client:
        await client.ask(Transcript("what is 6 times 7"))
        answer = await client.until("handled-stop")
        await client.ask(Transcript("set a timer for 5 minutes"))
        *_, last = await client.until("handled", "not-handled")
        await client.ask(Transcript("what can you do"))
        *_, able = await client.until("handled")
    running.cancel()
    await asyncio.wait([running])
    assert [one.data["text"] for one in answer if one.type == "handled"] == ["6 times 7 is 42."]
    assert (last.type, last.data["text"]) == timer
    assert able.data["text"].startswith("You can say")
    assert ('"wake me' in able.data["text"]) == (start is beside)


@pytest.mark.parametrize("start", [beside, serve_alone])
async def test_port_that_is_taken_is_an_error(start: Starting, config: Config) -> None:
    async with await asyncio.start_server(lambda reader, writer: None, "127.0.0.1", 0) as taken:
        address = f"tcp://127.0.0.1:{taken.sockets[0].getsockname()[1]}"
        config = config.model_copy(update={"serve": ServeConfig(wyoming=address)})
        with pytest.raises(ServerError, match=address):
            await start(config, lambda event: None)


async def test_reload_serves_at_the_same_address_and_returns_to_it_if_another_is_taken(
    config: Config,
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        free = f"tcp://127.0.0.1:{taken.getsockname()[1]}"
    config = config.model_copy(update={"serve": ServeConfig(wyoming=free)})

    async def pong() -> None:
        async with Client(int(free.rpartition(":")[2])) as client:
            assert (await client.told(Ping())).type == "pong"

    async with running(config) as one:
        await one.until(lambda: one.count(Serving) == 1)
        async with Client(int(free.rpartition(":")[2])) as connected:
            await connected.ask(Transcript("set a timer", context=KITCHEN))
            await connected.until("handled-stop")
            assert await one.daemon.reload() == []
            assert await connected.until() == []
        await one.until(lambda: one.count(Serving) == 2)
        async with Client(int(free.rpartition(":")[2])) as client:
            await client.ask(Transcript("5 minutes", context=KITCHEN))
            *_, answer, _ = await client.until("handled-stop")
        assert answer.data["text"] == "Timer set for 5 minutes."
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            other = f"tcp://127.0.0.1:{taken.getsockname()[1]}"
            one.config = config.model_copy(update={"serve": ServeConfig(wyoming=other)})
            (problem,) = await one.daemon.reload()
        assert problem.startswith(f"serve.wyoming: cannot listen at {other}")
        await one.until(lambda: one.count(Serving) == 3)
        await pong()


def test_recording_runs_beside_a_daemon_that_serves(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        file = tmp_path / "models.toml"
        address = f"tcp://127.0.0.1:{taken.getsockname()[1]}"
        file.write_text(f'profile = "embedded"\n[serve]\nwyoming = "{address}"\n')
        silence = tmp_path / "silence.wav"
        with wave.open(str(silence), "wb") as written:
            written.setparams((1, 2, 16_000, 0, "NONE", ""))
            written.writeframes(bytes(3200))
        words = ["run", "--config", file, "--input", silence, "--output", tmp_path / "reply.wav"]
        assert main(list(map(str, words))) == 0
    assert "wyoming" not in capfd.readouterr().out


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("serve", "nothing to serve: use `marvin serve --wyoming` or `marvin serve --http`"),
        ("serve --wyoming kitchen", "--wyoming 'kitchen': should be an address like tcp://"),
        ("serve --wyoming http://127.0.0.1:80", "should be an address like tcp://127.0.0.1:10400"),
        ("serve --wyoming tcp://127.0.0.1", "should be an address like tcp://127.0.0.1:10400"),
        ("serve --wyoming tcp://127.0.0.1:99999", "should be an address like tcp://"),
    ],
)
def test_address_that_is_none_is_named(
    words: str, message: str, capfd: pytest.CaptureFixture[str]
) -> None:
    assert main([*words.split(), "--profile", "embedded"]) == 78
    assert message in capfd.readouterr().err
