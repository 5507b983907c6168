"""Shortens a conversation to what a model can read."""

from collections.abc import Sequence

from marvin.types import Message


def without_oldest_turn(messages: Sequence[Message]) -> list[Message] | None:
    """The messages without the first question and its answer; None when there is only one."""
    questions = [at for at, message in enumerate(messages) if message.role == "user"]
    if len(questions) < 2:
        return None
    system = [message for message in messages[: questions[1]] if message.role == "system"]
    return [*system, *messages[questions[1] :]]
