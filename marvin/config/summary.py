"""What a configuration does, for people: the first line that Marvin prints."""

from marvin.boundary.redaction import redact
from marvin.config.llm import LanguageModelConfig
from marvin.config.profiles import ChosenProfile
from marvin.config.stt import TranscriberConfig
from marvin.config.tables import Config
from marvin.config.tts import SynthesizerConfig

_HEARS = {"sphinx": "hears only the commands of its skills (pocketsphinx)"}
_ANSWERS = {"none": "answers by its skills alone, without a language model"}
_SPEAKS = {"espeak": "speaks with espeak-ng"}
"""By engine; of any other the model is named."""
_ON_A_SERVER = ("chat", "openai")


def summary(choice: ChosenProfile, config: Config) -> str:
    """One line: the profile and why, its engines, what would be better."""
    stages = (
        _HEARS.get(config.stt.engine, f"hears any words with {_model(config.stt)}"),
        _ANSWERS.get(config.llm.engine, f"answers by its skills and {_model(config.llm)}"),
        _SPEAKS.get(config.tts.engine, f"speaks with {_model(config.tts)}"),
    )
    does = f"{stages[0]}, {stages[1]}, and {stages[2]}"
    # It names models, and a key may have been put in a model's place.
    return redact(" ".join((f"Profile {choice.name} ({choice.why}) {does}.", *choice.better)))


def _model(table: SynthesizerConfig | TranscriberConfig | LanguageModelConfig) -> str:
    model: str = getattr(table, "model", table.engine)
    # Not its address, which may hold a password.
    return f"{model} on a server" if table.engine in _ON_A_SERVER else model
