"""No message, event or log above DEBUG contains keys or speech, whatever a server quotes."""

import logging
import socketserver
import threading
import zipfile
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from marvin.cancellation import CancelToken
from marvin.cli.console import event_printer, json_printer
from marvin.cli.main import main
from marvin.config.llm import ChatConfig
from marvin.config.stt import OpenAITranscriberConfig
from marvin.config.tts import OpenAISpeechConfig
from marvin.errors import MarvinError
from marvin.events import EngineNotice, TurnFailed
from marvin.llm.chat.chat import ChatLanguageModel
from marvin.llm.failover import Failover, Fallback
from marvin.stt.openai_transcriptions import OpenAITranscriber
from marvin.tts.openai.openai_speech import OpenAISynthesizer
from marvin.types import Endpoint, Message, Utterance
from tests.backends.remote.secrets import KEY, MALFORMED, SAID, echoes, leaks, refusals, streams
from tests.backends.remote.servers import Sleeps
from tests.faulty_server import Answer, FaultyServer
from tests.stt.test_openai import TONE

Ask = Callable[[str, "Told"], Awaitable[None]]


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MY_KEY", KEY)


class Told:
    """Everything that a user may see of a failure."""

    def __init__(self, caplog: pytest.LogCaptureFixture, out: pytest.CaptureFixture[str]) -> None:
        self._caplog, self._out = caplog, out

    def failed(self, error: MarvinError) -> None:
        for show in (event_printer(print, private=False), json_printer(print)):
            show(TurnFailed("llm", str(error)))

    def notice(self, message: str) -> None:
        for show in (event_printer(print, private=False), json_printer(print)):
            show(EngineNotice("llm", message))

    def text(self) -> str:
        form = logging.Formatter()
        records = [one for one in self._caplog.records if one.levelno > logging.DEBUG]
        printed = self._out.readouterr()
        return "\n".join([*map(form.format, records), printed.out, printed.err])


@pytest.fixture
def told(caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]) -> Told:
    caplog.set_level(logging.DEBUG)
    return Told(caplog, capsys)


async def chat(url: str, told: Told) -> None:
    config = ChatConfig(base_url=f"{url}/v1", api_key_env="MY_KEY", model="tiny", retries=1)
    model = ChatLanguageModel(config, sleep=Sleeps())
    several = Failover([Fallback("the model", model)], notify=told.notice)
    with suppress(MarvinError):
        try:
            async for _ in several.reply([Message("user", SAID)]):
                pass
        except MarvinError as error:
            told.failed(error)
            raise


async def hear(url: str, told: Told) -> None:
    config = OpenAITranscriberConfig(base_url=f"{url}/v1", api_key_env="MY_KEY", retries=1)
    await _in_thread(OpenAITranscriber.load(config, sleep=Sleeps()), told)


async def speak(url: str, told: Told) -> None:
    config = OpenAISpeechConfig(base_url=f"{url}/v1", api_key_env="MY_KEY", retries=1)
    await _in_thread(OpenAISynthesizer.load(config, sleep=Sleeps()), told)


async def _in_thread(engine: OpenAITranscriber | OpenAISynthesizer, told: Told) -> None:
    def use() -> None:
        try:
            if isinstance(engine, OpenAITranscriber):
                engine.transcribe(Utterance(TONE, 0, 1.0, Endpoint.SILENCE), CancelToken())
            else:
                list(engine.synthesize(SAID, CancelToken()))
        except MarvinError as error:
            told.failed(error)
        finally:
            engine.close()

    # Such an engine has its own event loop.
    thread = threading.Thread(target=use)
    thread.start()
    thread.join()


@pytest.mark.parametrize("ask", [chat, hear, speak])
@pytest.mark.parametrize("echo", echoes())
async def test_server_that_quotes_secrets_is_not_quoted(ask: Ask, echo: str, told: Told) -> None:
    answers = [*refusals(echo), *(streams(echo) if ask is chat else ())]
    with FaultyServer() as at:
        for answer in answers:
            at.always = answer
            await ask(at.url, told)
            assert leaks(told.text()) == [], answer


@contextmanager
def malformed(answer: bytes) -> Iterator[str]:
    """A server that does not speak HTTP."""

    class Speaker(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            self.request.recv(65_536)
            self.request.sendall(answer)

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Speaker) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


@pytest.mark.parametrize("ask", [chat, hear, speak])
@pytest.mark.parametrize("form", MALFORMED)
async def test_answer_that_is_not_http_is_not_quoted(ask: Ask, form: bytes, told: Told) -> None:
    with malformed(form % (KEY.encode(), SAID.encode())) as url:
        await ask(url, told)
    assert leaks(told.text()) == []


@pytest.mark.parametrize(
    "lines",
    [
        'base_url = "http://me:{key}@127.0.0.1:9/v1?api_key={key}"',
        'base_url = "http://{key}:x@127.0.0.1:9/v1"',
        'base_url = "http://127.0.0.1:9/v1#{key}"',
        'base_url = "http://me:{key}@127.0.0.1:99999/v1"',
        'base_url = "ftp://me:{key}@127.0.0.1/v1"',
        'base_url = "http://127.0.0.1:9/v1"\napi_key_env = "{key}"',
        'base_url = "http://127.0.0.1:9/v1"\napi_key_env = "MY_KEY"\nmodel = "{key}"',
    ],
)
@pytest.mark.parametrize("table", ["llm", "stt", "tts"])
def test_no_command_shows_a_secret_from_the_configuration(
    tmp_path: Path, told: Told, lines: str, table: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    engine = "chat" if table == "llm" else "openai"
    path = tmp_path / "models.toml"
    path.write_text(f'[{table}]\nengine = "{engine}"\n{lines.replace("{key}", KEY)}\n')
    for command in (
        ["config"], ["placement"], ["placement", "--json"], ["ask", "who wrote the Iliad"],
        ["say", "--output", str(tmp_path / "x.wav"), "hello"],
    ):  # fmt: skip
        main([*command, "--config", str(path)])
        assert leaks(told.text()) == [], command


@pytest.mark.parametrize(
    "proxy", ["foo://me:{}@x:1", "http://me:{}@[::1", "http://me:{}@127.0.0.1:9"]
)
@pytest.mark.parametrize("ask", [chat, hear, speak])
async def test_proxy_password_is_not_shown(
    ask: Ask, proxy: str, told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", proxy.format(KEY))
    try:
        await ask("http://example.invalid", told)
    except MarvinError as error:
        told.failed(error)
    shown = told.text()
    assert "failed in llm" in shown
    assert leaks(shown) == []


def test_doctor_and_its_bundle_quote_no_server(
    tmp_path: Path, told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HOME", "XDG_STATE_HOME", "XDG_CONFIG_HOME"):
        monkeypatch.setenv(name, str(tmp_path))
    echo = echoes()[0]
    with FaultyServer(always=Answer.json({"error": echo, "data": [{"id": KEY}]}, 200)) as at:
        monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", at.url)
        path = tmp_path / "models.toml"
        path.write_text(
            f'[llm]\nengine = "chat"\nbase_url = "{at.url}/v1"\napi_key_env = "MY_KEY"\n'
            f'[stt]\nengine = "openai"\nbase_url = "http://me:{KEY}@127.0.0.1:9/v1?k={KEY}"\n'
            f'[tts]\nengine = "openai"\nbase_url = "{at.url}/v1"\napi_key_env = "{KEY}"\n'
        )
        bundle = tmp_path / "bundle.zip"
        main(["doctor", "--no-record", "--bundle", str(bundle), "--config", str(path)])
    with zipfile.ZipFile(bundle) as opened:
        inside = "\n".join(opened.read(name).decode() for name in opened.namelist())
    shown = told.text()
    assert "llm server" in shown
    assert "llm server" in inside
    assert leaks(shown) == []
    assert leaks(inside) == []
