"""What Home Assistant's conversation API answers."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from marvin.backends.home_assistant.home_server import UNCLEAR, HomeAssistantServer
from marvin.errors import HomeAssistantError

_PROCESS = "/api/conversation/process"
_LONGEST_ID = 200
_LONGEST_SPEECH = 5_000
"""Characters; more is not spoken."""
_MOST_NAMES = 5


class HomeOutcome(Enum):
    """How far Home Assistant got with a text."""

    ANSWERED = "answered"
    """It acted or answered, or tried to and failed."""
    NO_TARGET = "no target"
    """It looks like one of its sentences, about something that it does not have. Most questions
    do: "what is the capital of France" asks for a device called "capital of France"."""
    NOTHING = "nothing"


_PLACES = ("area", "floor", "domain", "device_class")
"""Listed as done even where no device in them did anything."""
_CODES = {"no_intent_match": HomeOutcome.NOTHING, "no_valid_targets": HomeOutcome.NO_TARGET}


@dataclass(frozen=True, slots=True)
class HomeAnswer:
    understood: HomeOutcome
    speech: str
    """As it is written; empty if there is nothing to say."""
    conversation_id: str = ""
    """Continues the conversation."""
    asks: bool = False
    """It expects an answer."""
    failed: tuple[str, ...] = ()
    """Names of devices that did not do it."""
    success: bool = True
    """Whether it did or answered something. Otherwise `speech` is its error."""


async def converse(
    server: HomeAssistantServer,
    text: str,
    *,
    language: str,
    conversation_id: str = "",
    agent: str | None = None,
) -> HomeAnswer:
    """Have a text carried out or answered. Raises HomeAssistantError."""
    body = {"text": text, "language": language}
    if conversation_id:
        body["conversation_id"] = conversation_id
    if agent:
        body["agent_id"] = agent
    found = read_answer(await server.post(_PROCESS, body))
    if found is None:
        raise HomeAssistantError(
            f"home_assistant.url: {server.name} answered with something else than a conversation: "
            "is that its address?",
            UNCLEAR,
        )
    return found


def read_answer(value: Any) -> HomeAnswer | None:
    """None if it is not one."""
    if not isinstance(value, dict) or not isinstance(response := value.get("response"), dict):
        return None
    kind, data = response.get("response_type"), response.get("data")
    if kind not in ("action_done", "query_answer", "error") or not isinstance(data, dict):
        return None
    understood = HomeOutcome.ANSWERED
    if kind == "error":
        understood = _CODES.get(str(data.get("code")), HomeOutcome.ANSWERED)
    continued = value.get("conversation_id")
    usable = isinstance(continued, str) and len(continued) <= _LONGEST_ID
    success = kind != "error" and _succeeded(data)
    # "Turned on the light" is what it says of a light that has failed, too.
    speech = _speech(response.get("speech")) if success or kind == "error" else ""
    return HomeAnswer(
        understood,
        speech,
        str(continued) if usable else "",
        value.get("continue_conversation") is True,
        tuple(_names(data.get("failed"))),
        success,
    )


def _succeeded(data: Mapping[str, Any]) -> bool:
    failed, done = data.get("failed"), data.get("success")
    if not failed or not isinstance(failed, list):
        return True
    some = any(
        isinstance(one, dict) and one.get("type") not in _PLACES
        for one in (done if isinstance(done, list) else ())
    )
    # What failed without a name cannot be told apart from what was done.
    return some and any(_names(failed))


def _speech(value: Any) -> str:
    """The plain text."""
    plain = value.get("plain") if isinstance(value, dict) else None
    text = plain.get("speech") if isinstance(plain, dict) else None
    return text[:_LONGEST_SPEECH] if isinstance(text, str) else ""


def _names(value: Any) -> Iterator[str]:
    for one in value[:_MOST_NAMES] if isinstance(value, list) else ():
        name = one.get("name") if isinstance(one, dict) else None
        if isinstance(name, str) and (spoken := " ".join(name[:_LONGEST_ID].split())):
            yield spoken
