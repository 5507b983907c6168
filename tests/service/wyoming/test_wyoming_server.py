"""Where the server listens, and how it is announced."""
# ruff: noqa: TID253 - the official client, which these tests are about

import asyncio
import socket
from collections.abc import Iterator
from importlib import util

import pytest
from zeroconf import ServiceStateChange, Zeroconf
from zeroconf.asyncio import AsyncServiceBrowser, AsyncServiceInfo, AsyncZeroconf

from marvin.config.serve_table import ServeConfig
from marvin.errors import ServerError, first_error
from marvin.events import Event, Serving
from marvin.service.wyoming import announcing, wyoming_server
from marvin.service.wyoming.announcing import announced
from marvin.service.wyoming.wyoming_server import ANYBODY, WyomingServer
from tests.service.wyoming.serving import fake_engines


@pytest.fixture
def taken() -> Iterator[int]:
    """A port at which something listens."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        yield listening.getsockname()[1]


async def failure(table: ServeConfig) -> str:
    async with fake_engines() as served:
        with pytest.raises(BaseException) as raised:  # noqa: PT011 - a group of errors
            await WyomingServer(served, table, lambda event: None).run()
    error = first_error(raised.value)
    assert isinstance(error, ServerError)
    return str(error)


async def test_taken_port_is_named(taken: int) -> None:
    text = await failure(ServeConfig(wyoming=f"tcp://127.0.0.1:{taken}"))
    assert text == (
        f"serve.wyoming: cannot listen at tcp://127.0.0.1:{taken} (Address already in use); "
        "`ss -ltnp` shows what uses a port"
    )


async def test_missing_package_names_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wyoming_server, "find_spec", lambda name: None)
    text = await failure(ServeConfig(wyoming="tcp://127.0.0.1:0"))
    assert 'pip install "marvin-voice[servers]"' in text


@pytest.mark.parametrize(
    ("address", "warning"),
    [
        ("tcp://127.0.0.1:0", ""),
        ("tcp://localhost:0", ""),
        ("tcp://0.0.0.0:0", ANYBODY),
    ],
)
async def test_open_address_is_said_to_be_open(address: str, warning: str) -> None:
    events: asyncio.Queue[Event] = asyncio.Queue()
    table = ServeConfig(wyoming=address, zeroconf=False)
    async with fake_engines() as served:
        running = asyncio.create_task(WyomingServer(served, table, events.put_nowait).run())
        event = await events.get()
        running.cancel()
        await asyncio.wait([running])
    assert isinstance(event, Serving)
    assert event.warning == warning


async def test_browser_finds_it_while_it_runs() -> None:
    seen: asyncio.Queue[tuple[str, ServiceStateChange]] = asyncio.Queue()

    def noted(
        zeroconf: Zeroconf, service_type: str, name: str, state_change: ServiceStateChange
    ) -> None:
        seen.put_nowait((name, state_change))

    async with asyncio.timeout(300), AsyncZeroconf(interfaces=["127.0.0.1"]) as zeroconf:
        browser = AsyncServiceBrowser(zeroconf.zeroconf, announcing.KIND, handlers=[noted])
        async with announced("127.0.0.1", 10_400):
            while (found := await seen.get())[1] is not ServiceStateChange.Added:
                pass
            info = AsyncServiceInfo(announcing.KIND, found[0])
            assert await info.async_request(zeroconf.zeroconf, 3000)
        while (lost := await seen.get())[1] is not ServiceStateChange.Removed:
            pass
        await browser.async_cancel()
    assert found[0] == lost[0]
    assert found[0].startswith("marvin-")
    assert (info.port, info.parsed_addresses()) == (10_400, ["127.0.0.1"])


async def test_without_zeroconf_it_is_served_and_the_command_named(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    known = util.find_spec
    monkeypatch.setattr(
        announcing, "find_spec", lambda name: None if name == "zeroconf" else known(name)
    )
    async with announced("127.0.0.1", 10_400):
        assert 'pip install "marvin-voice[servers]"' in caplog.text
