"""What of a conversation a model can read."""

from collections.abc import Sequence

from marvin.errors import LanguageModelError
from marvin.types import Message


def without_oldest_turn(messages: Sequence[Message]) -> list[Message] | None:
    """The messages without the first question and its answer; None when there is only one."""
    questions = [at for at, message in enumerate(messages) if message.role == "user"]
    if len(questions) < 2:
        return None
    system = [message for message in messages[: questions[1]] if message.role == "system"]
    return [*system, *messages[questions[1] :]]


def check_written(messages: Sequence[Message], name: str) -> None:
    """Raises LanguageModelError: The question has to be heard, which `name` cannot."""
    asked = next((one for one in reversed(messages) if one.role == "user"), None)
    if asked is not None and asked.audio and not (asked.spoken and asked.text):
        raise LanguageModelError(
            f"{name} takes no audio, and nobody has written down what was said: use a model that "
            "hears (docs/audio-language-models.md)"
        )
