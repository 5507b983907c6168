"""Who may use the server: keys, foreign pages and limits, over real connections."""

import asyncio
import json
from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import replace

import openai
import pytest

from marvin.config.serve_table import ServeConfig
from marvin.errors import ConfigError
from marvin.service.http.access import AccessRules
from marvin.service.http.http_server import access_rules
from marvin.types import Message
from tests.fakes import FakeLanguageModel
from tests.service.http.web import Web, serving

KEY = "a-key-for-the-tests-alone"
RULES = AccessRules(rate=1e6)


async def answer(web: Web, path: str, headers: Mapping[str, str] | None = None) -> int:
    """Status of a request as it is written, without a client that mends it."""
    status, _ = await exchange(web, path, headers or {})
    return status


async def exchange(
    web: Web, path: str, headers: Mapping[str, str], body: bytes = b"", method: str = "GET"
) -> tuple[int, dict[str, str]]:
    """Status and error."""
    reader, writer = await asyncio.open_connection("127.0.0.1", web.port)
    lines = {"Host": f"127.0.0.1:{web.port}", "Connection": "close"} | dict(headers)
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    writer.write(f"{method} {path} HTTP/1.1\r\n{head}\r\n".encode() + body)
    answered = await reader.readuntil(b"\r\n\r\n")
    length = int(answered.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
    content = json.loads(await reader.readexactly(length))
    writer.close()
    await writer.wait_closed()
    return int(answered.split()[1]), content.get("error", {})


async def test_key_is_needed_for_all_but_health() -> None:
    async with serving(rules=replace(RULES, key=KEY)) as web:
        async with web.client() as client:
            assert [model.id async for model in client.models.list()]
        async with web.client(KEY[:-1]) as client:
            with pytest.raises(openai.AuthenticationError) as error:
                await client.models.list()
            assert error.value.code == "invalid_api_key"
        for path in ("/v1/models", "/v1/nothing", "/metrics"):
            status, refused = await exchange(web, path, {})
            assert (status, refused["code"]) == (401, "missing_api_key")
        assert await answer(web, "/health") == 200


@pytest.mark.parametrize("key", [None, KEY])
async def test_page_of_another_site_is_refused(key: str | None) -> None:
    rules = replace(RULES, key=key, hosts=frozenset({"voice.example"}))
    async with serving(rules=rules) as web:
        own = f"127.0.0.1:{web.port}"
        auth = {"Authorization": f"Bearer {KEY}"}
        cases = {
            # DNS rebinding: the page's own name leads to this machine.
            403: [
                {"Host": f"evil.example:{web.port}", "Origin": f"http://evil.example:{web.port}"},
                {"Host": "evil.example"},
                {"Host": ""},
                {"Origin": "http://evil.example"},
                {"Origin": "null"},
                {"Origin": "http://[::1"},
                {"Origin": "http://127.0.0.1:1"},
                {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"},
                {"Sec-Fetch-Site": "same-site", "Sec-Fetch-Mode": "cors"},
            ],
            200: [
                {"Origin": f"http://{own}", "Sec-Fetch-Site": "same-origin"},
                {"Host": "localhost", "Origin": "http://localhost"},
                {"Host": "Voice.Example"},
                {"Host": "[::1]:8080"},
                {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"},
            ],
        }
        for status, requests in cases.items():
            for headers in requests:
                assert await answer(web, "/v1/models", auth | headers) == status, headers


async def test_upload_of_two_gigabytes_is_refused_before_it_is_read() -> None:
    async with serving() as web:
        declared = {"Content-Length": str(2 * 10**9), "Content-Type": "multipart/form-data"}
        status, refused = await exchange(web, "/v1/audio/transcriptions", declared, method="POST")
        assert (status, refused["code"]) == (413, "request_too_large")
        # A client that does not say how much it sends.
        chunk = b"%x\r\n" % (64 * 1024) + bytes(64 * 1024) + b"\r\n"
        status, refused = await exchange(
            web,
            "/v1/chat/completions",
            {"Transfer-Encoding": "chunked", "Content-Type": "application/json"},
            chunk * 20 + b"0\r\n\r\n",
            method="POST",
        )
        assert (status, refused["code"]) == (413, "request_too_large")


async def test_client_that_sends_too_much_reads_why() -> None:
    async with serving() as web, web.client() as client:
        with pytest.raises(openai.APIStatusError) as error:
            await client.chat.completions.create(
                model="marvin", messages=[{"role": "user", "content": "a" * 3_000_000}]
            )
    assert error.value.status_code == 413


async def test_too_many_requests_are_asked_to_wait() -> None:
    async with serving(rules=AccessRules(rate=1.0, burst=3)) as web:
        statuses = [await answer(web, "/health") for _ in range(6)]
    assert statuses[:3] == [200] * 3
    assert 429 in statuses[3:]


class TenAsked(FakeLanguageModel):
    """Answers when ten clients have asked."""

    def __init__(self) -> None:
        self.go, self.full = asyncio.Event(), asyncio.Event()
        super().__init__(self.go, "Hello.")

    async def reply(self, messages: Sequence[Message]) -> AsyncGenerator[str]:
        if len(self.asked) == 9:
            self.full.set()
        async for delta in super().reply(messages):
            yield delta


async def test_ten_clients_are_served_and_an_eleventh_is_told_to_wait() -> None:
    model, rules = TenAsked(), replace(RULES, requests=10)
    async with serving(language_model=model, rules=rules) as web, web.client() as client:
        asking = [
            asyncio.create_task(
                client.chat.completions.create(
                    model="marvin", messages=[{"role": "user", "content": f"number {at}"}]
                )
            )
            for at in range(10)
        ]
        await model.full.wait()
        assert await answer(web, "/v1/models") == 503
        model.go.set()
        replies = await asyncio.gather(*asking)
    assert [reply.choices[0].message.content for reply in replies] == ["Hello."] * 10


def test_address_on_the_network_needs_a_key_that_cannot_be_guessed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with pytest.raises(ConfigError, match=r"everybody on the network.*serve\.http_key_env"):
        access_rules(ServeConfig(http="0.0.0.0:8080"))
    table = ServeConfig(http="0.0.0.0:8080", http_key_env="MARVIN_TEST_KEY")
    for value in ("", "short", "über" * 10):
        monkeypatch.setenv("MARVIN_TEST_KEY", value)
        with pytest.raises(ConfigError, match="MARVIN_TEST_KEY needs a key") as error:
            access_rules(table)
        assert not value or value not in str(error.value)
    monkeypatch.setenv("MARVIN_TEST_KEY", KEY)
    assert access_rules(table).key == KEY
    assert access_rules(ServeConfig(http="127.0.0.1:8080")).key is None
