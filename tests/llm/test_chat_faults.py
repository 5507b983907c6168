"""Misbehaving chat servers, and what the user is told."""

import logging
import socket

import pytest

from marvin.config.llm import ChatConfig
from marvin.errors import LanguageModelError
from marvin.llm.chat.chat import ChatLanguageModel
from tests.faulty_server import Answer, FaultyServer
from tests.llm.chatting import PARIS, QUESTION, Sleeper, answer, chat, delta, now_is, patient

EVENTS = {"Content-Type": "text/event-stream"}


def said(error: pytest.ExceptionInfo[LanguageModelError], server: FaultyServer) -> str:
    """The message without the address."""
    return str(error.value).replace(server.url, "AT")


SUSPECT = "check llm.base_url and llm.model"


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        (
            Answer.json({"error": {"message": "No such key"}}, 401),
            "AT/v1 does not accept the key: check llm.api_key_env, which is not set (401)",
        ),
        (
            Answer.json({"error": "You have exceeded your monthly credits."}, 402),
            "AT/v1 requires payment, the account has no credits left: llm.base_url may name a "
            "server of your own (402)",
        ),
        (
            Answer(403),
            "AT/v1 does not let you use llm.model 'tiny': check llm.api_key_env, which is not set "
            "(403)",
        ),
        (
            Answer.json({"error": {"message": 'model "tiny" not found, try pulling it'}}, 404),
            "AT/v1 has no model 'tiny': check llm.model, or fetch it there (`ollama pull`, "
            "`lms get`) (404)",
        ),
        (
            Answer(404, b"404 page not found", {"Content-Type": "text/plain"}),
            "AT/v1 has no path /v1/chat/completions: most llm.base_url end in /v1 (404)",
        ),
        (
            Answer.json({"detail": [{"msg": "Field required", "loc": ["body", "n"]}]}, 400),
            "AT/v1 rejects the request for llm.model 'tiny': check the keys of [llm]; "
            "`-vv` shows its words (400)",
        ),
        (
            Answer.html(500),
            "AT/v1 failed with llm.model 'tiny': its own log says why; `-vv` shows its words (500)",
        ),
        (
            Answer.html(),
            "AT/v1 answered with a web page at /v1/chat/completions: check llm.base_url (200)",
        ),
        (
            # LM Studio, for any path.
            Answer.json({"error": "Unexpected endpoint or method. (POST /chat)"}),
            "AT/v1 does not answer at /v1/chat/completions: check llm.base_url (200)",
        ),
        (
            Answer(307, headers={"Location": "https://other.host/v1?key=secret"}),
            "AT/v1 has moved: set llm.base_url to its new address; `-vv` shows its words (307)",
        ),
        (Answer.events("{bad json"), f"AT/v1 did not send a chat completion: {SUSPECT}"),
        (Answer.events("[1, 2]"), f"AT/v1 did not send a chat completion: {SUSPECT}"),
        (Answer.events('{"choices": "none"}'), f"AT/v1 did not send a chat completion: {SUSPECT}"),
        (
            Answer.events('{"choices": [{"index": 0}]}'),
            f"AT/v1 answered nothing: {SUSPECT}",
        ),
        (Answer.events("[" * 100_000), f"AT/v1 did not send a chat completion: {SUSPECT}"),
        (
            Answer(200, b"not gzip", {**EVENTS, "Content-Encoding": "gzip"}),
            f"AT/v1 did not send a chat completion: {SUSPECT}",
        ),
        (
            Answer.events({"error": {"message": "CUDA out of memory", "code": 500}}),
            "AT/v1 failed with llm.model 'tiny': its own log says why; `-vv` shows its words (500)",
        ),
        (Answer.events(), f"AT/v1 answered nothing: {SUSPECT}"),
        (Answer(200, b"", EVENTS), f"AT/v1 answered nothing: {SUSPECT}"),
        (Answer.events(delta(" "), delta("\n")), f"AT/v1 answered nothing: {SUSPECT}"),
        (
            Answer.events(delta(None, reasoning_content="Hm.")),
            "AT/v1 answered nothing: it only sent reasoning; use a model that does not, or switch "
            "that off",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
async def test_fault_is_reported_in_one_line_and_not_retried(fault: Answer, message: str) -> None:
    with FaultyServer(fault) as server:
        with pytest.raises(LanguageModelError) as error:
            await answer(chat(server, model="tiny"))
        assert said(error, server) == message
        assert "\n" not in message
        assert len(server.requests) == 1


async def test_wrong_key_is_named_by_its_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MY_KEY", "sk-4242424242")
    named = r"check the variable MY_KEY \(llm\.api_key_env\) \(401\)$"
    with FaultyServer(Answer(401)) as server, pytest.raises(LanguageModelError, match=named):
        await answer(chat(server, api_key_env="MY_KEY"))


async def test_server_that_repeats_secrets_is_not_quoted(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    monkeypatch.setenv("MY_KEY", "sk-4242424242")
    faults = [
        Answer.json({"error": "bad key: sk-4242424242"}, 401),
        Answer.json({"error": "cannot answer 'What is the capital of France?'"}, 400),
        Answer.events({"error": "cannot answer 'What is the capital of France?'"}),
        Answer(429, b"sk-4242424242", {"Content-Type": "text/plain"}),
    ]
    with FaultyServer(*faults, PARIS) as server:
        model = patient(server, Sleeper(), api_key_env="MY_KEY")
        for _ in range(3):
            with pytest.raises(LanguageModelError) as error:
                await answer(model)
            assert "4242" not in str(error.value)
            assert "capital" not in str(error.value)
        assert await answer(model) == "It is Paris."
    for told in ("4242", "capital", "Paris"):
        assert told not in caplog.text


async def test_credentials_in_an_address_are_not_shown() -> None:
    with FaultyServer(Answer(500)) as server:
        address = server.url.replace("http://", "http://me:secret@")
        with pytest.raises(LanguageModelError) as error:
            await answer(ChatLanguageModel(ChatConfig(base_url=address, model="tiny")))
        message = (
            "AT failed with llm.model 'tiny': its own log says why; `-vv` shows its words (500)"
        )
        assert said(error, server) == message


async def test_unreachable_server_is_reported_at_once() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        # Bound but not listening: nothing answers there, and nothing else can take the port.
        address = f"http://127.0.0.1:{taken.getsockname()[1]}/v1"
        with pytest.raises(LanguageModelError, match=r"cannot be reached .*: is it running"):
            await answer(ChatLanguageModel(ChatConfig(base_url=address)))


async def test_server_that_accepts_no_connection_is_reported_soon(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("marvin.llm.chat.http_session.CONNECT_S", 0.05)
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full:
        port = full.getsockname()[1]
        # Connections waiting to be accepted fill the queue; the next one is not even refused.
        waiting = [socket.socket() for _ in range(4)]
        for one in waiting:
            one.setblocking(False)
            one.connect_ex(("127.0.0.1", port))
        with pytest.raises(LanguageModelError, match=r"cannot be reached \(no answer\)"):
            await answer(ChatLanguageModel(ChatConfig(base_url=f"http://127.0.0.1:{port}")))
        for one in waiting:
            one.close()


@pytest.mark.parametrize(
    ("busy", "waits"),
    [
        (Answer(429), [0.5]),
        (Answer(429, headers={"Retry-After": "2"}), [2.0]),
        (Answer(503, headers={"Retry-After": now_is(1_795_280_403)}), [3.0]),
        (Answer(503, headers={"Retry-After": now_is(1_795_280_000)}), [0.0]),
        (Answer(503, headers={"Retry-After": "soon"}), [0.5]),
        (Answer(503, headers={"Retry-After": "nan"}), [0.5]),
        (Answer.json({"error": "Model tiny is loading", "estimated_time": 4.5}, 503), [4.5]),
        (Answer.json({"error": {"code": 503, "message": "Loading model"}}, 503), [0.5]),
        (Answer.html(502), [0.5]),
        (Answer.html(504), [0.5]),
        (Answer(cut_after=-1), [0.5]),
        (Answer.events(delta("", role="assistant"), delta("It"), cut_after=30), [0.5]),
    ],
)
async def test_busy_server_is_asked_again_at_the_requested_time(
    busy: Answer, waits: list[float]
) -> None:
    sleeper = Sleeper()
    with FaultyServer(busy, PARIS) as server:
        assert await answer(patient(server, sleeper)) == "It is Paris."
    assert sleeper.slept == waits


async def test_retries_are_limited() -> None:
    sleeper = Sleeper()
    restarting = "overloaded or restarting"
    with (
        FaultyServer(always=Answer(503)) as server,
        pytest.raises(LanguageModelError, match=restarting),
    ):
        await answer(patient(server, sleeper, retries=3))
    assert (len(server.requests), sleeper.slept) == (4, [0.5, 1.0, 2.0])


@pytest.mark.parametrize(
    ("busy", "message"),
    [
        (Answer(429, headers={"Retry-After": "60"}), "gets too many requests"),
        (Answer.json({"error": "loading", "estimated_time": 20.0}, 503), "still loading its model"),
        (Answer.json({"error": "?", "estimated_time": 10**400}, 503), "overloaded or restarting"),
    ],
)
async def test_retries_do_not_exceed_the_time_limit_of_the_first_words(
    busy: Answer, message: str
) -> None:
    sleeper = Sleeper()
    with FaultyServer(always=busy) as server, pytest.raises(LanguageModelError, match=message):
        await answer(patient(server, sleeper, first_token_s=0.4))
    assert (len(server.requests), sleeper.slept) == (1, [])


async def test_silence_before_the_first_words_times_out() -> None:
    with FaultyServer(Answer(held=True)) as server:
        with pytest.raises(LanguageModelError, match=r"wrote no words in 0\.1 s: if it was load"):
            await answer(chat(server, first_token_s=0.1))
        server.wait_for_hang_up()


async def test_stalled_answer_keeps_what_arrived() -> None:
    with FaultyServer(Answer.events(delta("It is "), delta("Paris."), stall_after=90)) as server:
        deltas = chat(server, first_token_s=1.0).reply(QUESTION)
        assert await anext(deltas) == "It is "
        with pytest.raises(LanguageModelError, match="stopped in the middle for 1 s"):
            await anext(deltas)
        server.wait_for_hang_up()


async def test_truncated_answer_keeps_what_arrived() -> None:
    sleeper = Sleeper()
    cut = Answer.events(delta("It is "), delta("Paris."), cut_after=90)
    with FaultyServer(cut) as server:
        deltas = patient(server, sleeper).reply(QUESTION)
        assert await anext(deltas) == "It is "
        with pytest.raises(LanguageModelError, match="broke off"):
            await anext(deltas)
    assert (len(server.requests), sleeper.slept) == (1, [])


async def test_endless_answer_is_cut_off_at_its_maximum_length() -> None:
    with FaultyServer(Answer.events(delta("word " * 10), done=False, endless=True)) as server:
        text = await answer(chat(server, max_tokens=20))
        server.wait_for_hang_up()
    assert text == "word " * 40  # Ten characters per token.


async def test_answer_that_takes_too_long_ends_with_what_arrived() -> None:
    dripping = Answer.events(delta("word "), done=False, endless=True, pause_s=0.05)
    with FaultyServer(dripping) as server:
        text = await answer(chat(server, answer_s=0.7))
        server.wait_for_hang_up()
    assert text.startswith("word ")
