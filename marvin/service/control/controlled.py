"""What the control server needs from the assistant."""

from typing import Protocol

from marvin.skills.agenda import Agenda


class Controlled(Protocol):
    """The assistant, as seen by control clients.

    A request that cannot be fulfilled raises a MarvinError, whose text the client gets.
    """

    skill_problems: list[str]
    """What is wrong with the files of the user's own skills, as last read."""

    def status(self) -> dict[str, object]:
        """State and metrics as JSON values; nothing that was said."""
        ...

    def listen(self) -> None:
        """As after the wake word."""
        ...

    def stop(self) -> None:
        """End the current turn or speech."""
        ...

    def mute(self, muted: bool) -> None:
        ...
        ...

    async def say(self, text: str) -> None:
        """Speak when nothing else is being spoken; returns when done."""
        ...

    async def ask(self, text: str) -> str:
        """The answer to what was typed, which is not spoken."""
        ...

    def agenda(self) -> Agenda:
        """The alarms and lists in force."""
        ...

    async def reload(self) -> list[str]:
        """Reload models.toml. Returns its problems; if there are any, nothing has changed."""
        ...
