"""Whether a server says that it, or its model, knows no tools."""

import re

from marvin.llm.chat.completion import CompletionError
from marvin.llm.chat.http_session import RefusedError

_NO_TOOLS = re.compile(
    # Ollama; Hugging Face's providers.
    r"(?:not|n't) support (?:tools?|tool (?:use|calls?|calling)|functions?(?: calling)?)\b"
    # llama.cpp; vLLM; OpenRouter.
    r"|tools param requires|tool choice requires|no endpoints found that support tool use"
    # OpenAI, Groq; Mistral.
    r"|(?:tools?|tool (?:use|calls?|calling|choice)|function calling)['\"`]* (?:is|are) not"
    r" (?:supported|enabled|available)"
    r"|(?:unsupported|unrecognized|unknown) (?:parameter|argument|request argument supplied)"
    r":? ['\"`]*tools\b"
    # FastAPI, where it knows no such field.
    r"|\"tools\"\][^{}]*not permitted|not permitted[^{}]*\"tools\"\]",
    re.IGNORECASE,
)


def refuses_tools(fault: RefusedError | CompletionError) -> bool:
    """Rather than a tool of these, or anything else."""
    body = fault.body if isinstance(fault.body, str) else fault.body.decode(errors="replace")
    refused = (fault.status or 0) in (400, 404, 422, 500, 501)
    return refused and _NO_TOOLS.search(body.replace("\\", "")) is not None
