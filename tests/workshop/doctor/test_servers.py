"""The Hub and the configured servers: present, missing, slow, and their answers."""

import json
from pathlib import Path

import pytest

from marvin.boundary.redaction import show_address
from marvin.config.llm import ChatConfig, TransformersConfig
from marvin.config.stt import OpenAITranscriberConfig
from marvin.config.tables import Config
from marvin.config.tts import OpenAISpeechConfig
from marvin.workshop.doctor import servers as network
from marvin.workshop.doctor.examining import examine
from marvin.workshop.doctor.finding import Finding, Level
from marvin.workshop.doctor.patient import Patient
from marvin.workshop.doctor.servers import ProbedServer, hub, server, server_lanes, servers
from tests.faulty_server import Answer, FaultyServer
from tests.workshop.doctor.described import described

KEY = "sk-only-for-the-server"
GONE = "http://127.0.0.1:9"
"""The port `discard`, where nobody listens."""
MODELS = Answer.json({"object": "list", "data": [{"id": "qwen3:4b"}, {"id": "llama3"}]})


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MY_KEY", KEY)
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy"):
        monkeypatch.delenv(name, raising=False)


def endpoint(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", url)


def chat(url: str, model: str = "qwen3:4b", key: str | None = "MY_KEY") -> ProbedServer:
    return ProbedServer("llm", ChatConfig(base_url=f"{url}/v1", model=model, api_key_env=key))


def answered(answer: Answer, model: str = "qwen3:4b", key: str | None = "MY_KEY") -> Finding:
    with FaultyServer(answer) as at:
        found = server(chat(at.url, model, key))
    assert KEY not in found.text + found.cure
    return found


def test_hub_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    with FaultyServer(always=Answer(401)) as at:
        endpoint(monkeypatch, at.url)
        assert (hub().level, hub().text) == (Level.OK, f"{at.url} answers")
        assert at.requests[0].headers.get("authorization") is None


def test_unreachable_hub_is_not_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    endpoint(monkeypatch, GONE)
    found = hub()
    assert found.level is Level.WARN
    assert f"{GONE} cannot be reached" in found.text
    assert found.text.endswith("only needed to download models")
    with FaultyServer(always=Answer(502)) as at:
        endpoint(monkeypatch, at.url)
        assert (hub().level, hub().text) == (Level.WARN, f"{at.url} has problems (502)")


def test_offline_hub_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.is_offline_mode", lambda: True)
    endpoint(monkeypatch, GONE)
    assert hub().level is Level.OK


def test_mirror_password_is_neither_sent_elsewhere_nor_shown(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    endpoint(monkeypatch, "http://anna:secret@127.0.0.1:9")
    assert "secret" not in hub().text + hub().cure
    assert show_address("https://a:b@hub.example:8/x?token=1#y") == "https://hub.example:8/x"


def test_server_that_has_the_model_passes() -> None:
    with FaultyServer(MODELS) as at:
        found = server(chat(at.url))
        assert (found.name, found.level) == ("llm server", Level.OK)
        assert found.text == f"{at.url}/v1 answers, models: 2"
        assert (at.requests[0].method, at.requests[0].path) == ("GET", "/v1/models")
        assert at.requests[0].headers["authorization"] == f"Bearer {KEY}"


@pytest.mark.parametrize(
    ("answer", "level", "text"),
    [
        (Answer(401), Level.FAIL, "rejects the key in MY_KEY (401)"),
        (Answer(403), Level.FAIL, "rejects the key in MY_KEY (403)"),
        (Answer(404), Level.WARN, "answers, but lists no models (404); most addresses end in /v1"),
        (Answer(301), Level.FAIL, "has moved (301)"),
        (Answer(503), Level.FAIL, "answers, but failed (503)"),
        (
            Answer.html(),
            Level.FAIL,
            "/v1/models is not a list of models; most addresses end in /v1",
        ),
        (Answer.json({"data": 5}), Level.FAIL, "is not a list of models"),
        (Answer.json({"data": []}), Level.OK, "answers, models: 0"),
        (Answer(200, b"x", cut_after=-1), Level.FAIL, "cannot be reached"),
    ],
)
def test_error_answers_are_explained(answer: Answer, level: Level, text: str) -> None:
    found = answered(answer)
    assert found.level is level
    assert text in found.text
    assert bool(found.cure) is (level is not Level.OK)


def test_missing_key_is_named() -> None:
    found = answered(Answer(401), key=None)
    assert found.text.endswith("requires a key (401)")
    assert "llm.api_key_env" in found.cure


def test_model_that_the_server_lacks_is_named() -> None:
    found = answered(MODELS, model="mistral")
    assert found.level is Level.WARN
    assert found.text.endswith("does not list 'mistral'")
    assert found.aside == "; it has qwen3:4b, llama3", "the server's own models are not listed"
    assert answered(MODELS, model="llama3:latest").level is Level.OK


def test_server_s_model_list_is_shortened_and_escaped() -> None:
    names = [{"id": f"\x1b[31m{number}" + "x" * 500} for number in range(9)]
    found = answered(Answer.json({"data": names}))
    assert "\x1b" not in found.aside
    assert found.aside.endswith(" and 6 more")
    assert len(found.aside) < 300


def test_endless_model_list_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(network, "_LONGEST", 10_000)
    assert answered(Answer(200, (b"[" * 1000,), endless=True)).level is Level.FAIL


def test_missing_or_slow_server_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    gone = server(chat(GONE))
    assert (gone.level, gone.cure) == (Level.FAIL, f"start it, then: curl {GONE}/v1/models")
    assert "cannot be reached" in gone.text
    monkeypatch.setattr(network, "_ANSWER_S", 0.1)
    with FaultyServer(Answer(held=True)) as at:
        assert "no answer within 0.1 s" in server(chat(at.url)).text
        at.release()


def test_unset_key_variable_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MY_KEY")
    found = server(chat(GONE))
    assert found.level is Level.FAIL
    assert "environment variable MY_KEY is not set" in found.text
    speech = OpenAISpeechConfig(base_url=GONE, api_key_env="MY_KEY")
    assert server(ProbedServer("tts", speech)).text.startswith("tts.api_key_env: ")


def test_password_in_an_address_is_not_shown() -> None:
    table = ChatConfig(base_url="http://anna:secret@127.0.0.1:9/v1", model="x")
    found = server(ProbedServer("llm", table))
    assert found.level is Level.FAIL
    assert "secret" not in found.text + found.cure


def test_hugging_face_providers_need_a_token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.get_token", lambda: None)
    found = server(ProbedServer("llm", ChatConfig()))
    assert "there is no Hugging Face token" in found.text
    one = ProbedServer("llm", ChatConfig())
    assert network.judge_model_list(one, 401, b"").text == (
        "https://router.huggingface.co/v1 rejects the key in HF_TOKEN (401)"
    )


def test_every_configured_server_is_asked() -> None:
    far = ChatConfig(base_url="http://pc:1/v1", fallbacks=(ChatConfig(base_url="http://nas/v1"),))
    config = Config(
        stt=OpenAITranscriberConfig(base_url="http://stt/v1"),
        llm=TransformersConfig(fallbacks=(far,)),
        tts=OpenAISpeechConfig(base_url="http://tts/v1"),
    )
    assert [(one.key, one.base_url) for one in servers(config)] == [
        ("stt", "http://stt/v1"),
        ("llm.fallbacks[0]", "http://pc:1/v1"),
        ("llm.fallbacks[0].fallbacks[0]", "http://nas/v1"),
        ("tts", "http://tts/v1"),
    ]


def test_servers_are_asked_in_parallel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with FaultyServer(Answer(200), MODELS, MODELS) as at:
        endpoint(monkeypatch, at.url)
        hear = OpenAITranscriberConfig(base_url=f"{at.url}/v1", model="llama3")
        config = Config(stt=hear, tts=OpenAISpeechConfig(base_url=f"{at.url}/v1", model="llama3"))
        made = server_lanes(Patient(described(tmp_path), config))
        assert [len(lane) for lane in made] == [1, 1, 1]
        assert [one.name for one in examine(made)] == ["hub", "stt server", "tts server"]
    late = [lane[0].late for lane in made]
    assert [one.level for one in late if one is not None] == [Level.WARN, Level.FAIL, Level.FAIL]


def test_no_model_is_run() -> None:
    with FaultyServer(MODELS) as at:
        server(chat(at.url))
        assert [(one.method, one.body) for one in at.requests] == [("GET", b"")]
    assert json.loads(MODELS.body if isinstance(MODELS.body, bytes) else b"")["object"] == "list"
