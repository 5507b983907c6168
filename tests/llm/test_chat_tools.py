"""Tools are offered to a chat server, and its calls understood in all the shapes that it sends."""

import json
from collections.abc import Sequence

import pytest

from marvin.errors import LanguageModelError
from marvin.llm.chat.chat import ChatLanguageModel
from marvin.llm.chat.streamed_calls import LONGEST_ARGUMENTS, MOST_CALLS
from marvin.types import Message, Tool, ToolCall
from tests.faulty_server import Answer, FaultyServer
from tests.llm.chatting import PARIS, QUESTION, chat, delta

WEATHER = Tool("weather", "The weather", {"type": "object", "properties": {}})
ROME, OSLO = ("weather", {"city": "Rome"}), ("weather", {"city": "Oslo"})


async def replies(model: ChatLanguageModel, tools: Sequence[Tool] = (WEATHER,)) -> list[str]:
    return [delta async for delta in model.reply_with_tools(QUESTION, tools)]


def called(deltas: list[str]) -> list[tuple[str, object]]:
    return [(one.name, json.loads(one)) for one in deltas if isinstance(one, ToolCall)]


def call(arguments: object = None, name: str | None = None, **more: object) -> dict[str, object]:
    """A piece of a call."""
    function = {"name": name, "arguments": arguments}
    return {**more, "function": {key: one for key, one in function.items() if one is not None}}


def pieces(*calls: dict[str, object]) -> list[object]:
    return [delta(None, tool_calls=[one]) for one in calls]


END = {"choices": [{"index": 0, "delta": {}, "finish_reason": "tool_calls"}]}
STOP = {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}
AT_ROME, AT_OSLO = '{"city": "Rome"}', '{"city": "Oslo"}'
SHAPES: dict[str, tuple[list[object], list[tuple[str, object]]]] = {
    "in pieces": (
        [
            *pieces(call("", "weather", index=0, id="a"), call('{"city": ', index=0)),
            *pieces(call('"Rome"}', index=0)),
            END,
        ],
        [ROME],
    ),
    "whole, and the end is called a stop": (
        [*pieces(call(AT_ROME, "weather", index=0, id="a")), STOP],
        [ROME],
    ),
    "without any end": (pieces(call(AT_ROME, "weather", index=0, id="a")), [ROME]),
    "two in turns": (
        [
            *pieces(call("", "weather", index=0, id="a"), call("", "weather", index=1, id="b")),
            *pieces(call('{"city": ', index=1), call(AT_ROME, index=0), call('"Oslo"}', index=1)),
        ],
        [ROME, OSLO],
    ),
    "two in one event": (
        [
            delta(
                None,
                tool_calls=[
                    call(AT_ROME, "weather", index=0, id="a"),
                    call(AT_OSLO, "weather", index=1, id="b"),
                ],
            )
        ],
        [ROME, OSLO],
    ),
    "all numbered 0": (
        pieces(
            call(AT_ROME, "weather", index=0, id="a"), call(AT_OSLO, "weather", index=0, id="b")
        ),
        [ROME, OSLO],
    ),
    "all numbered 0, without ids": (
        pieces(call(AT_ROME, "weather", index=0), call(AT_OSLO, "weather", index=0)),
        [ROME, OSLO],
    ),
    "without numbers": (
        pieces(call(AT_ROME, "weather", id="a"), call(AT_OSLO, "weather", id="b")),
        [ROME, OSLO],
    ),
    "without numbers and ids": (
        [*pieces(call('{"city": ', "weather"), call('"Rome"}')), *pieces(call(AT_OSLO, "weather"))],
        [ROME, OSLO],
    ),
    "the name and id in each piece": (
        pieces(
            call('{"city": ', "weather", index=0, id="a"),
            call('"Rome"}', "weather", index=0, id="a"),
        ),
        [ROME],
    ),
    "the name in pieces": (
        pieces(call("", "wea", index=0, id="a"), call("", "ther", index=0), call(AT_ROME, index=0)),
        [ROME],
    ),
    "an object": (pieces(call({"city": "Rome"}, "weather", index=0)), [ROME]),
    "no arguments": (pieces(call(None, "weather", index=0)), [("weather", {})]),
    "without the function around it": (
        [delta(None, tool_calls=[{"name": "weather", "arguments": {"city": "Rome"}}])],
        [ROME],
    ),
    "an old function call": (
        [
            delta(None, function_call={"name": "weather", "arguments": ""}),
            delta(None, function_call={"arguments": AT_ROME}),
        ],
        [ROME],
    ),
    "in pieces and then whole": (
        [
            *pieces(call(AT_ROME, "weather", index=0, id="a")),
            {
                "choices": [
                    {"index": 0, "message": {"tool_calls": [call(AT_ROME, "weather", id="a")]}}
                ]
            },
        ],
        [ROME],
    ),
    "no list and no name": (
        [delta(None, tool_calls={"a": 1}), delta(None, tool_calls=["b", None, {}])],
        [],
    ),
}


@pytest.mark.parametrize(("events", "expected"), SHAPES.values(), ids=SHAPES)
async def test_calls_are_understood(
    events: list[object], expected: list[tuple[str, object]]
) -> None:
    with FaultyServer(Answer.events(delta("Let me see."), *events)) as server:
        deltas = await replies(chat(server))
    assert called(deltas) == expected
    assert [str(one) for one in deltas if not isinstance(one, ToolCall)] == ["Let me see."]


async def test_whole_answer_of_a_server_that_does_not_stream() -> None:
    message = {"content": None, "tool_calls": [call(AT_ROME, "weather", id="a")]}
    with FaultyServer(Answer.json({"choices": [{"index": 0, "message": message}]})) as server:
        assert called(await replies(chat(server))) == [ROME]


async def test_broken_and_endless_arguments_stay_broken_and_bounded() -> None:
    flood = [call("x" * 9_000, index=0)] * 9 + [call("{", "f", index=n) for n in range(1, 99)]
    with FaultyServer(Answer.events(*pieces(call('{"a', "f", index=0), *flood))) as server:
        calls = await replies(chat(server))
    assert len(calls) == MOST_CALLS
    assert len(calls[0]) == LONGEST_ARGUMENTS


async def test_stream_that_breaks_off_calls_nothing() -> None:
    broken = Answer.events(*pieces(call(AT_ROME, "weather", index=0)), cut_after=40)
    with FaultyServer(broken) as server, pytest.raises(LanguageModelError, match="broke off"):
        await replies(chat(server, retries=0))


@pytest.mark.parametrize("written", [None, "", '{"city": "Ro'])
@pytest.mark.parametrize("reason", ["length", None])
async def test_call_that_is_cut_off_is_dropped(written: str | None, reason: str | None) -> None:
    end = {"choices": [{"index": 0, "delta": {}, "finish_reason": reason}]}
    cut = pieces(call(AT_ROME, "weather", index=0), call(written, "weather", index=1))
    answer = Answer.events(delta("Hm."), *cut, end, done=reason is not None)
    with FaultyServer(answer) as server:
        assert called(await replies(chat(server))) == [ROME]


async def test_tools_calls_and_results_are_sent() -> None:
    conversation = [
        *QUESTION,
        Message("assistant", "Hm.", (ToolCall("weather", AT_ROME, "a"),)),
        Message("tool", "Rain", call_id="a"),
    ]
    with FaultyServer(PARIS) as server:
        async for _ in chat(server).reply_with_tools(conversation, [WEATHER]):
            pass
        body = server.requests[0].json()
    assert [one["function"]["name"] for one in body["tools"]] == ["weather"]
    asked, told = body["messages"][2:]
    assert asked["tool_calls"] == [
        {"id": "a", "type": "function", "function": {"name": "weather", "arguments": AT_ROME}}
    ]
    assert told == {"role": "tool", "content": "Rain", "tool_call_id": "a"}


@pytest.mark.parametrize(
    ("status", "complaint"),
    [
        (400, "registry.ollama.ai/library/gemma:2b does not support tools"),
        (500, "tools param requires --jinja flag"),
        (400, '"auto" tool choice requires --enable-auto-tool-choice'),
        (404, "No endpoints found that support tool use. Try disabling 'x'."),
        (400, "`tool calling` is not supported with this model"),
        (400, "Unsupported parameter: 'tools' is not supported with this model."),
        (400, "Function calling is not enabled for this model"),
    ],
)
async def test_server_that_refuses_tools_is_asked_without(status: int, complaint: str) -> None:
    refusal = Answer.json({"error": {"message": complaint}}, status)
    with FaultyServer(refusal, PARIS, PARIS) as server:
        model = chat(server, retries=0)
        for _ in range(2):
            assert "".join(await replies(model)) == "It is Paris."
        assert ["tools" in request.json() for request in server.requests] == [True, False, False]


@pytest.mark.parametrize(
    ("status", "complaint"),
    [
        (400, "the tool 'weather' has an invalid schema"),
        (500, "tool call parser: unexpected token"),
        (400, "this prompt is too long: your tools take 9000 tokens"),
        (404, "no model 'tooler'"),
    ],
)
async def test_other_faults_do_not_switch_tools_off(status: int, complaint: str) -> None:
    refusal = Answer.json({"error": {"message": complaint}}, status)
    with FaultyServer(refusal, PARIS) as server:
        model = chat(server, retries=0)
        with pytest.raises(LanguageModelError):
            await replies(model)
        await replies(model)
        assert ["tools" in request.json() for request in server.requests] == [True, True]
