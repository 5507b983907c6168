"""Summarises a configuration in the first line that Marvin prints."""

from marvin.boundary.redaction import redact, show_address
from marvin.config.profiles import ChosenProfile
from marvin.config.tables import Config


def summary(choice: ChosenProfile, config: Config) -> str:
    """One line: the profile and the reason, its engines, and better profiles."""
    hears, answers, speaks = (
        table.does.format(model=table.title()) for table in (config.stt, config.llm, config.tts)
    )
    does = f"{hears}, {answers}, and {speaks}"
    if (url := config.home_assistant.url) is not None:
        does += f"; Home Assistant at {show_address(url)} is asked what no skill understands"
    # A user may have entered an API key as a model name.
    return redact(" ".join((f"Profile {choice.name} ({choice.why}) {does}.", *choice.better)))
