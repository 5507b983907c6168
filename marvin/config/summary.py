"""What a configuration does, for people: the first line that Marvin prints."""

from marvin.boundary.redaction import redact
from marvin.config.profiles import ChosenProfile
from marvin.config.tables import Config


def summary(choice: ChosenProfile, config: Config) -> str:
    """One line: the profile and why, its engines, what would be better."""
    hears, answers, speaks = (
        table.does.format(model=table.title()) for table in (config.stt, config.llm, config.tts)
    )
    does = f"{hears}, {answers}, and {speaks}"
    # It names models, and a key may have been put in a model's place.
    return redact(" ".join((f"Profile {choice.name} ({choice.why}) {does}.", *choice.better)))
