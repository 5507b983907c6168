"""What the socket asks of the running assistant."""

from typing import Protocol


class Controlled(Protocol):
    """The assistant, as other programs see it.

    What cannot be done now raises a MarvinError that says why; the client gets its text.
    """

    def status(self) -> dict[str, object]:
        """State and figures, fit for JSON. Nothing that was said."""
        ...

    def listen(self) -> None:
        """As if the wake word had been said."""
        ...

    def stop(self) -> None:
        """End what is being said or worked out."""
        ...

    def mute(self, muted: bool) -> None:
        """Do not listen, or listen again."""
        ...

    async def say(self, text: str) -> None:
        """Say it as soon as nobody else has the word; returns when it was said."""
        ...

    async def ask(self, text: str) -> str:
        """The answer to what was typed, which is not spoken."""
        ...

    async def reload(self) -> list[str]:
        """Read models.toml again. Problems, of which each alone changes nothing; none: done."""
        ...
