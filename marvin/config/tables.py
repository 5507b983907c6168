"""The tables of models.toml. The text under each key is its description everywhere."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from marvin.config.engine_table import EngineTable
from marvin.config.llm import LanguageModelConfig, NoLanguageModelConfig
from marvin.config.stt import SphinxConfig, TranscriberConfig
from marvin.config.table import Fraction, Seconds, Table, Text
from marvin.config.tts import EspeakConfig, SynthesizerConfig
from marvin.config.vad import VadConfig, WebrtcVadConfig
from marvin.config.wake import AstConfig, WakeConfig
from marvin.errors import ConfigError


class AudioConfig(Table):
    """Devices and buffers."""

    input: Text = "default"
    """Microphone: `default`, a device's name or part of it (`marvin devices` lists them), or an
    id of ALSA, PulseAudio or PipeWire."""
    output: Text = "default"
    """Speaker: `default`, a device's name or part of it, or an id."""
    volume: Fraction = 1.0
    """Playback volume at start."""
    backlog_s: Seconds = 4.0
    """Microphone audio kept while the machine is busy; beyond it the oldest is dropped."""
    latency_s: Annotated[float, Field(gt=0.0, le=2.0)] = 0.1
    """Output buffer: larger survives a busy machine, smaller is heard, and stops, sooner."""


class TurnConfig(Table):
    """When the user's turn ends, and limits that end Marvin's with a notice."""

    silence_s: Annotated[float, Field(gt=0.0, le=10.0)] = 0.7
    """Silence that ends the utterance."""
    complete_share: Annotated[float, Field(gt=0.0, le=1.0)] = 0.65
    """Share of `silence_s` that is enough after words that a skill understands; 1: all of it."""
    unfinished_share: Annotated[float, Field(ge=1.0, le=5.0)] = 1.7
    """Multiple of it to wait after words that break off ("set a timer for"); 1: no longer."""
    resume_s: Annotated[float, Field(ge=0.0, le=5.0)] = 0.8
    """A user who speaks again this soon after the end continues the utterance, unless the answer
    has begun; 0: never."""
    no_speech_s: Seconds = 5.0
    """Give up when nobody has begun to speak this long after the wake word."""
    max_s: Annotated[float, Field(gt=0.0, le=300.0)] = 15.0
    """Longest utterance, from the first speech on."""
    start_probability: Fraction = 0.6
    """Speech begins when this share of a chunk is speech."""
    stop_probability: Fraction = 0.3
    """Speech goes on while at least this share of a chunk is speech."""
    margin_db: Annotated[float, Field(ge=0.0, le=40.0)] = 6.0
    """Speech is at least this much louder than the room's noise floor."""
    min_speech_s: Annotated[float, Field(gt=0.0, le=5.0)] = 0.2
    """Shorter sounds are not speech."""
    pre_roll_s: Annotated[float, Field(ge=0.0, le=5.0)] = 1.6
    """Audio from before the detection that goes to the recogniser."""
    speculate: bool = True
    """Work on what was said at each pause, before it is certain that the user has finished."""
    wake_chime: bool = True
    """A short sound when you have said the wake word and wait."""
    follow_up_s: Annotated[float, Field(ge=0.0, le=60.0)] = 0.0
    """Listen without wake word for so long after each reply; 0: only after Marvin's questions."""
    question_s: Seconds = 6.0
    """Wait so long for the answer when Marvin asks something."""
    transcribe_s: Seconds = 15.0
    """Longest transcription."""
    answer_s: Seconds = 30.0
    """Longest wait for a skill's answer or the language model's next words."""
    first_clause: Annotated[int, Field(ge=0, le=200)] = 24
    """A language model's first clause is spoken before its sentence stands if it has so many
    characters, some 1.5 s of speech in which the next piece is made; 0: only whole sentences."""
    synthesis_s: Seconds = 20.0
    """Longest wait for the next piece of speech."""
    speaking_s: Seconds = 300.0
    """Longest reply."""


class CommandConfig(Table):
    """A command of the user's own: `[[skills.commands]]`."""

    sentences: Annotated[tuple[Text, ...], Field(min_length=1)]
    """What the user says: `(turn|switch) on [the] {lamp}`."""
    say: str | None = None
    """Fixed answer; `{lamp}` is replaced by what was said."""
    run: Annotated[tuple[str, ...], Field(min_length=1)] | None = None
    """Program and arguments, run without a shell; its output is spoken unless `say` is set."""
    timeout_s: Annotated[float, Field(gt=0.0, le=300.0)] = 10.0
    """The program is killed after so long."""


class SkillsConfig(Table):
    """What is answered without a language model."""

    disabled: tuple[Text, ...] = ()
    """Names of built-in skills to leave out; docs/skills.md lists them."""
    clock: Literal["12h", "24h"] = "12h"
    """How the time is said."""
    state_dir: Path | None = None
    """Where timers are kept; default: $XDG_STATE_HOME/marvin or ~/.local/state/marvin."""
    ring_s: Annotated[float, Field(ge=0.0, le=3600.0)] = 60.0
    """A timer that has ended rings until it is stopped, or for so long; 0: once."""
    lists: dict[str, tuple[Text, ...]] = Field(default_factory=dict)
    """Phrases for `{lamp}` in sentences: `lamp = [\"bed light\", \"office lamp\"]`; whole numbers:
    `level = [\"0..100\"]`. What is in `timer_name` can name a timer."""
    commands: tuple[CommandConfig, ...] = ()
    """The user's own commands."""


class ProfileConfig(Table):
    """What a profile needs from the machine; its tables replace those above, and say which models
    it needs."""

    min_memory_gb: Annotated[float, Field(ge=0.0)] = 0.0
    """Least memory of the machine."""
    gpu: bool = False
    """Whether it needs an accelerator."""


class Config(Table):
    """models.toml, with the chosen profile applied."""

    profile: Text = "auto"
    """`auto` takes the best profile that this machine can run; or a profile's name."""
    audio: AudioConfig = AudioConfig()
    wake: WakeConfig = AstConfig()
    vad: VadConfig = WebrtcVadConfig()
    stt: TranscriberConfig = SphinxConfig()
    llm: LanguageModelConfig = NoLanguageModelConfig()
    tts: SynthesizerConfig = EspeakConfig()
    turn: TurnConfig = TurnConfig()
    skills: SkillsConfig = SkillsConfig()

    def engines(self) -> Iterator[tuple[str, EngineTable]]:
        """The engines of all stages and their fallbacks in order, each with its table's key."""
        for stage in type(self).model_fields:
            table = getattr(self, stage)
            if isinstance(table, EngineTable):
                yield from table.with_fallbacks(stage)

    def ast(self) -> AstConfig:
        """The table [wake] for tools that need an AST's scores. Raises ConfigError."""
        if not isinstance(self.wake, AstConfig):
            raise ConfigError(
                f"wake.engine = {self.wake.engine!r}: this command needs the engine 'ast'"
            )
        return self.wake
