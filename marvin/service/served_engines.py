"""What the servers for other programs answer with."""

from collections.abc import Callable
from dataclasses import dataclass, field

from marvin.config.tables import Config
from marvin.conversation.called_rooms import Rooms
from marvin.engines.engine_set import EngineSet
from marvin.events import Event
from marvin.mind.memory import Memory
from marvin.mind.mind import Mind
from marvin.service.engine_gates import EngineGates
from marvin.service.kept_conversations import KeptConversations
from marvin.service.metrics import Metrics
from marvin.skills.agenda import Agenda

Report = Callable[[Event], None]
PRIORITY = 10
"""Of calls for clients: after those of the person in the room, whose priority is 0."""


@dataclass(frozen=True, slots=True)
class ServedEngines:
    """Shared by all servers, and with the assistant, if there is one."""

    config: Config
    engines: EngineSet
    mind: Mind
    new_memory: Callable[[], Memory]
    """The memory of a new conversation."""
    agenda: Agenda = field(default_factory=Agenda)
    """What the skills keep."""
    gates: EngineGates = field(default_factory=EngineGates)
    metrics: Metrics = field(default_factory=Metrics)
    """Of this process."""
    rooms: Rooms = field(default_factory=Rooms)
    """In which the engines are used."""
    kept: KeptConversations = field(default_factory=KeptConversations)
    traced: Callable[[Report], Report] = lambda report: report
    """For the events of a session: the same, and its turns are sent as traces."""
