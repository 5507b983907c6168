"""The table [speaker_id], one class per engine."""

from typing import Annotated, Literal

from pydantic import Field

from marvin.config.engine_table import CheckpointKey, EngineTable
from marvin.config.table import Fraction, Text


class SpeakerIdConfig(EngineTable):
    """Base class of all that tell voices apart."""

    does = "tells voices apart with {model}"


class NoSpeakerIdConfig(SpeakerIdConfig):
    """Voices are not told apart: everybody is treated alike."""

    class_path = "marvin.speaker_id.no_encoder:NoSpeakerEncoder"
    does = "does not tell voices apart"
    runs = "off"

    engine: Literal["none"] = "none"
    """`none`: everybody is treated alike; `ecapa`: know the people whose voices were enrolled by
    `marvin voices add`."""


class EcapaConfig(SpeakerIdConfig):
    """Knows the voices that were enrolled by `marvin voices add`, with an ECAPA-TDNN."""

    class_path = "marvin.speaker_id.ecapa.ecapa_encoder:EcapaEncoder"
    checkpoints = (CheckpointKey(parameters=20_800_000),)
    runs = "in this process, on the CPU"

    engine: Literal["ecapa"] = "ecapa"
    """`ecapa`: SpeechBrain's ECAPA-TDNN."""
    model: Text = "speechbrain/spkrec-ecapa-voxceleb"
    """Hub id or folder."""
    threshold: Fraction = 0.45
    """Minimum likeness to an enrolled voice; higher values mistake fewer strangers, and recognise
    fewer of the enrolled."""
    margin: Fraction = 0.1
    """How much more like the best enrolled voice than like the second it has to be."""
    min_speech_s: Annotated[float, Field(ge=0.3, le=10.0)] = 0.7
    """Shorter utterances, the wake word included, are nobody's."""
    known_only: tuple[Text, ...] = ()
    """Skills that only people with an enrolled voice may use: `["lists", "alarms", "commands"]`;
    `marvin skills list` shows their names."""
