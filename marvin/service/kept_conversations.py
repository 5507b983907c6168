"""Conversations of the servers' clients that outlive a reload of models.toml."""

from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass, field

from marvin.dialogue import Dialogue
from marvin.mind.memory import Memory


@dataclass(frozen=True, slots=True)
class KeptConversations:
    """Those who use a table bound it."""

    memories: OrderedDict[Hashable, Memory] = field(default_factory=OrderedDict)
    """Of the Wyoming server, by what the clients call them."""
    dialogues: OrderedDict[bytes, tuple[float, Dialogue]] = field(default_factory=OrderedDict)
    """Of the HTTP server, whose clients send the rest."""
