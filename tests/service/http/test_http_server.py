"""The server as `marvin serve` and `marvin run` start it."""

import asyncio

import pytest

from marvin.cli.main import main
from marvin.config.serve_table import ServeConfig
from marvin.errors import ServerError
from marvin.events import Event, Serving
from marvin.service.http import http_server
from marvin.service.http.http_server import HttpServer
from tests.service.http.test_metrics_endpoint import fetched
from tests.service.http.web import serving


async def test_server_says_where_it_listens_and_refuses_a_taken_port() -> None:
    told: asyncio.Queue[Event] = asyncio.Queue()
    async with serving() as web:
        server = HttpServer(web.served, ServeConfig(http="127.0.0.1:0"), told.put_nowait)
        running = asyncio.create_task(server.run())
        event = await told.get()
        assert isinstance(event, Serving)
        assert await asyncio.to_thread(fetched, f"{event.address}/health") == '{"status":"ok"}'
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
        taken = ServeConfig(http=f"127.0.0.1:{web.port}")
        with pytest.raises(ServerError, match=r"cannot listen there.*ss -ltnp"):
            await HttpServer(web.served, taken, told.put_nowait).run()


async def test_missing_package_is_named_with_the_command_that_installs_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(http_server, "find_spec", lambda name: None)
    async with serving() as web:
        with pytest.raises(ServerError, match=r"pip install 'marvin-voice\[servers\]'"):
            HttpServer(web.served, ServeConfig(http="127.0.0.1:0"), lambda event: None)


@pytest.mark.parametrize(
    ("address", "message"),
    [
        ("kitchen", "--http 'kitchen': should be an address like 127.0.0.1:8080"),
        ("0.0.0.0:8080", "Set serve.http_key_env to the name of an environment variable"),
    ],
)
def test_wrong_address_is_named_before_anything_is_loaded(
    address: str, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["serve", "--profile", "embedded", "--http", address]) == 78
    assert message in capsys.readouterr().err
