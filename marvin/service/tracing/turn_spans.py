"""A turn as spans: when each stage began and ended. Knows nothing of OpenTelemetry's library.

Attributes are named by OpenTelemetry's conventions for generative AI where those have a name, else
`marvin.*`. Only with `trace.words` do they hold what was said.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from marvin.boundary.redaction import redact
from marvin.config.tables import Config
from marvin.events import Heard, ToolUsed, TurnFailed, TurnFinished, WakeWordHeard

Attributes = dict[str, str | float]

_LONGEST_TEXT = 2_000
"""Of an attribute, in characters."""
_NS = 1_000_000_000
_NOT_THE_MIND = {"stt", "tts", "listening", "thinking", "speaking"}
"""Names by which something else fails: engines, and states that last too long."""


@dataclass(frozen=True, slots=True)
class Span:
    name: str
    start_ns: int
    """Since the epoch."""
    end_ns: int
    attributes: Mapping[str, str | float] = field(default_factory=dict)
    error: str = ""
    """Name of what failed."""
    children: tuple["Span", ...] = ()


@dataclass(frozen=True, slots=True)
class Beginning:
    """How Marvin came to listen."""

    cause: str
    at_s: float
    """Stream position."""
    wake: WakeWordHeard | None = None


@dataclass(slots=True)
class TracedTurn:
    """What was reported of a turn. Times are seconds since the user had finished, except where
    they are said to be positions in the stream."""

    beginning: Beginning
    position_s: float
    """Where in the stream the user had finished."""
    began_ns: int
    """When that was, since the epoch."""
    heard: Heard | None = None
    failed: TurnFailed | None = None
    failed_s: float = 0.0
    first_sentence_s: float | None = None
    last_sentence_s: float = 0.0
    said: str = ""
    """Up to some length."""
    tools: list[tuple[ToolUsed, float]] = field(default_factory=list)
    """Each with when it had answered."""

    def say(self, sentence: str, now_s: float) -> None:
        if self.first_sentence_s is None:
            self.first_sentence_s = now_s
        self.last_sentence_s = now_s
        if len(self.said) < _LONGEST_TEXT:
            self.said = f"{self.said} {sentence}".lstrip()


def turn_span(turn: TracedTurn, finished: TurnFinished, config: Config, session: str) -> Span:
    """`session`: an id of the conversation."""
    parts = _Parts(turn, finished, config)
    children = tuple(parts.spans())
    attributes: Attributes = {
        "gen_ai.operation.name": "invoke_agent",
        "gen_ai.agent.name": "marvin",
        "gen_ai.conversation.id": session,
        "gen_ai.output.type": "speech",
        "marvin.begun_by": turn.beginning.cause,
        "marvin.outcome": finished.outcome,
    }
    if finished.answered_by:
        attributes["marvin.answered_by"] = finished.answered_by
    if config.trace.words:
        attributes |= _words(turn)
    failed = turn.failed.stage if turn.failed else ""
    start_ns = min(span.start_ns for span in children)
    end_ns = max(span.end_ns for span in children)
    return Span("turn", start_ns, end_ns, attributes, failed, children)


class _Parts:
    """The spans of the stages."""

    def __init__(self, turn: TracedTurn, finished: TurnFinished, config: Config) -> None:
        self._turn = turn
        self._finished = finished
        self._config = config
        self._failed = turn.failed.stage if turn.failed else ""

    def spans(self) -> list[Span]:
        turn, finished = self._turn, self._finished
        total_s, first_audio_s = finished.total_s, finished.first_audio_s
        found = [self._listen(), self._stt()]
        if turn.beginning.wake is not None:
            found.insert(0, self._wake(turn.beginning.wake))
        if turn.heard is not None:
            found.append(self._mind())
        if turn.first_sentence_s is not None:
            end_s = total_s if first_audio_s is None else first_audio_s
            error = "tts" if self._failed == "tts" else ""
            found.append(
                self._span("tts", turn.first_sentence_s, end_s, _engine(self._config.tts), error)
            )
        if first_audio_s is not None:
            found.append(self._span("first_audio", 0.0, first_audio_s))
            found.append(self._span("speak", first_audio_s, total_s))
        return found

    def _wake(self, wake: WakeWordHeard) -> Span:
        attributes = _engine(self._config.wake)
        attributes["marvin.wake.score"] = round(wake.score, 4)
        start_s = wake.at_s - self._turn.position_s
        return self._span("wake", start_s, self._began_s, attributes)

    def _listen(self) -> Span:
        start_s = max(self._began_s, -self._finished.endpoint_s)
        endpoint = self._span("endpoint", start_s, 0.0)
        attributes: Attributes = {"marvin.speech_s": round(self._finished.speech_s, 3)}
        return self._span("listen", self._began_s, 0.0, attributes, children=(endpoint,))

    @property
    def _began_s(self) -> float:
        return min(0.0, self._turn.beginning.at_s - self._turn.position_s)

    def _stt(self) -> Span:
        attributes = _engine(self._config.stt)
        if self._turn.heard is not None:
            attributes["marvin.stt.confidence"] = round(self._turn.heard.confidence, 3)
        if self._failed == "stt":
            return self._span("stt", 0.0, self._turn.failed_s, attributes, self._failed)
        end_s = self._finished.stt_s
        return self._span(
            "stt", 0.0, self._finished.total_s if end_s is None else end_s, attributes
        )

    def _mind(self) -> Span:
        turn, start_s = self._turn, self._finished.stt_s or 0.0
        attributes: Attributes = {}
        if self._finished.answered_by == "llm":
            attributes["gen_ai.operation.name"] = "chat"
            attributes["gen_ai.provider.name"] = self._config.llm.engine
            model = getattr(self._config.llm, "model", None)
            # With others to fall back on, which one it was is not reported.
            if isinstance(model, str) and not getattr(self._config.llm, "fallbacks", ()):
                attributes["gen_ai.request.model"] = model
        error = self._failed if self._failed not in _NOT_THE_MIND else ""
        if error:
            end_s = turn.failed_s
        else:
            silent = turn.first_sentence_s is None
            end_s = self._finished.total_s if silent else turn.last_sentence_s
        end_s = max(end_s, *(at_s for _, at_s in turn.tools), start_s)
        tools = tuple(self._tool(tool, at_s) for tool, at_s in turn.tools)
        return self._span("mind", start_s, end_s, attributes, error, tools)

    def _tool(self, tool: ToolUsed, end_s: float) -> Span:
        attributes: Attributes = {
            "gen_ai.operation.name": "execute_tool",
            "gen_ai.tool.name": tool.name,
            "gen_ai.tool.type": "extension" if tool.server else "function",
        }
        if tool.server:
            attributes["marvin.tool.server"] = tool.server
        if self._config.trace.words:
            attributes["gen_ai.tool.call.arguments"] = tool.arguments[:_LONGEST_TEXT]
            attributes["gen_ai.tool.call.result"] = tool.result[:_LONGEST_TEXT]
        error = "tool" if tool.failed else ""
        return self._span(
            f"execute_tool {tool.name}", end_s - tool.took_s, end_s, attributes, error
        )

    def _span(
        self,
        name: str,
        start_s: float,
        end_s: float,
        attributes: Attributes | None = None,
        error: str = "",
        children: tuple[Span, ...] = (),
    ) -> Span:
        began_ns = self._turn.began_ns
        start_ns = began_ns + round(start_s * _NS)
        end_ns = max(start_ns, began_ns + round(end_s * _NS))
        return Span(name, start_ns, end_ns, attributes or {}, error, children)


def _engine(table: object) -> Attributes:
    found: Attributes = {"marvin.engine": str(getattr(table, "engine", ""))}
    if isinstance(model := getattr(table, "model", None), str):
        found["marvin.model"] = model
    return found


def _words(turn: TracedTurn) -> Attributes:
    found: Attributes = {}
    if turn.heard is not None:
        found["gen_ai.input.messages"] = _message("user", turn.heard.text)
        if turn.heard.speaker:
            found["marvin.speaker"] = turn.heard.speaker
    if turn.said:
        found["gen_ai.output.messages"] = _message("assistant", turn.said)
    if turn.failed is not None:
        found["error.message"] = redact(turn.failed.message)[:_LONGEST_TEXT]
    return found


def _message(role: str, text: str) -> str:
    parts = [{"type": "text", "content": text[:_LONGEST_TEXT]}]
    return json.dumps([{"role": role, "parts": parts}], ensure_ascii=False)
