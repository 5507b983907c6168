"""Tool calls by a real llama.cpp, whose model repeats what the conversation shows."""

import json
from importlib.util import find_spec
from pathlib import Path

import pytest

from marvin.cancellation import CancelToken
from marvin.config.llm import GgufConfig, takes_tools
from marvin.hub.gguf_header import read_template
from marvin.llm.gguf.gguf_model import GgufLanguageModel
from marvin.types import Message, Tool, ToolCall
from tests.llm.models import SYSTEM, LoadGguf, assistant, user
from tests.llm.tiny_gguf import write_tiny_gguf
from tests.published import published

pytestmark = pytest.mark.skipif(find_spec("xllamacpp") is None, reason="needs xllamacpp")

MINUTES = {"type": "object", "properties": {"minutes": {"type": "integer"}}}
TIMER = Tool("set_timer", "Start a timer.", MINUTES)
_TEMPLATE = (
    "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}"
    "{% if loop.first and tools %}{{ tools|tojson }}{% endif %}"
    "{% for c in m.tool_calls or [] %}<tool_call>\n"
    '{"name": "{{ c.function.name }}", "arguments": {{ c.function.arguments|tojson }}}'
    "\n</tool_call>{% endfor %}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
"""Of a model that was trained to call tools."""


def asked(minutes: int) -> list[Message]:
    call = ToolCall("set_timer", json.dumps({"minutes": minutes}), "a")
    return [
        user(f"set a timer for {minutes} minutes"),
        Message("assistant", "", (call,)),
        Message("tool", f"{minutes} minutes, starting now.", call_id="a"),
        assistant("Done."),
    ]


TALK = [SYSTEM, *asked(3), *asked(5), user("set a timer for 8 minutes")]


def calls(model: GgufLanguageModel, talk: list[Message] = TALK) -> list[tuple[str, object]]:
    deltas = model.generate_with_tools(talk, [TIMER], CancelToken())
    return [(delta.name, json.loads(delta)) for delta in deltas if isinstance(delta, ToolCall)]


def test_call_of_a_model_whose_template_knows_tools(load: LoadGguf, tmp_path: Path) -> None:
    (file,) = published("smollm2-135m-instruct-gguf").glob("*.gguf")
    old, content = read_template(file).encode(), bytearray(file.read_bytes())
    # As long as the old one, within its last tag.
    new = _TEMPLATE.encode()[:-2].ljust(len(old) - 2) + b"%}"
    assert len(new) == len(old)
    at = content.find(old)
    content[at : at + len(old)] = new
    taught = tmp_path / "taught.gguf"
    taught.write_bytes(content)
    assert calls(load(taught, tools="on")) == [("set_timer", {"minutes": 8})]


def test_call_of_a_model_whose_template_knows_none(load: LoadGguf) -> None:
    (file,) = published("smollm2-135m-instruct-gguf").glob("*.gguf")
    talk = [SYSTEM, *asked(3)[:2], *asked(5)[:2], *asked(4)[:2], user("set a timer for 8 minutes")]
    assert calls(load(file, tools="on"), talk) == [("set_timer", {"minutes": 8})]


def test_tools_are_told_and_nothing_is_called(load: LoadGguf) -> None:
    model = load(tools="on", max_tokens=8)
    deltas = [list(answer) for answer in (_plain(model), _offered(model))]
    # The prompt is longer by what the tool is.
    assert deltas[1].count("") > deltas[0].count("")
    assert not any(isinstance(delta, ToolCall) for delta in deltas[1])


def _plain(model: GgufLanguageModel) -> list[str]:
    return list(model.generate([SYSTEM, user("Hello!")], CancelToken()))


def _offered(model: GgufLanguageModel) -> list[str]:
    return list(model.generate_with_tools([SYSTEM, user("Hello!")], [TIMER], CancelToken()))


def test_template_is_read(tmp_path: Path) -> None:
    assert read_template(write_tiny_gguf(tmp_path / "a.gguf")).endswith("<|im_start|>assistant\n")
    empty = tmp_path / "b.gguf"
    empty.write_bytes(b"GGUF nothing")
    assert read_template(empty) == ""


def test_tools_are_an_option_with_more_context() -> None:
    assert not takes_tools(GgufConfig())
    assert takes_tools(GgufConfig(tools="on"))
    assert GgufConfig(tools="on").context > GgufConfig().context
