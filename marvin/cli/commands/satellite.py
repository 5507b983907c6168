"""`marvin run --satellite`: microphone, loudspeaker and wake word are here, the rest is on another
Marvin."""

from dataclasses import replace

from marvin.config import Loaded
from marvin.config.llm import WyomingAgentConfig
from marvin.config.stt import WyomingTranscriberConfig
from marvin.config.tables import AUTO
from marvin.config.tts import WyomingSpeechConfig
from marvin.skills.built_in import NAMES
from marvin.skills.cannot_do import LIMITS

OF_THE_ROOM = frozenset({"stop", "volume", "repeat"})
"""Skills that are about the loudspeaker here. Lists and notes belong to the other Marvin."""


def as_satellite(loaded: Loaded, url: str, room: str = "") -> Loaded:
    """The configuration with the engines of the Marvin at `url`, which knows this machine as
    `room`. The wake word stays here."""
    config = loaded.config
    spoken = config.language
    language = None if spoken == AUTO else spoken
    skills = config.skills.model_copy(
        update={
            "disabled": tuple(name for name in (*NAMES, LIMITS) if name not in OF_THE_ROOM),
            "commands": (),
        }
    )
    engines = {
        "stt": WyomingTranscriberConfig(url=url, language=spoken),
        "llm": WyomingAgentConfig(url=url, language=language, room=room),
        "tts": WyomingSpeechConfig(url=url, language=language),
        "skills": skills,
    }
    why = f"Satellite of the Marvin at {url}: only the wake word is heard here."
    return replace(loaded, config=config.model_copy(update=engines), why=why)
