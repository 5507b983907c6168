"""A well-behaved chat server: the requests, the keys, and what is spoken of the answers."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest
from pydantic import ValidationError

from marvin.config.llm import ChatConfig
from marvin.errors import LanguageModelError
from marvin.llm.chat.chat import ChatLanguageModel
from tests.faulty_server import Answer, FaultyServer
from tests.llm.chatting import PARIS, QUESTION, answer, chat, delta

ROUTER = "marvin.llm.chat.chat_server.ROUTER"


@pytest.fixture(autouse=True)
def logged_out(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No token in the environment or on disk."""
    monkeypatch.delenv("HF_TOKEN", raising=False)
    monkeypatch.delenv("HUGGING_FACE_HUB_TOKEN", raising=False)
    monkeypatch.setattr("huggingface_hub.constants.HF_TOKEN_PATH", str(tmp_path / "token"))
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)


async def test_conversation_is_sent_and_words_arrive_as_written() -> None:
    with FaultyServer(PARIS) as server:
        model = chat(server, model="tiny", max_tokens=20, temperature=0.5)
        assert [text async for text in model.reply(QUESTION)] == ["It is ", "Paris."]
    (request,) = server.requests
    assert (request.method, request.path) == ("POST", "/v1/chat/completions")
    assert request.json() == {
        "model": "tiny",
        "messages": [
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": "What is the capital of France?"},
        ],
        "max_tokens": 20,
        "temperature": 0.5,
        "stream": True,
    }


async def test_first_words_arrive_while_the_server_still_writes() -> None:
    stalling = Answer.events(delta("It "), delta("is"), stall_after=100)
    with FaultyServer(stalling) as server:
        deltas = chat(server).reply(QUESTION)
        assert await anext(deltas) == "It "
        assert server.hung_up == 0
        await deltas.aclose()
        await asyncio.to_thread(server.wait_for_hang_up)


@pytest.mark.parametrize("before", [Answer(held=True), Answer.events(stall_after=1)])
async def test_cancelled_question_closes_the_connection(before: Answer) -> None:
    with FaultyServer(before) as server:
        task = asyncio.create_task(answer(chat(server, first_token_s=60)))
        await asyncio.to_thread(server.wait_for, 1)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await asyncio.to_thread(server.wait_for_hang_up)


@pytest.mark.parametrize("path", ["", "/", "/v1", "/v1/", "/v1/chat/completions"])
async def test_address_may_have_any_of_its_usual_forms(path: str) -> None:
    with FaultyServer(PARIS) as server:
        model = ChatLanguageModel(ChatConfig(base_url=server.url + path))
        assert await answer(model) == "It is Paris."
    assert server.requests[0].path == "/v1/chat/completions"


async def test_reasoning_tool_calls_and_usage_are_not_spoken() -> None:
    events = Answer.events(
        {"choices": [], "model": "tiny"},
        delta(None, reasoning_content="The user wants"),
        delta(None, reasoning="a capital."),
        delta("It is "),
        delta(None, tool_calls=[{"index": 0, "function": {"name": "f", "arguments": "{}"}}]),
        delta("Paris."),
        {"choices": [], "usage": {"total_tokens": 5}},
    )
    assert isinstance(events.body, tuple)
    events = replace(events, body=(b": still here\n\n", *events.body))
    with FaultyServer(events) as server:
        assert await answer(chat(server)) == "It is Paris."


async def test_stream_may_end_without_a_space_or_an_end_mark() -> None:
    body = b'data:{"choices":[{"delta":{"content":"Paris."}}]}\n\n'
    kind = {"Content-Type": "text/event-stream"}
    with FaultyServer(Answer(200, body + b"data:[DONE]\n\n", kind), Answer(200, body, kind)) as at:
        assert [await answer(chat(at)), await answer(chat(at))] == ["Paris.", "Paris."]


async def test_server_without_a_key_never_sees_the_user_s_token(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    with FaultyServer(PARIS) as server:
        await answer(chat(server))
    assert server.requests[0].headers["authorization"] == "Bearer none"


async def test_local_server_is_asked_without_the_proxy(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    with FaultyServer(PARIS) as server:
        assert await answer(chat(server)) == "It is Paris."


async def test_key_is_read_from_the_named_variable(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("MY_KEY", "sk-42\n")  # As `$(cat file)` in an environment file leaves it.
    with FaultyServer(PARIS) as server:
        await answer(chat(server, api_key_env="MY_KEY"))
    assert server.requests[0].headers["authorization"] == "Bearer sk-42"


@pytest.mark.parametrize(("provider", "model"), [("auto", "org/tiny"), ("groq", "org/tiny:groq")])
async def test_hugging_face_router_gets_the_user_s_token(
    provider: str, model: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    with FaultyServer(PARIS) as server:
        monkeypatch.setattr(ROUTER, server.url)
        config = ChatConfig(model="org/tiny", provider=provider)
        assert await answer(ChatLanguageModel.load(config)) == "It is Paris."
    (request,) = server.requests
    assert request.path == "/v1/chat/completions"
    assert request.headers["authorization"] == "Bearer hf_secret"
    assert request.json()["model"] == model


@pytest.mark.parametrize(
    ("token", "keys", "said"),
    [
        ("", {}, "there is no Hugging Face token: set HF_TOKEN or run `hf auth login`, or set"),
        ("sk-42", {}, "^HF_TOKEN or `hf auth login`: not a Hugging Face token"),
        ("hf_ü", {}, "^HF_TOKEN or `hf auth login`: not a Hugging Face token"),
        (
            "",
            {"api_key_env": "MY_KEY"},
            r"^llm\.api_key_env: the environment variable MY_KEY is not",
        ),
    ],
)
async def test_missing_key_is_named_and_nothing_is_sent(
    token: str, keys: dict[str, str], said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_TOKEN", token)
    monkeypatch.setattr(ROUTER, "http://127.0.0.1:1")
    with pytest.raises(LanguageModelError, match=said):
        await answer(ChatLanguageModel.load(ChatConfig.model_validate(keys)))


async def test_offline_mode_blocks_hugging_face_but_not_the_user_s_own_server(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with FaultyServer(PARIS) as server:
        assert await answer(chat(server)) == "It is Paris."
    with pytest.raises(LanguageModelError, match="HF_HUB_OFFLINE is set"):
        await answer(ChatLanguageModel.load(ChatConfig()))


@pytest.mark.parametrize(
    "address", ["localhost:11434/v1", "http://", "http://host:port/v1", "ftp://host/v1", "//host"]
)
def test_address_that_huggingface_hub_would_misread_is_refused(address: str) -> None:
    with pytest.raises(ValidationError, match=r"should begin with http://|Port could not be cast"):
        ChatConfig(base_url=address)


async def test_own_server_is_warmed_once_while_idle() -> None:
    with FaultyServer(PARIS, PARIS) as server:
        model = chat(server, model="tiny")
        model.warm()
        model.warm()
        await asyncio.to_thread(server.wait_for, 1)
        assert await answer(model) == "It is Paris."
        model.warm()
        await asyncio.sleep(0)
    first, second = [request.json() for request in server.requests]
    assert (first["max_tokens"], second["max_tokens"]) == (1, 160)
    await model.close()


async def test_early_question_does_not_stop_the_loading() -> None:
    slow = Answer.events(delta("Hi"), held=True)
    with FaultyServer(slow, slow, PARIS) as server:
        model = chat(server, first_token_s=0.5)
        model.warm()
        await asyncio.to_thread(server.wait_for, 1)
        with pytest.raises(LanguageModelError, match="if it was loading its model"):
            await answer(model)
        await asyncio.to_thread(server.wait_for_hang_up)
        assert server.hung_up == 1  # The question; the warm-up request still waits.
        await model.close()
        await asyncio.to_thread(server.wait_for_hang_up, 2)


async def test_server_with_a_key_is_not_warmed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MY_KEY", "sk-42")
    with FaultyServer(PARIS) as server:
        model = chat(server, api_key_env="MY_KEY")
        model.warm()
        assert await answer(model) == "It is Paris."
    assert len(server.requests) == 1
