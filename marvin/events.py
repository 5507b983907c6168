"""What the assistant reports. Events inform; nothing is controlled by them."""

import dataclasses
from dataclasses import dataclass
from enum import Enum

from marvin.boundary.redaction import redact
from marvin.state import State, Trigger


@dataclass(frozen=True, slots=True)
class Armed:
    """The wake word is listened for."""

    phrase: str
    """What to say."""
    start_up_s: float
    """Seconds since the process began to load."""


@dataclass(frozen=True, slots=True)
class StateChanged:
    """The state changed."""

    before: State
    after: State
    cause: Trigger
    at_s: float
    """Position in the audio, in seconds."""


@dataclass(frozen=True, slots=True)
class WakeWordHeard:
    """Somebody called."""

    score: float
    at_s: float
    """Position in the audio, in seconds."""


@dataclass(frozen=True, slots=True)
class NearMiss:
    """What was heard was almost the wake word: at least half of what wakes."""

    score: float
    at_s: float
    """Position in the audio, in seconds."""


@dataclass(frozen=True, slots=True)
class PartlyHeard:
    """What the recogniser made of the utterance so far, while the user still speaks."""

    text: str
    stable: int
    """So many characters at its beginning will not change any more."""


@dataclass(frozen=True, slots=True)
class Heard:
    """What the recogniser made of the utterance; empty when it made nothing of it."""

    text: str
    confidence: float


@dataclass(frozen=True, slots=True)
class Replied:
    """A sentence goes to the voice."""

    text: str


@dataclass(frozen=True, slots=True)
class TurnFailed:
    """A stage failed; the turn ends with a spoken notice."""

    stage: str
    message: str


@dataclass(frozen=True, slots=True)
class EngineNotice:
    """An engine goes on in another way: elsewhere, or another one in its place."""

    stage: str
    message: str


@dataclass(frozen=True, slots=True)
class AudioLost:
    """Microphone audio is missing: the machine fell behind, or the device was away."""

    seconds: float
    """How much, just before the next chunk."""


@dataclass(frozen=True, slots=True)
class DeviceLost:
    """A sound device stopped working; it is looked for."""

    direction: str
    """`input` or `output`."""
    device: str
    """Its name."""
    reason: str


@dataclass(frozen=True, slots=True)
class DeviceBack:
    """A sound device, or the one that is now meant by its name, works again."""

    direction: str
    """`input` or `output`."""
    device: str
    away_s: float
    """How long it was away, in seconds; a sleep of the machine counts."""


@dataclass(frozen=True, slots=True)
class DeviceSilent:
    """A microphone that is open sends only zeros, or a constant: muted, or broken."""

    device: str
    seconds: float
    """How long it has."""
    over: bool
    """It hears something again."""


@dataclass(frozen=True, slots=True)
class Muted:
    """Marvin was told not to listen, or to listen again."""

    muted: bool


@dataclass(frozen=True, slots=True)
class TurnFinished:
    """Where the time of a turn went. None where the turn did not get so far."""

    outcome: str
    """`answered`, `not understood`, `interrupted`, `failed`, `wake word alone`."""
    wake_score: float
    """Score of the wake word; 0 in a follow-up."""
    speech_s: float
    """Speech after the wake word."""
    endpoint_s: float
    """Audio between the last speech and the decision that the user has finished."""
    stt_s: float | None
    """Transcription."""
    first_token_s: float | None
    """From the transcript to the first words of the answer."""
    first_audio_s: float | None
    """From the decision that the user has finished to the first audio of the reply."""
    total_s: float
    """From the decision that the user has finished to the end of the reply."""


Event = (
    Armed
    | StateChanged
    | WakeWordHeard
    | NearMiss
    | PartlyHeard
    | Heard
    | Replied
    | TurnFailed
    | EngineNotice
    | AudioLost
    | DeviceLost
    | DeviceBack
    | DeviceSilent
    | Muted
    | TurnFinished
)


def as_json(event: Event) -> dict[str, object]:
    """`{"event": "state_changed", ...}` with the event's own fields; times in seconds."""
    name = "".join(f"_{c.lower()}" if c.isupper() else c for c in type(event).__name__)
    fields = {field.name: _plain(getattr(event, field.name)) for field in dataclasses.fields(event)}
    if isinstance(event, TurnFailed | EngineNotice):
        fields["message"] = redact(event.message)
    return {"event": name.lstrip("_"), **fields}


def _plain(value: object) -> object:
    if isinstance(value, Enum):
        return value.value
    return round(value, 4) if isinstance(value, float) else value
