"""The table [stt], one class an engine."""

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from marvin.config.engine_table import (
    CheckpointKey,
    DeviceTraits,
    EngineTable,
    PlacedTable,
    ServerTable,
)
from marvin.config.table import Address, Fraction, Seconds, Text

_ANY = ("float32", "bfloat16", "float16", "int8")
_WINDOW = 1500
"""Positions of Whisper's encoder in 30 s."""


class TranscriberConfig(EngineTable):
    """Any recogniser."""

    does = "hears any words with {model}"
    grammar: ClassVar[bool] = False
    """It recognises only the skills' sentences, which `load` gets."""


class SphinxConfig(TranscriberConfig):
    """Speech to text by pocketsphinx: a grammar made of what the skills understand."""

    class_path = "marvin.stt.sphinx.sphinx:SphinxTranscriber"
    runs = "C library in this process"
    does = "hears only the commands of its skills (pocketsphinx)"
    grammar = True

    engine: Literal["sphinx"] = "sphinx"
    """`sphinx`: pocketsphinx with the English model from its wheel."""
    confidence: Fraction = 0.5
    """Below it the utterance fits no command: \"sorry, I did not get that\"."""


class _DictationConfig(PlacedTable, TranscriberConfig):
    """An encoder and a decoder in this process."""

    # OpenAI's weights and decoding are float16. A command is about twenty tokens; for four seconds
    # of speech the encoder takes a quarter of the time, the decoder's steps the rest.
    traits = DeviceTraits(("float16", "bfloat16", "float32"), _ANY, 22, 0.7)

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


class WhisperConfig(_DictationConfig):
    """Speech to text by Whisper: any language, any words."""

    class_path = "marvin.stt.whisper.whisper:WhisperTranscriber"
    checkpoints = (CheckpointKey(parameters=74_000_000),)

    engine: Literal["whisper"] = "whisper"
    """`whisper`: transformers' WhisperForConditionalGeneration."""
    model: Text = "openai/whisper-base.en"
    """Hub id or folder: openai/whisper-{tiny,base,small}(.en), whisper-large-v3-turbo, or yours."""
    language: Text = "en"
    """ISO 639-1 code of what is spoken, or `auto` to detect it; English models know English."""
    word_times: bool = False
    """Say when each word was spoken; takes a little longer."""
    thin_silence: bool = True
    """Let a second of silence stand for all that a short utterance is padded with to 30 s; text
    that fails one of the limits below is written again after hearing all of it."""
    own_decoder: bool = True
    """Read tokens by a decoder of Marvin's own; transformers' takes longer, and cannot thin out
    silence."""
    max_no_speech: Fraction = 0.6
    """Where the model takes the audio for silence with a higher probability, reject text that is
    not far surer than `min_log_probability` (half of it)."""

    def working(self, settings: Mapping[str, int]) -> int:
        width, wide = settings["d_model"], settings["encoder_ffn_dim"]
        layers = settings["decoder_layers"]
        # A layer holds its input, the three projections, the heads' output and the hidden layer
        # twice, before and after its activation; the first convolution sees twice the positions.
        encoder = _WINDOW * (6 * width + 2 * wide)
        # Keys and values of each decoder layer: of the encoder's positions, and of 448 tokens.
        cache = 2 * layers * width * (_WINDOW + 448)
        return encoder + cache + 10 * settings["vocab_size"]


class MoonshineConfig(_DictationConfig):
    """English speech to text by Moonshine: small, and no padding of short utterances."""

    class_path = "marvin.stt.moonshine:MoonshineTranscriber"
    checkpoints = (CheckpointKey(parameters=61_000_000),)

    engine: Literal["moonshine"] = "moonshine"
    """`moonshine`: transformers' MoonshineForConditionalGeneration."""
    model: Text = "UsefulSensors/moonshine-tiny"
    """Hub id or folder: UsefulSensors/moonshine-{tiny,base}, or yours."""


class OpenAITranscriberConfig(ServerTable, TranscriberConfig):
    """Speech to text by a server that speaks OpenAI's `/v1/audio/transcriptions`."""

    class_path = "marvin.stt.openai_transcriptions:OpenAITranscriber"

    engine: Literal["openai"] = "openai"
    """`openai`: Speaches, vLLM, `transformers serve`, LocalAI, OpenAI itself."""
    base_url: Address = "http://localhost:8000/v1"
    """Where the server is, `/v1` included."""
    model: Text = "whisper-1"
    """Name of the model on the server."""
    language: Text = "en"
    """ISO 639-1 code of what is spoken, or `auto` to let the server detect it."""
    timeout_s: Seconds = 10.0
    """Longest wait for the transcript, all tries together."""
    min_speech_s: Annotated[float, Field(ge=0.0, le=5.0)] = 0.2
    """Do not ask when the voice activity detector heard less speech than so."""
