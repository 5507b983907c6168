"""Turns of a whole assistant made of fakes, sent by the real exporter to a server on loopback."""

import asyncio
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pytest

from marvin.config.tables import Config
from marvin.config.trace import TraceConfig
from marvin.errors import ConfigError, LanguageModelError
from marvin.events import Event, ToolUsed, as_json
from marvin.service.tracing import traces
from marvin.service.tracing.traces import Traces
from marvin.types import Say
from tests.fake_line import Line, outcomes, said
from tests.fakes import (
    QUESTION,
    TURN,
    FakeLanguageModel,
    FakeSkills,
    FakeSource,
    FakeTranscriber,
)
from tests.faulty_server import Answer, FaultyServer, Request
from tests.mind.tools.calling import OneTool, ScriptedModel, ServerTool, call
from tests.service.tracing.conftest import OK

if TYPE_CHECKING:
    from opentelemetry.proto.trace.v1.trace_pb2 import Span as SentSpan


def config_for(server: FaultyServer, **more: Any) -> Config:
    return Config(trace=TraceConfig(endpoint=server.url, **{"timeout_s": 120.0, **more}))


def received(request: Request) -> "list[SentSpan]":
    from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

    message = ExportTraceServiceRequest.FromString(request.body)
    (resource,) = message.resource_spans
    (scope,) = resource.scope_spans
    assert {one.key: one.value.string_value for one in resource.resource.attributes}[
        "service.name"
    ] == "marvin"
    return list(scope.spans)


def attributes(span: "SentSpan") -> Mapping[str, str]:
    return {one.key: one.value.string_value for one in span.attributes}


async def run(source: FakeSource, config: Config, **more: Any) -> Line:
    """Run a line as `run_assistant` does."""
    turns = Traces(config)
    line = Line(source, follow=turns.following, **more)
    async with turns.sending():
        await line.run()
    return line


async def test_turn_arrives_as_a_trace() -> None:
    with FaultyServer(always=OK) as server:
        config = config_for(server, headers=("x-mlflow-experiment-id=7",))
        await run(FakeSource(QUESTION), config, skills=FakeSkills({"hello": [Say("Hello.")]}))
    (request,) = server.requests
    assert (request.path, request.headers["x-mlflow-experiment-id"]) == ("/v1/traces", "7")
    spans = {span.name: span for span in received(request)}
    root = spans.pop("turn")
    assert not root.parent_span_id
    assert (
        attributes(root).items()
        >= {
            "marvin.outcome": "answered",
            "marvin.answered_by": "fake",
        }.items()
    )
    assert "hello" not in str(request.body).casefold()
    for span in spans.values():
        assert span.trace_id == root.trace_id
        parent = spans["listen"] if span.name == "endpoint" else root
        assert span.parent_span_id == parent.span_id
        assert root.start_time_unix_nano <= span.start_time_unix_nano
        assert span.start_time_unix_nano <= span.end_time_unix_nano <= root.end_time_unix_nano
    assert list(spans) == [
        "wake",
        "endpoint",
        "listen",
        "stt",
        "mind",
        "tts",
        "first_audio",
        "speak",
    ]


async def test_words_arrive_if_asked_for() -> None:
    with FaultyServer(always=OK) as server:
        await run(FakeSource(QUESTION), config_for(server, words=True))
    root = received(server.requests[0])[-1]
    message = '[{"role": "%s", "parts": [{"type": "text", "content": "%s"}]}]'
    assert attributes(root)["gen_ai.input.messages"] == message % ("user", "hello")
    assert attributes(root)["gen_ai.output.messages"] == message % ("assistant", "Hello yourself.")


async def test_tool_is_part_of_the_answer() -> None:
    with FaultyServer(always=OK) as server:
        model = ScriptedModel(["I look. ", call("forecast", '{"day": 1}')], ["Rain."])
        toolbox: Any = OneTool(ServerTool("forecast", "It will rain."))
        config = config_for(server, words=True)
        line = await run(FakeSource(QUESTION), config, language_model=model, toolbox=toolbox)
    (used,) = [event for event in line.events if isinstance(event, ToolUsed)]
    spans = {span.name: span for span in received(server.requests[0])}
    tool = spans["execute_tool forecast"]
    assert tool.parent_span_id == spans["mind"].span_id
    assert attributes(tool) == {
        "gen_ai.operation.name": "execute_tool",
        "gen_ai.tool.name": "forecast",
        "gen_ai.tool.type": "extension",
        "marvin.tool.server": "weather",
        "gen_ai.tool.call.arguments": '{"day": 1}',
        "gen_ai.tool.call.result": "It will rain.",
    }
    assert said(line) == ["I look.", "Rain."]
    assert as_json(used)["event"] == "tool_used"


async def test_failed_turn_is_an_error() -> None:
    with FaultyServer(always=OK) as server:
        model = FakeLanguageModel(LanguageModelError("secret"))
        await run(FakeSource(QUESTION), config_for(server), language_model=model)
    spans = {span.name: span for span in received(server.requests[0])}
    failed = {name: attributes(span).get("error.type") for name, span in spans.items()}
    assert {name: error for name, error in failed.items() if error} == {
        "mind": "llm",
        "turn": "llm",
    }
    assert spans["mind"].status.code == spans["turn"].status.code == 2
    assert b"secret" not in server.requests[0].body


async def test_collector_that_never_answers_delays_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with FaultyServer(always=Answer(200, held=True)) as server:
        source = FakeSource(live=True)
        texts = FakeTranscriber("one", "two", "three")
        sent_turns = Traces(config_for(server))
        line = Line(source, transcriber=lambda: texts, follow=sent_turns.following)
        monkeypatch.setattr(traces, "CLOSE_S", 0.1)
        async with sent_turns.sending(), asyncio.TaskGroup() as tasks:
            running = tasks.create_task(line.run())
            for turns in (1, 2, 3):
                source.say(QUESTION)
                await line.until(lambda: line.states() == TURN * turns)  # noqa: B023
            await asyncio.to_thread(server.wait_for, 1)
            source.end()
            await running
        # It has ended although no answer has come.
        assert not server.hung_up
        assert outcomes(line) == ["answered"] * 3
        assert line.states() == TURN * 3


def test_nothing_is_done_without_an_endpoint() -> None:
    events: list[Event] = []
    report = events.append
    assert Traces(Config()).following(report) is report


def test_missing_library_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [one for one in sys.modules if one.partition(".")[0] == "opentelemetry"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "opentelemetry", None)
    with pytest.raises(ConfigError, match=r"pip install 'marvin-voice\[trace\]'"):
        Traces(Config(trace=TraceConfig(endpoint="http://127.0.0.1:4318")))


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "the environment variable MARVIN_HEADERS is not set"),
        ("Bearer secret", "MARVIN_HEADERS should hold `name=value`"),
        ("a b=secret", "MARVIN_HEADERS should hold `name=value`"),
    ],
)
def test_headers_that_cannot_be_are_named_without_them(
    text: str, problem: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MARVIN_HEADERS", text)
    trace = TraceConfig(endpoint="http://127.0.0.1:4318", headers_env="MARVIN_HEADERS")
    with pytest.raises(ConfigError, match=problem) as raised:
        Traces(Config(trace=trace))
    assert "secret" not in str(raised.value)


async def test_secret_headers_are_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MARVIN_HEADERS", "authorization=Bearer secret, x-team=me")
    with FaultyServer(always=OK) as server:
        await run(FakeSource(QUESTION), config_for(server, headers_env="MARVIN_HEADERS"))
    headers = server.requests[0].headers
    assert (headers["authorization"], headers["x-team"]) == ("Bearer secret", "me")


@pytest.mark.parametrize(
    ("endpoint", "address"),
    [
        ("http://localhost:4318", "http://localhost:4318/v1/traces"),
        ("http://localhost:4318/", "http://localhost:4318/v1/traces"),
        ("https://otlp.example/otlp", "https://otlp.example/otlp/v1/traces"),
        ("http://localhost:5000/v1/traces", "http://localhost:5000/v1/traces"),
    ],
)
def test_path_is_added_where_it_is_missing(endpoint: str, address: str) -> None:
    assert TraceConfig(endpoint=endpoint).traces_address == address


@pytest.mark.parametrize(
    "table",
    [
        {"endpoint": "http://me:secret@localhost:4318"},
        {"endpoint": "http://localhost:4318?key=secret"},
        {"endpoint": "localhost:4318"},
        {"headers": ("x-key",)},
        {"headers": ("x key=1",)},
    ],
)
def test_wrong_configuration_is_refused(table: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="should be"):
        TraceConfig(**table)
