"""Every stream gives the words of its answer or an error, never a part without one."""

import gzip
import json

import pytest

from marvin.config.llm import ChatConfig
from marvin.errors import LanguageModelError
from marvin.llm.chat.chat import ChatLanguageModel
from marvin.llm.chat.chat_server import ChatServer
from tests.faulty_server import Answer, FaultyServer
from tests.llm.chatting import Sleeper, answer, chat, delta, patient

STREAM = {"Content-Type": "text/event-stream"}
ONE, TWO = delta("It is "), delta("Paris.")


def lines(*texts: str | bytes) -> Answer:
    """A stream of these lines, unchanged."""
    return Answer(200, b"".join(t if isinstance(t, bytes) else t.encode() for t in texts), STREAM)


def data(value: object, end: str = "\n\n") -> str:
    return f"data: {json.dumps(value, ensure_ascii=False)}{end}"


def choice(**fields: object) -> dict[str, object]:
    return {"choices": [{"index": 0, **fields}]}


AMONG_WORDS = {
    "a choice without a delta": choice(finish_reason=None, content_filter_results={}),
    "a delta that is null": choice(delta=None),
    "an empty delta": choice(delta={}),
    "a choice that is null": {"choices": [None]},
    "choices that are null": {"choices": None},
    "no choices": {"choices": [], "usage": {"total_tokens": 5}},
    "no choices at all": {"id": "x", "object": "chat.completion.chunk"},
    "a prompt filter": {"choices": [], "prompt_filter_results": [{"prompt_index": 0}]},
    "a ping": {"type": "ping"},
    "null": None,
    "an error that is null": {**delta(""), "error": None},
    "another choice": {"choices": [{"index": 1, "delta": {"content": "It is Rome. "}}]},
    "a tool call": delta(None, tool_calls=[{"index": 0, "function": {"name": "f"}}]),
    "an old function call": delta(None, function_call={"name": "f", "arguments": "{}"}),
    "a thought": delta(None, reasoning_content="Hm."),
    "a thought of another server": delta("", reasoning="Hm.", reasoning_details=[{"text": "Hm."}]),
    "a thought among the parts": delta([{"type": "thinking", "thinking": [{"text": "Hm."}]}]),
    "content that is a number": delta(7),
    "a role": delta("", role="assistant"),
    "an empty refusal": delta(None, refusal=None),
    "the name of the model": {"choices": [{"index": 0, "delta": {}}], "model": "tiny"},
}


@pytest.mark.parametrize("between", AMONG_WORDS.values(), ids=AMONG_WORDS)
async def test_events_without_words_are_skipped(between: object) -> None:
    with FaultyServer(Answer.events(ONE, between, TWO)) as server:
        assert await answer(chat(server)) == "It is Paris."


ENDS = {
    "the whole once more": [
        data(choice(message={"content": "It is Paris."}, finish_reason="stop"))
    ],
    "the whole and an empty delta": [data(choice(message={"content": "It is"}, delta={}))],
    "DONE without a space": ["data:[DONE]\n\n"],
    "DONE with spaces": ["data:   [DONE]  \n\n"],
    "DONE without an empty line": ["data: [DONE]"],
    "DONE in quotes": ['data: "[DONE]"\n\n'],
    "DONE without a field": ["[DONE]\n"],
    "DONE, and more": ["data: [DONE]\n\n", data(delta(" No."))],
    "nothing": [""],
    "a comment": [": bye\n\n"],
    "the bill": [data({"choices": [], "usage": {"total_tokens": 5}}), "data: [DONE]\n\n"],
    "why it ends": [data(choice(delta={}, finish_reason="content_filter"))],
}


@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS)
async def test_answer_may_end_in_many_ways(end: list[str]) -> None:
    with FaultyServer(lines(data(ONE), data(TWO), *end)) as server:
        assert await answer(chat(server)) == "It is Paris."


FORMS = {
    "a byte order mark": [b"\xef\xbb\xbf", data(ONE), data(TWO)],
    "a mark before a comment": [b"\xef\xbb\xbf: hello\n\n", data(ONE), data(TWO)],
    "an event in several lines": ['data: {"choices":\ndata:  [{"delta":\n',
        'data: {"content": "It is Paris."}}]}\n\n'],
    "no space": [data(ONE).replace(": ", ":"), data(TWO).replace(": ", ":")],
    "CRLF": [data(ONE, "\r\n\r\n"), data(TWO, "\r\n\r\n")],
    "CR": [data(ONE, "\r\r"), data(TWO, "\r\r")],
    "line ends of both kinds": [data(ONE, "\r\n\n"), data(TWO, "\n\r\n")],
    "single line breaks": [data(ONE, "\n"), data(TWO, "\n"), "data: [DONE]\n"],
    "no empty line at the end": [data(ONE), data(TWO, "")],
    "JSON without a field": [json.dumps(ONE) + "\n", json.dumps(TWO) + "\n"],
    "names and numbers of events": ["event: message\nid: 1\nretry: 5\n", data(ONE), data(TWO)],
    "comments": [": OPENROUTER PROCESSING\n\n", data(ONE), ":\n\n", data(TWO), ": ping\n\n"],
    "empty events": ["data:\n\n", data(ONE), "event: ping\n\n", "data: \n\n", data(TWO)],
    "spaces before a field": ["  " + data(ONE), "\t" + data(TWO)],
    "unknown fields": ["foo: bar\n", data(ONE), "baz\n\n", data(TWO)],
}  # fmt: skip


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
async def test_events_are_parsed_in_every_form_however_they_are_cut(
    form: list[str | bytes],
) -> None:
    whole = lines(*form).body
    assert isinstance(whole, bytes)
    bytewise = tuple(whole[at : at + 1] for at in range(len(whole)))
    cut = [Answer(200, (whole[:at], whole[at:]), STREAM) for at in range(1, len(whole), 7)]
    with FaultyServer(lines(whole), Answer(200, bytewise, STREAM), *cut) as server:
        for _ in range(2 + len(cut)):
            assert await answer(chat(server)) == "It is Paris."


@pytest.mark.parametrize(
    "char", ["\u2028", "\u2029", "\x85", "\x0b", "\x0c"], ids=lambda char: f"U+{ord(char):04X}"
)
@pytest.mark.parametrize("escaped", [True, False])
async def test_line_separator_is_a_space(char: str, escaped: bool) -> None:
    written = json.dumps(delta(f"It is{char}Paris."), ensure_ascii=escaped)
    with FaultyServer(lines(f"data: {written}\n\n")) as server:
        assert await answer(chat(server)) == "It is Paris."


async def test_character_cut_between_two_pieces_is_whole() -> None:
    body = data(delta("Österreich 🎉 Zürich")).encode()
    pieces = tuple(body[at : at + 1] for at in range(len(body)))
    with FaultyServer(Answer(200, pieces, STREAM)) as server:
        assert await answer(chat(server)) == "Österreich 🎉 Zürich"


CONTENTS = {
    "a refusal": (delta(None, refusal="It is Paris."),),
    "a refusal in pieces": (delta(None, refusal="It is "), delta(None, refusal="Paris.")),
    "parts": (delta([{"type": "text", "text": "It is "}, {"type": "text", "text": "Paris."}]),),
    "a part": (delta({"type": "text", "text": "It is Paris."}),),
    "a thought and a text": (delta([{"type": "thinking", "thinking": "Hm."},
        {"type": "text", "text": "It is Paris."}]),),
    "a part that refuses": (delta([{"type": "refusal", "refusal": "It is Paris."}]),),
    "strings": (delta(["It is ", "Paris."]),),
    "a picture and a text": (delta([{"type": "image_url"}, {"text": "It is Paris."}]),),
    "the text of old completions": (choice(text="It is "), choice(text="Paris.")),
    "a message": (choice(message={"role": "assistant", "content": "It is Paris."}),),
}  # fmt: skip


@pytest.mark.parametrize("events", CONTENTS.values(), ids=CONTENTS)
async def test_words_are_found_wherever_servers_put_them(events: tuple[object, ...]) -> None:
    with FaultyServer(Answer.events(*events)) as server:
        assert await answer(chat(server)) == "It is Paris."


async def test_server_that_does_not_stream_works() -> None:
    whole = choice(message={"role": "assistant", "content": "It is Paris."})
    with FaultyServer(Answer.json(whole)) as server:
        assert await answer(chat(server)) == "It is Paris."


ERRORS = {
    "the event error": ['event: error\ndata: {"message": "broken"}\n\n'],
    "the event error without data": ["event: error\n\n"],
    "the event error with text": ["event: error\ndata: broken\n\n"],
    "the name after the data": ['data: {"message": "broken"}\nevent: error\n\n'],
    "a bare line": ['{"error": {"message": "broken"}}\n'],
    "a bare line among events": ['{"error": "broken"}\n\n'],
    "the field error": ['error: {"message": "broken"}\n\n'],
    "the field error without a space": ['error:{"code":500}\n\n'],
    "an error": [data({"error": {"message": "broken"}})],
    "an error and choices": [data({**delta(""), "error": {"code": "server_error"}})],
    "a text": [data({"error": "broken"})],
    "several": [data({"errors": [{"message": "broken"}]})],
    "a list": [data([{"error": {"code": 500}}])],
    "an object": [data({"object": "error", "message": "broken", "code": 50001})],
    "a type": [data({"type": "error", "message": "broken"})],
    "a detail": [data({"detail": "broken"})],
    "a message and a code": [data({"code": 1302, "msg": "broken"})],
    "a problem": [data({"type": "about:blank", "title": "broken", "status": 500})],
    "a reason to end": [data(choice(delta={"content": ""}, finish_reason="error"))],
    "no JSON": ["data: {broken\n\n"],
    "a number": ["data: 42\n\n"],
    "a page": ["data: <html>\n\n"],
    "a cut event": ['data: {"choices": [{"delta": {"con'],
}


@pytest.mark.parametrize("fault", ERRORS.values(), ids=ERRORS)
async def test_error_in_the_middle_is_never_taken_for_the_end(fault: list[str]) -> None:
    with FaultyServer(lines(data(ONE), *fault, "data: [DONE]\n\n")) as server:
        deltas = chat(server).reply([])
        assert await anext(deltas) == "It is "
        with pytest.raises(LanguageModelError) as error:
            await anext(deltas)
    assert "broken" not in str(error.value)


@pytest.mark.parametrize(
    ("fault", "meaning"),
    [
        ({"error": {"code": 429, "message": "Rate limit"}}, r"gets too many requests.*\(429\)$"),
        ({"error": {"code": "401", "message": "No auth"}}, r"does not accept the key.*\(401\)$"),
        ({"object": "error", "code": 404, "message": "model x"}, r"has no model .*\(404\)$"),
        ({"error": {"status": "UNAVAILABLE", "code": 503}}, r"is overloaded or rest.*\(503\)$"),
        ({"error": {"message": "Rate limit"}}, r"failed with llm\.model .* while it answered"),
    ],
)
async def test_error_in_the_middle_says_what_to_do(fault: object, meaning: str) -> None:
    with (
        FaultyServer(always=Answer.events(fault)) as server,
        pytest.raises(LanguageModelError, match=meaning),
    ):
        await answer(patient(server, Sleeper()))


@pytest.mark.parametrize(
    "body",
    [
        b"data: " + b"x" * 64 * 1024,
        b"x" * 64 * 1024,
        b"data: x\n" * 8192,
        b"event: x\n" * 8192,
        b": ping\n\n" * 8192,
        b"\n" * 64 * 1024,
    ],
    ids=["a line", "no field", "data", "names", "comments", "empty lines"],
)
@pytest.mark.parametrize("zipped", [False, True])
async def test_endless_data_is_given_up_and_not_kept(
    body: bytes, zipped: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("marvin.llm.chat.event_stream.LONGEST_STREAM", 2 * 1024 * 1024)
    more = {}
    if zipped:
        # A thousandth of the decompressed size, in one piece.
        body, more = gzip.compress(body * 256), {"Content-Encoding": "gzip"}
    endless = Answer(200, body, {**STREAM, **more}, endless=not zipped)
    with (
        FaultyServer(endless) as server,
        pytest.raises(LanguageModelError, match="sent an endless event: check llm"),
    ):
        await answer(chat(server, first_token_s=60))


@pytest.mark.parametrize("status", [200, 400, 500])
@pytest.mark.parametrize("kind", ["application/json", "text/html", "text/plain"])
async def test_endless_error_is_an_error(status: int, kind: str) -> None:
    bomb = gzip.compress(b'{"error": "' + b"x" * 16 * 1024 * 1024)
    headers = {"Content-Type": kind, "Content-Encoding": "gzip"}
    with FaultyServer(Answer(status, bomb, headers)) as server, pytest.raises(LanguageModelError):
        await answer(chat(server, first_token_s=60))


@pytest.mark.parametrize(
    ("base_url", "asked"),
    [
        ("http://h", "http://h/v1/chat/completions"),
        ("http://h/api/", "http://h/api/v1/chat/completions"),
        ("https://h/openai/v1", "https://h/openai/v1/chat/completions"),
        ("https://h/v1beta/openai/", "https://h/v1beta/openai/chat/completions"),
        ("https://h/api/paas/v4", "https://h/api/paas/v4/chat/completions"),
        ("https://h/x/chat/completions", "https://h/x/chat/completions"),
        ("https://h/v1?api-version=1", "https://h/v1/chat/completions?api-version=1"),
    ],
)
def test_address_of_the_endpoint(base_url: str, asked: str) -> None:
    assert ChatServer(ChatConfig(base_url=base_url)).completions == asked


async def test_model_that_only_calls_tools_is_reported() -> None:
    calls = Answer.events(delta(None, tool_calls=[{"index": 0, "function": {"name": "f"}}]))
    with FaultyServer(calls) as server, pytest.raises(LanguageModelError, match="only called tool"):
        await answer(ChatLanguageModel(ChatConfig(base_url=server.url)))
