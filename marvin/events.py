"""Events that the assistant reports. They inform and never control anything."""

import dataclasses
from dataclasses import dataclass
from enum import Enum

from marvin.boundary.redaction import redact
from marvin.state import State, Trigger


@dataclass(frozen=True, slots=True)
class Armed:
    """Marvin is listening for the wake word."""

    phrase: str
    start_up_s: float
    """Seconds since the process started loading."""


@dataclass(frozen=True, slots=True)
class StateChanged:
    before: State
    after: State
    cause: Trigger
    at_s: float
    """Stream position in seconds."""


@dataclass(frozen=True, slots=True)
class WakeWordHeard:
    score: float
    at_s: float
    """Stream position in seconds."""


@dataclass(frozen=True, slots=True)
class AnsweredElsewhere:
    """Another room, which hears the user more clearly, answers the wake word heard here."""

    room: str
    """Its name; empty if it has none."""


@dataclass(frozen=True, slots=True)
class NearMiss:
    """The wake word score reached at least half the threshold, but not all of it."""

    score: float
    at_s: float
    """Stream position in seconds."""


@dataclass(frozen=True, slots=True)
class PartlyHeard:
    """A partial transcript, while the user is still speaking."""

    text: str
    stable: int
    """Length of the prefix that is final, in characters."""


@dataclass(frozen=True, slots=True)
class Heard:
    """The transcript of the utterance; empty if it was not understood."""

    text: str
    confidence: float
    speaker: str | None = None
    """Whose voice it is; empty if that is unknown, None if voices are not told apart."""


@dataclass(frozen=True, slots=True)
class Replied:
    """A sentence was sent to speech synthesis."""

    text: str


@dataclass(frozen=True, slots=True)
class TurnFailed:
    """A stage failed; the turn ends with a spoken notice."""

    stage: str
    message: str


@dataclass(frozen=True, slots=True)
class EngineNotice:
    """An engine moved to another device, or a fallback took over."""

    stage: str
    message: str


@dataclass(frozen=True, slots=True)
class AudioLost:
    """Microphone audio was lost: the machine fell behind, or the device was gone."""

    seconds: float
    """Length of the gap before the next chunk."""


@dataclass(frozen=True, slots=True)
class DeviceLost:
    """A sound device stopped working; Marvin keeps trying to reopen it."""

    direction: str
    """`input` or `output`."""
    device: str
    reason: str


@dataclass(frozen=True, slots=True)
class DeviceBack:
    """A sound device works again, or another one that now has its name."""

    direction: str
    """`input` or `output`."""
    device: str
    away_s: float
    """Length of the outage in seconds, system sleep included."""


@dataclass(frozen=True, slots=True)
class DeviceSilent:
    """An open microphone delivers only zeros or a constant: it is muted or broken."""

    device: str
    seconds: float
    over: bool
    """It delivers sound again."""


@dataclass(frozen=True, slots=True)
class ServerLost:
    """A server that Marvin needs all the time does not answer; Marvin keeps looking for it."""

    stage: str
    address: str
    message: str


@dataclass(frozen=True, slots=True)
class ServerBack:
    """It answers again."""

    stage: str
    address: str
    away_s: float
    """Length of the outage in seconds."""


@dataclass(frozen=True, slots=True)
class Muted:
    """Marvin was told to stop listening, or to listen again."""

    muted: bool


@dataclass(frozen=True, slots=True)
class Serving:
    """A server for other programs has begun to listen."""

    protocol: str
    """`wyoming`, ..."""
    address: str
    """With the port that it really has."""
    warning: str = ""
    """What others on the network can do, if they can reach it."""


@dataclass(frozen=True, slots=True)
class ToolUsed:
    """A tool that the language model called has answered. Nothing is to be said or done for it."""

    name: str
    server: str
    """Whose it is; empty: Marvin's own."""
    arguments: str
    """JSON as the model wrote it."""
    result: str
    """What the model was told of it."""
    failed: bool
    took_s: float


@dataclass(frozen=True, slots=True)
class TurnFinished:
    """Timing of a turn; None for steps it did not reach."""

    outcome: str
    """`answered`, `not understood`, `interrupted`, `failed`, `wake word alone`."""
    wake_score: float
    """0 in a follow-up."""
    speech_s: float
    """Speech after the wake word."""
    endpoint_s: float
    """From the last speech to the end of turn, in audio time."""
    stt_s: float | None
    """Transcription."""
    first_token_s: float | None
    """From the transcript to the first delta."""
    first_audio_s: float | None
    """From the end of turn to the first audio of the reply."""
    total_s: float
    """From the end of turn to the end of the reply."""
    answered_by: str = ""
    """Names of skills, `home_assistant` or `llm`; empty: nothing has answered."""


Event = (
    Armed
    | StateChanged
    | WakeWordHeard
    | AnsweredElsewhere
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
    | ServerLost
    | ServerBack
    | Muted
    | Serving
    | ToolUsed
    | TurnFinished
)


def as_json(event: Event) -> dict[str, object]:
    """`{"event": "state_changed", ...}` with the event's own fields; times in seconds."""
    name = "".join(f"_{c.lower()}" if c.isupper() else c for c in type(event).__name__)
    fields = {field.name: _plain(getattr(event, field.name)) for field in dataclasses.fields(event)}
    if isinstance(event, TurnFailed | EngineNotice | ServerLost):
        fields["message"] = redact(event.message)
    return {"event": name.lstrip("_"), **fields}


def _plain(value: object) -> object:
    if isinstance(value, Enum):
        return value.value
    return round(value, 4) if isinstance(value, float) else value
