"""Requests that are refused, retried, given up or cancelled, and keys that stay hidden."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from marvin.backends.remote.speech_server import SpeechServer
from marvin.backends.remote.wording import Wording
from marvin.cancellation import Cancelled, CancelToken
from marvin.config.stt import OpenAITranscriberConfig
from marvin.errors import TranscriptionError
from tests.backends.remote.servers import BUSY, REFUSALS, Sleeps, complaint
from tests.faulty_server import WAIT_S, Answer, FaultyServer

KEY = "sk-very-secret-0123456789"

Connect = Callable[..., SpeechServer]


@pytest.fixture
def sleeps() -> Sleeps:
    return Sleeps()


@pytest.fixture
def connect(sleeps: Sleeps) -> Iterator[Connect]:
    """A client of the address, with the keys of the table `[stt]`."""
    opened: list[SpeechServer] = []

    def connect(base_url: str, **keys: Any) -> SpeechServer:
        config = OpenAITranscriberConfig(base_url=base_url, **{"timeout_s": 300.0, **keys})
        wording = Wording("stt", base_url, "a transcript", "stt.model", config.api_key_env)
        opened.append(SpeechServer(config, wording, TranscriptionError, sleep=sleeps))
        return opened[-1]

    yield connect
    for server in opened:
        server.close()
        server.close()


def ask(server: SpeechServer, token: CancelToken | None = None, longest: int = 100) -> bytes:
    return server.ask("ask", {"json": {"a": 1}}, token or CancelToken(), longest=longest)[1]


def read(server: SpeechServer, token: CancelToken | None = None) -> list[bytes]:
    with server.stream("speak", {"json": {"input": ""}}, token or CancelToken()) as stream:
        return list(stream.pieces)


@pytest.mark.parametrize(("answer", "message"), REFUSALS[:-2])
def test_refusal_is_reported_in_one_line_and_not_retried(
    connect: Connect, sleeps: Sleeps, answer: Answer, message: str
) -> None:
    with FaultyServer(answer) as at:
        server = connect(f"{at.url}/v1")
        with pytest.raises(TranscriptionError, match=message.format(t="stt")) as raised:
            ask(server)
    assert "\n" not in str(raised.value)
    assert len(at.requests) == 1
    assert sleeps.seconds == []


@pytest.mark.parametrize(("answer", "message"), BUSY)
@pytest.mark.parametrize("send", [ask, read])
def test_busy_server_is_asked_again(
    connect: Connect,
    sleeps: Sleeps,
    answer: Answer,
    message: str,
    send: Callable[[SpeechServer], Any],
) -> None:
    with FaultyServer(answer, Answer(200, b"yes"), answer, answer) as at:
        server = connect(f"{at.url}/v1", retries=1)
        assert send(server) in (b"yes", [b"yes"])
        with pytest.raises(TranscriptionError, match=message.format(t="stt")):
            send(server)
    assert len(at.requests) == 4
    assert sleeps.seconds == [0.5, 0.5]


def test_retry_waits_grow_unless_the_server_asks_for_a_time(
    connect: Connect, sleeps: Sleeps
) -> None:
    wish = complaint(429, headers={"Retry-After": "3"})
    with FaultyServer(complaint(503), complaint(503), wish, Answer(200, b"yes")) as at:
        assert ask(connect(at.url, retries=3)) == b"yes"
    assert sleeps.seconds == [0.5, 1.0, 3.0]


def test_retry_after_beyond_the_time_limit_is_reported_at_once(
    connect: Connect, sleeps: Sleeps
) -> None:
    message = r"\(429\).*: wait \(it asks for 600 s\)$"
    with (
        FaultyServer(complaint(429, headers={"Retry-After": "600"})) as at,
        pytest.raises(TranscriptionError, match=message),
    ):
        ask(connect(at.url, retries=9))
    assert len(at.requests) == 1
    assert sleeps.seconds == []


def test_without_retries_there_is_one_attempt(connect: Connect) -> None:
    with FaultyServer(always=complaint(503)) as at, pytest.raises(TranscriptionError):
        ask(connect(at.url, retries=0))
    assert len(at.requests) == 1


@pytest.mark.parametrize("answer", [Answer(held=True), Answer(200, b"x" * 9, stall_after=3)])
def test_stalled_server_is_given_up(connect: Connect, answer: Answer) -> None:
    with FaultyServer(answer) as at:
        server = connect(f"{at.url}/v1", timeout_s=0.05)
        with pytest.raises(TranscriptionError, match=r"stt\.timeout_s: waited 0\.05 s for"):
            ask(server)
        at.wait_for_hang_up()


def test_trickling_server_does_not_get_more_time(connect: Connect) -> None:
    with FaultyServer(Answer(200, b"x", endless=True, pause_s=0.01)) as at:
        with pytest.raises(TranscriptionError, match=r"stt\.timeout_s"):
            ask(connect(at.url, timeout_s=0.1), longest=10**6)
        at.wait_for_hang_up()


def test_endless_answer_is_cut_off(connect: Connect) -> None:
    with FaultyServer(Answer(200, b"x" * 64, endless=True)) as at:
        with pytest.raises(TranscriptionError, match=r"stt\.model: the answer .* does not end"):
            ask(connect(at.url))
        at.wait_for_hang_up()


def test_stream_arrives_piece_by_piece_with_a_time_limit_for_each(connect: Connect) -> None:
    pieces = (b"one", b"two", b"three")
    with FaultyServer(Answer(200, pieces), Answer(200, pieces, stall_after=6)) as at:
        server = connect(f"{at.url}/v1", timeout_s=0.2)
        assert b"".join(read(server)) == b"onetwothree"
        with pytest.raises(TranscriptionError, match=r"stt\.timeout_s: waited 0\.2 s for"):
            read(server)
        at.wait_for_hang_up()


def test_stream_that_breaks_after_its_start_is_not_retried(
    connect: Connect, sleeps: Sleeps
) -> None:
    with (
        FaultyServer(Answer(200, (b"one", b"two"), cut_after=4)) as at,
        pytest.raises(TranscriptionError, match="closed the connection early"),
    ):
        read(connect(at.url))
    assert len(at.requests) == 1
    assert sleeps.seconds == []


def test_stream_that_is_not_read_to_its_end_is_closed(connect: Connect) -> None:
    with FaultyServer(Answer(200, b"x", endless=True), Answer(200, b"next")) as at:
        server = connect(at.url)
        with server.stream("speak", {}, CancelToken()) as stream:
            assert next(stream.pieces).strip(b"x") == b""
        at.wait_for_hang_up()
        assert ask(server) == b"next"


def test_stream_may_be_abandoned_after_the_client_is_closed(connect: Connect) -> None:
    with FaultyServer(Answer(200, b"x", endless=True)) as at:
        server = connect(at.url)
        with server.stream("speak", {}, CancelToken()):
            server.close()
        at.wait_for_hang_up()
        assert len(at.requests) == 1


def test_unreachable_server_is_named(connect: Connect, sleeps: Sleeps) -> None:
    url = "http://127.0.0.1:1/v1"
    with pytest.raises(
        TranscriptionError, match=rf"stt\.base_url: nothing answers at {url} \(.+\)"
    ):
        ask(connect(url, retries=2))
    assert sleeps.seconds == [0.5, 1.0]


def test_long_error_page_is_not_taken_for_an_endless_answer(connect: Connect) -> None:
    with FaultyServer(Answer(500, b"<p>" * 50_000)) as at:
        with pytest.raises(TranscriptionError, match=r"failed \(500\)"):
            ask(connect(at.url))
        with pytest.raises(TranscriptionError, match=r"\(418\)"):
            ask(connect(at.url))


def test_address_without_v1_gets_a_hint(connect: Connect) -> None:
    with FaultyServer(complaint(404), Answer.html(404)) as at:
        for _ in range(2):
            with pytest.raises(TranscriptionError, match=r"most addresses end in /v1"):
                ask(connect(at.url))


@pytest.mark.parametrize("answer", [Answer(held=True), Answer(200, b"x" * 9, stall_after=3)])
@pytest.mark.parametrize("send", [ask, read])
def test_cancel_cuts_the_connection(
    connect: Connect, answer: Answer, send: Callable[[SpeechServer, CancelToken], Any]
) -> None:
    with FaultyServer(answer, Answer(200, b"next")) as at:
        server = connect(at.url, timeout_s=2 * WAIT_S)
        token = CancelToken()

        def cancel() -> None:
            at.wait_for(requests=1)
            token.cancel()

        threading.Thread(target=cancel).start()
        with pytest.raises(Cancelled):
            send(server, token)
        at.wait_for_hang_up()
        assert ask(server) == b"next"


def test_cancel_ends_the_wait_before_a_retry() -> None:
    token = CancelToken()

    async def sleep(seconds: float) -> None:
        token.cancel()
        await asyncio.sleep(WAIT_S)

    with FaultyServer(always=complaint(503)) as at:
        config = OpenAITranscriberConfig(base_url=at.url)
        wording = Wording("stt", at.url, "a transcript", "stt.model")
        server = SpeechServer(config, wording, TranscriptionError, sleep=sleep)
        with pytest.raises(Cancelled):
            ask(server, token)
        server.close()
    assert len(at.requests) == 1


def test_cancelled_token_sends_nothing(connect: Connect) -> None:
    token = CancelToken()
    token.cancel()
    with FaultyServer() as at, pytest.raises(Cancelled):
        ask(connect(at.url), token)
    assert at.requests == []


def test_key_goes_to_the_server_and_nowhere_else(
    connect: Connect, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("MY_KEY", f"{KEY}\n")
    caplog.set_level("DEBUG")
    answers = [complaint(status, f"bad key {KEY}") for status in (400, 401, 403, 429, 503)]
    errors = []
    with FaultyServer(*answers) as at:
        server = connect(at.url, api_key_env="MY_KEY", retries=0)
        for _ in answers:
            with pytest.raises(TranscriptionError) as raised:
                ask(server)
            errors.append(str(raised.value))
    assert {request.headers["authorization"] for request in at.requests} == {f"Bearer {KEY}"}
    assert not [text for text in [*errors, caplog.text] if "secret" in text]
    assert "rejects the key in MY_KEY (401)" in errors[1]
    assert "bad key ***" in caplog.text
    assert "check the permissions of the key in MY_KEY" in errors[2]


def test_proxy_is_not_used_for_a_server_on_this_machine(
    connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    with FaultyServer(Answer(200, b"yes")) as at:
        assert ask(connect(at.url)) == b"yes"
