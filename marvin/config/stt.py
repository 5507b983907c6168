"""The table [stt], one class an engine."""

from typing import Annotated, Literal

from pydantic import Field

from marvin.config.table import Address, Fraction, PlacedTable, Seconds, Table, Text


class SphinxConfig(Table):
    """Speech to text by pocketsphinx: a grammar made of what the skills understand."""

    engine: Literal["sphinx"] = "sphinx"
    """`sphinx`: pocketsphinx with the English model from its wheel."""
    confidence: Fraction = 0.5
    """Below it the utterance fits no command: \"sorry, I did not get that\"."""


class WhisperConfig(PlacedTable):
    """Speech to text by Whisper: any language, any words."""

    engine: Literal["whisper"] = "whisper"
    """`whisper`: transformers' WhisperForConditionalGeneration."""
    model: Text = "openai/whisper-base.en"
    """Hub id or folder: openai/whisper-{tiny,base,small}(.en), whisper-large-v3-turbo, or yours."""
    language: Text = "en"
    """ISO 639-1 code of what is spoken, or `auto` to detect it; English models know English."""
    partial_s: Annotated[float, Field(ge=0.0, le=10.0)] = 0.7
    """Write down what was said so far every so often while the user speaks; 0: only at the end."""
    word_times: bool = False
    """Say when each word was spoken; takes a little longer."""
    thin_silence: bool = True
    """Let a second of silence stand for all that a short utterance is padded with to 30 s; text
    that fails one of the limits below is written again after hearing all of it."""
    drafts: bool = True
    """Read what the last partial transcript said in one step, and write only what is new."""
    own_decoder: bool = True
    """Read tokens by a decoder of Marvin's own; transformers' takes longer, and cannot thin out
    silence."""
    max_no_speech: Fraction = 0.6
    """Where the model takes the audio for silence with a higher probability, reject text that is
    not far surer than `min_log_probability` (half of it)."""
    min_log_probability: Annotated[float, Field(ge=-10.0, le=0.0)] = -1.0
    """Reject text whose tokens have a lower mean log-probability."""
    max_compression_ratio: Annotated[float, Field(ge=1.0, le=100.0)] = 2.4
    """Reject text that zlib compresses better than so: it repeats itself."""
    max_repeats: Annotated[int, Field(ge=1, le=100)] = 5
    """Reject text in which a run of words comes more often than so in a row."""
    min_speech_s: Annotated[float, Field(ge=0.0, le=5.0)] = 0.2
    """Do not ask when the voice activity detector heard less speech than so."""


class MoonshineConfig(PlacedTable):
    """English speech to text by Moonshine: small, and no padding of short utterances."""

    engine: Literal["moonshine"] = "moonshine"
    """`moonshine`: transformers' MoonshineForConditionalGeneration."""
    model: Text = "UsefulSensors/moonshine-tiny"
    """Hub id or folder: UsefulSensors/moonshine-{tiny,base}, or yours."""
    partial_s: Annotated[float, Field(ge=0.0, le=10.0)] = 0.7
    """Write down what was said so far every so often while the user speaks; 0: only at the end."""
    drafts: bool = True
    """Read what the last partial transcript said in one step, and write only what is new."""
    min_log_probability: Annotated[float, Field(ge=-10.0, le=0.0)] = -1.0
    """Reject text whose tokens have a lower mean log-probability."""
    max_compression_ratio: Annotated[float, Field(ge=1.0, le=100.0)] = 2.4
    """Reject text that zlib compresses better than so: it repeats itself."""
    max_repeats: Annotated[int, Field(ge=1, le=100)] = 5
    """Reject text in which a run of words comes more often than so in a row."""
    min_speech_s: Annotated[float, Field(ge=0.0, le=5.0)] = 0.2
    """Do not ask when the voice activity detector heard less speech than so."""


class OpenAITranscriberConfig(Table):
    """Speech to text by a server that speaks OpenAI's `/v1/audio/transcriptions`."""

    engine: Literal["openai"] = "openai"
    """`openai`: Speaches, vLLM, `transformers serve`, LocalAI, OpenAI itself."""
    base_url: Address = "http://localhost:8000/v1"
    """Where the server is, `/v1` included."""
    model: Text = "whisper-1"
    """Name of the model on the server."""
    api_key_env: Text | None = None
    """Environment variable that has the key, for servers that want one."""
    language: Text = "en"
    """ISO 639-1 code of what is spoken, or `auto` to let the server detect it."""
    timeout_s: Seconds = 10.0
    """Longest wait for the transcript, all tries together."""
    retries: Annotated[int, Field(ge=0, le=10)] = 1
    """Further tries when the server is busy (429, 502, 503, 504) or the connection breaks."""
    min_speech_s: Annotated[float, Field(ge=0.0, le=5.0)] = 0.2
    """Do not ask when the voice activity detector heard less speech than so."""


TranscriberConfig = Annotated[
    SphinxConfig | WhisperConfig | MoonshineConfig | OpenAITranscriberConfig,
    Field(discriminator="engine"),
]
