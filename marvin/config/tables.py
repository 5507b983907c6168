"""The tables of models.toml. The text under each key is its description for users."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field

from marvin.config import hearing as hearing  # Its engines are among those of [llm].
from marvin.config.engine_table import EngineTable
from marvin.config.home_assistant import HomeAssistantConfig
from marvin.config.llm import LanguageModelConfig, NoLanguageModelConfig
from marvin.config.serve_table import ServeConfig
from marvin.config.speaker_id import NoSpeakerIdConfig, SpeakerIdConfig
from marvin.config.stt import SphinxConfig, TranscriberConfig
from marvin.config.table import Fraction, Seconds, Table, Text
from marvin.config.tools import ToolsConfig
from marvin.config.trace import TraceConfig
from marvin.config.tts import EspeakConfig, SynthesizerConfig
from marvin.config.vad import VadConfig, WebrtcVadConfig
from marvin.config.wake import AstConfig, WakeConfig
from marvin.errors import ConfigError
from marvin.languages.language import CODES

AUTO, ENGLISH = "auto", "en"
LANGUAGES = (ENGLISH, *CODES)


def _checked(language: str) -> str:
    """Raises ValueError unless Marvin speaks it."""
    if language not in (*LANGUAGES, AUTO):
        raise ValueError(f"should be one of {', '.join(LANGUAGES)}, or {AUTO}")
    return language


class AudioConfig(Table):
    """Devices and buffers."""

    input: Text = "default"
    """Microphone: `default`, all or part of a device's name (`marvin devices` lists them), or an
    ALSA, PulseAudio or PipeWire id."""
    output: Text = "default"
    """Speaker: `default`, all or part of a device's name, or an id."""
    volume: Fraction = 1.0
    """Initial playback volume."""
    backlog_s: Seconds = 4.0
    """Microphone audio buffered while the machine is busy; beyond it the oldest is dropped."""
    duck: Fraction = 0.0
    """Share by which other players are quieter while Marvin listens and speaks, as their volume
    control shows it: 0.7 leaves 30 %; 0: not at all. Needs PulseAudio or PipeWire, and `pactl`."""
    latency_s: Annotated[float, Field(gt=0.0, le=2.0)] = 0.08
    """Output buffer: larger values tolerate a busy machine, smaller ones start and stop sooner."""
    echo: Literal["auto", "off"] = "auto"
    """`auto`: remove Marvin's own voice from what the microphone hears, unless the microphone does
    that itself; needs the system's libspeexdsp1."""


class TurnConfig(Table):
    """When the user's turn ends, and the timeouts of Marvin's turn."""

    silence_s: Annotated[float, Field(gt=0.0, le=10.0)] = 0.7
    """Silence after which the utterance ends."""
    complete_share: Annotated[float, Field(gt=0.0, le=1.0)] = 0.65
    """Factor on `silence_s` after words that a skill understands; 1: no change."""
    unfinished_share: Annotated[float, Field(ge=1.0, le=5.0)] = 1.7
    """Factor on `silence_s` after unfinished words ("set a timer for"); 1: no change."""
    resume_s: Annotated[float, Field(ge=0.0, le=5.0)] = 0.8
    """Speech this soon after the end continues the utterance, unless the answer has started; 0:
    never."""
    no_speech_s: Seconds = 5.0
    """Stop listening if nobody speaks within this time after the wake word."""
    max_s: Annotated[float, Field(gt=0.0, le=300.0)] = 15.0
    """Maximum length of an utterance, from the start of speech."""
    start_probability: Fraction = 0.6
    """Speech starts when the speech probability of a chunk reaches this value."""
    stop_probability: Fraction = 0.3
    """Speech continues while the speech probability of chunks is at least this value."""
    margin_db: Annotated[float, Field(ge=0.0, le=40.0)] = 6.0
    """Minimum level of speech above the noise floor of the room."""
    min_speech_s: Annotated[float, Field(gt=0.0, le=5.0)] = 0.2
    """Shorter sounds are ignored."""
    pre_roll_s: Annotated[float, Field(ge=0.0, le=5.0)] = 1.6
    """Audio from before the wake word was detected that is passed to the recogniser."""
    earlier_s: Annotated[float, Field(ge=0.0, le=30.0)] = 0.0
    """Audio from before an utterance that is kept in memory, for a language model that hears: "what
    was that sound?" 0: none."""
    speculate: bool = True
    """Prepare the answer at each pause, before it is certain that the user has finished."""
    wake_chime: bool = True
    """Play a short sound if you pause after the wake word."""
    stop_word: bool = True
    """"Stop" on its own, without the wake word, ends a reply and a ringing timer. It is heard where
    Marvin's own voice does not fill the microphone: with headphones, with an echo-cancelled source,
    and between two rings."""
    barge_in: Literal["wake_word", "speech"] = "wake_word"
    """What interrupts a reply: the wake word and `stop_word`, or also other speech. Speech pauses
    the reply, which goes on after a mere "mhm" or "yeah". Needs a microphone that does not hear
    Marvin (`marvin doctor`)."""
    barge_in_s: Annotated[float, Field(ge=0.1, le=3.0)] = 0.3
    """With `barge_in = "speech"`: speech of this length pauses the reply."""
    barge_in_words: Annotated[int, Field(ge=1, le=10)] = 2
    """With `barge_in = "speech"`: so many words interrupt; one does if it is "no", "wait" or the
    like, or if Marvin asks."""
    follow_up_s: Annotated[float, Field(ge=0.0, le=60.0)] = 0.0
    """Listen without the wake word for this long after each reply; 0: only after questions, and
    once after "Sorry, I did not get that"."""
    follow_up_chime: bool = True
    """Play a soft sound when Marvin begins to listen without the wake word, and when it stops."""
    question_s: Seconds = 6.0
    """How long to wait for the user's answer to a question, or for a repetition."""
    transcribe_s: Seconds = 15.0
    """Timeout for the transcription."""
    answer_s: Seconds = 30.0
    """Timeout for a skill's answer, or for the next words of the language model."""
    first_clause: Annotated[int, Field(ge=0, le=200)] = 24
    """Speak the language model's first clause before its sentence is complete, if it has at least
    this many characters (24 are some 1.5 s of speech); 0: speak whole sentences only."""
    synthesis_s: Seconds = 20.0
    """Timeout for the next piece of synthesised speech."""
    speaking_s: Seconds = 300.0
    """Maximum length of a reply."""


class CommandConfig(Table):
    """A user-defined command: `[[skills.commands]]`."""

    sentences: Annotated[tuple[Text, ...], Field(min_length=1)]
    """What the user says: `(turn|switch) on [the] {lamp}`."""
    say: str | None = None
    """Fixed answer; `{lamp}` is replaced by the phrase that was spoken."""
    run: Annotated[tuple[str, ...], Field(min_length=1)] | None = None
    """Program and arguments, run without a shell; its output is spoken unless `say` is set."""
    timeout_s: Annotated[float, Field(gt=0.0, le=300.0)] = 10.0
    """The program is killed after this time."""


class SkillsConfig(Table):
    """Built-in skills and your own commands, which work without a language model."""

    disabled: tuple[Text, ...] = ()
    """Names of built-in skills to disable; docs/skills.md lists them."""
    clock: Literal["12h", "24h"] = "12h"
    """Format in which the time is spoken."""
    state_dir: Path | None = None
    """Folder where timers, alarms, lists and notes are saved; default: $XDG_STATE_HOME/marvin or
    ~/.local/state/marvin."""
    notes: bool = False
    """Keep notes that you ask for ("remember that the bins go out on Tuesday") until you say to
    forget them; they are saved there too, and told to the language model."""
    ring_s: Annotated[float, Field(ge=0.0, le=3600.0)] = 60.0
    """How long an expired timer rings unless it is stopped; 0: it rings once."""
    alarm_s: Annotated[float, Field(ge=0.0, le=3600.0)] = 600.0
    """How long an alarm rings unless it is stopped; 0: it rings once."""
    lists: dict[str, tuple[Text, ...]] = Field(default_factory=dict)
    """Phrases for `{lamp}` in sentences: `lamp = [\"bed light\", \"office lamp\"]`; whole numbers:
    `level = [\"0..100\"]`. Phrases in `timer_name` can be used as names of timers."""
    commands: tuple[CommandConfig, ...] = ()
    """User-defined commands."""


class ProfileConfig(Table):
    """The hardware requirements of a profile."""

    min_memory_gb: Annotated[float, Field(ge=0.0)] = 0.0
    """Minimum main memory."""
    gpu: bool = False
    """Whether an accelerator is required."""
    fast_cpu: bool = False
    """Whether the CPU needs vector instructions for int8: AVX2, or ARM's matrix products (i8mm),
    which no Raspberry Pi has."""


class Config(Table):
    """models.toml, with the chosen profile applied."""

    profile: Text = "auto"
    """Name of a profile, or `auto` for the best one that this machine can run."""
    language: Annotated[str, AfterValidator(_checked)] = ENGLISH
    """What you speak with Marvin: `en`, `de`, `es`, `fr`, `it` or `nl`; `auto`: whichever of them
    you just spoke (docs/languages.md). It sets the language of the recogniser, the skills, the
    language model and the voice; keys of your own in [stt] and [tts] take precedence. All but
    English need a Whisper model without `.en`: `marvin models pull` fetches one."""
    audio: AudioConfig = AudioConfig()
    wake: WakeConfig = AstConfig()
    vad: VadConfig = WebrtcVadConfig()
    stt: TranscriberConfig = SphinxConfig()
    llm: LanguageModelConfig = NoLanguageModelConfig()
    tts: SynthesizerConfig = EspeakConfig()
    speaker_id: SpeakerIdConfig = NoSpeakerIdConfig()
    turn: TurnConfig = TurnConfig()
    skills: SkillsConfig = SkillsConfig()
    serve: ServeConfig = ServeConfig()
    tools: ToolsConfig = ToolsConfig()
    home_assistant: HomeAssistantConfig = HomeAssistantConfig()
    trace: TraceConfig = TraceConfig()

    def engines(self) -> Iterator[tuple[str, EngineTable]]:
        """All engines and their fallbacks in stage order, each with its table's key."""
        for stage in type(self).model_fields:
            table = getattr(self, stage)
            if isinstance(table, EngineTable):
                yield from table.with_fallbacks(stage)

    @property
    def languages(self) -> tuple[str, ...]:
        """Codes of the languages of conversations, the usual one first."""
        return LANGUAGES if self.language == AUTO else (self.language,)

    def without_servers(self) -> Self:
        """For a run beside the daemon, which has their addresses."""
        return self.model_copy(update={"serve": ServeConfig()})

    def ast(self) -> AstConfig:
        """The table [wake], for tools that work with the AST engine only. Raises ConfigError."""
        if not isinstance(self.wake, AstConfig):
            raise ConfigError(
                f"wake.engine = {self.wake.engine!r}: this command needs the engine 'ast'"
            )
        return self.wake
