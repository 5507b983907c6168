"""What a turn has exchanged with the language model, which a question may interrupt."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from marvin.mind.tools.offered import OfferedTool
from marvin.types import Message, ToolCall


@dataclass(slots=True)
class Exchange:
    """The conversation with the model within a turn."""

    messages: list[Message]
    calls_left: int
    outside: bool = False
    """It has a result from outside."""
    remembers_outside: bool = False
    """An earlier answer had one."""
    replaces_refusal: bool = False
    """Marvin itself can only refuse: nothing counts before a server's tool has been called with
    success, and no other tool is offered."""
    succeeded: bool = False
    """A server's tool has been called with success."""
    reports: list[str] = field(default_factory=list)
    """What skills have reported."""
    files: list[Path] = field(default_factory=list)

    @property
    def counts(self) -> bool:
        """Whether the model's words may be spoken."""
        return self.succeeded or not self.replaces_refusal

    def needs_yes(self, tool: OfferedTool, outside: bool) -> bool:
        """`outside`: as it was when the call was written."""
        return tool.confirms or outside or (tool.acts and self.remembers_outside)


@dataclass(slots=True)
class PendingCalls:
    """Calls, of which the first is made if the user says yes."""

    exchange: Exchange
    calls: Sequence[ToolCall]
    tools: Mapping[str, OfferedTool]
    question: str
    approved: bool = False

    def approve(self) -> None:
        self.approved = True
