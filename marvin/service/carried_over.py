"""What outlives a reload of models.toml."""

from dataclasses import dataclass, field

from marvin.mind.memory import Memory
from marvin.service.kept_conversations import KeptConversations
from marvin.service.metrics import Metrics
from marvin.skills.agenda import Agenda


@dataclass(frozen=True, slots=True)
class CarriedOver:
    memory: Memory | None = None
    """Of the conversation in the room; None: it begins."""
    agenda: Agenda = field(default_factory=Agenda)
    metrics: Metrics = field(default_factory=Metrics)
    kept: KeptConversations = field(default_factory=KeptConversations)
