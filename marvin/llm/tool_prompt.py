"""Tools in the prompts and answers of models that run here, in the format that most were trained on
(Hermes): `<tool_call>{"name": ..., "arguments": {...}}</tool_call>`."""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from marvin.llm.tool_rules import described
from marvin.types import Message, Tool, ToolCall

_CALL = re.compile(r"<tool_call>\s*(.*?)\s*(?:</tool_call>|\Z)", re.DOTALL)
_MOST_CALLS = 8
_HOW = (
    "You can call these tools:\n{tools}\n\nTo call one, answer only with its name and arguments "
    'as JSON: <tool_call>{{"name": "...", "arguments": {{...}}}}</tool_call>'
)


def in_words(messages: Sequence[Message], tools: Sequence[Tool]) -> list[Message]:
    """The conversation for a chat template that knows no tools."""
    shown = [_in_words(message) for message in messages]
    if tools and shown and shown[0].role == "system":
        listed = "\n".join(json.dumps(one["function"]) for one in described(tools))
        shown[0] = replace(shown[0], text=f"{shown[0].text}\n\n{_HOW.format(tools=listed)}")
    return shown


def _in_words(message: Message) -> Message:
    if message.role == "tool":
        return Message("user", f"<tool_response>{message.text}</tool_response>")
    calls = [
        f'<tool_call>{{"name": "{call.name}", "arguments": {call}}}</tool_call>'
        for call in message.calls
    ]
    return Message(message.role, "\n".join(filter(None, [message.text, *calls])))


def object_of(arguments: str) -> object:
    """As chat templates take arguments; nothing if they are broken."""
    try:
        return json.loads(arguments)
    except ValueError:
        return {}


def written_calls(text: str, tools: Sequence[Tool]) -> Iterator[ToolCall]:
    """The calls in an answer: in tags, or as nothing but JSON (Llama, Mistral)."""
    if not tools:
        return
    blocks = _CALL.findall(text)
    entries: list[object] = []
    for block in blocks or ([text.strip()] if text.strip()[:1] in ("{", "[") else []):
        try:
            value, _ = json.JSONDecoder().raw_decode(block)
        except (ValueError, RecursionError):
            continue
        entries += value if isinstance(value, list) else [value]
    names = {tool.name for tool in tools}
    for at, entry in enumerate(entries[:_MOST_CALLS]):
        if not isinstance(entry, dict):
            continue
        name, arguments = entry.get("name"), entry.get("arguments", entry.get("parameters", {}))
        # An answer that is JSON by itself is no call.
        if isinstance(name, str) and (blocks or name in names):
            yield ToolCall(name, json.dumps(arguments), f"call_{at}")
