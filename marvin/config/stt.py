"""The table [stt], one class per engine."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from marvin.config.engine_table import (
    CheckpointKey,
    DeviceTraits,
    EngineTable,
    PlacedTable,
    ServerTable,
    WyomingTable,
)
from marvin.config.table import Address, Fraction, Seconds, Text, WyomingAddress

_WINDOW = 1500
"""Encoder positions of Whisper for 30 s."""
_ENGLISH_ONLY = ".en"
"""Ends the names of Whisper models that know English only."""


class TranscriberConfig(EngineTable):
    """Base class of all recognisers."""

    does = "hears any words with {model}"
    takes: ClassVar[frozenset[str]] = frozenset()
    """What `load` takes besides the wake phrases: `patterns`, the skills' sentences,
    `other_patterns`, those of the conversation's other languages, and `pronounce`, for words that
    are in no dictionary."""

    @classmethod
    def for_language(cls, language: str, keys: Mapping[str, object]) -> Mapping[str, object] | None:
        """What its keys have to be for a code or `auto`; None: it knows English only."""
        return None

    def lacks(self) -> str:
        """Why it knows English only, and what does not; empty: it knows other languages."""
        return (
            f"stt.engine = {self.engine!r} knows English only: use a Whisper model, as the "
            "profiles starter, laptop and gpu do"
        )


class SphinxConfig(TranscriberConfig):
    """Speech to text by pocketsphinx, limited to the sentences that the skills understand."""

    class_path = "marvin.stt.sphinx.sphinx:SphinxTranscriber"
    runs = "C library in this process"
    does = "hears only the commands of its skills (pocketsphinx)"
    takes = frozenset(("patterns", "pronounce"))

    engine: Literal["sphinx"] = "sphinx"
    """`sphinx`: pocketsphinx with the English model included in its wheel."""
    confidence: Fraction = 0.5
    """Minimum confidence; below it the utterance is rejected: \"sorry, I did not get that\"."""


class _DictationConfig(PlacedTable, TranscriberConfig):
    """An encoder-decoder model in this process."""

    # A command is about twenty tokens; for four seconds of speech the encoder takes a quarter of
    # the time, and the decoder the rest.
    traits = DeviceTraits(("float16", "bfloat16", "float32"), ("float32",), 22, 0.7)

    partial_s: Annotated[float, Field(ge=0.0, le=10.0)] = 0.7
    """Interval of partial transcripts while the user speaks; 0: transcribe only at the end."""
    drafts: bool = True
    """Verify the previous partial transcript in one decoder step, and decode only what is new."""
    min_log_probability: Annotated[float, Field(ge=-10.0, le=0.0)] = -1.0
    """Reject text whose mean token log-probability is lower."""
    max_compression_ratio: Annotated[float, Field(ge=1.0, le=100.0)] = 2.4
    """Reject text that zlib compresses by more than this factor: it repeats itself."""
    max_repeats: Annotated[int, Field(ge=1, le=100)] = 5
    """Reject text that repeats a sequence of words more often than this."""
    min_speech_s: Annotated[float, Field(ge=0.0, le=5.0)] = 0.2
    """Skip transcription if the voice activity detector found less speech than this."""


class WhisperConfig(_DictationConfig):
    """Speech to text by Whisper, in any language."""

    class_path = "marvin.stt.whisper.whisper:WhisperTranscriber"
    checkpoints = (CheckpointKey(parameters=74_000_000),)
    takes = frozenset(("patterns", "other_patterns"))
    # OpenAI's weights and decoding are float16; on a CPU, `benchmarks.accuracy.whisper_words` has
    # compared these.
    traits = replace(_DictationConfig.traits, cpu=("float32", "bfloat16", "float16", "int8"))

    engine: Literal["whisper"] = "whisper"
    """`whisper`: transformers' WhisperForConditionalGeneration."""
    model: Text = "openai/whisper-base.en"
    """Hub id or folder: openai/whisper-{tiny,base,small}(.en), whisper-large-v3-turbo, or yours."""
    language: Text = "en"
    """ISO 639-1 code of the spoken language, or `auto` to detect it; `.en` models need `en`."""
    task: Literal["transcribe", "translate"] = "transcribe"
    """`translate`: write English, whatever language is spoken. Not with `.en` models; badly with
    large-v3-turbo, which was not trained for it."""
    word_times: bool = False
    """Compute the time of each word; takes a little longer."""
    thin_silence: bool = True
    """Pad short utterances with one second of silence instead of up to 30 s; text that fails one of
    the limits below is transcribed again with full padding."""
    own_decoder: bool = True
    """Use Marvin's own decoder; the one of transformers is slower and does not support
    `thin_silence`."""
    grammar: bool = True
    """Prefer a sentence that the skills understand if it fits the audio about as well as the free
    text."""
    max_no_speech: Fraction = 0.6
    """If the model's probability of silence is higher, reject text whose mean log-probability is
    below half of `min_log_probability`."""

    @classmethod
    def for_language(cls, language: str, keys: Mapping[str, object]) -> Mapping[str, object]:
        model = str(keys.get("model", cls.model_fields["model"].default))
        return {"language": language, "model": model.removesuffix(_ENGLISH_ONLY)}

    def lacks(self) -> str:
        if not self.model.endswith(_ENGLISH_ONLY):
            return ""
        other = self.model.removesuffix(_ENGLISH_ONLY)
        # What is beside a folder of the user's may have any name.
        instead = "a multilingual one" if Path(self.model).expanduser().is_dir() else repr(other)
        return f"stt.model = {self.model!r} knows English only: use {instead}"

    def working(self, settings: Mapping[str, int]) -> int:
        width, wide = settings["d_model"], settings["encoder_ffn_dim"]
        layers = settings["decoder_layers"]
        # A layer holds its input, the three projections, the heads' output and the hidden layer
        # twice, before and after activation; the first convolution has twice the positions.
        encoder = _WINDOW * (6 * width + 2 * wide)
        # Keys and values of each decoder layer, for the encoder's positions and 448 tokens.
        cache = 2 * layers * width * (_WINDOW + 448)
        return encoder + cache + 10 * settings["vocab_size"]


class MoonshineConfig(_DictationConfig):
    """English speech to text by Moonshine: small, and does not pad short utterances."""

    class_path = "marvin.stt.moonshine:MoonshineTranscriber"
    checkpoints = (CheckpointKey(parameters=61_000_000),)

    engine: Literal["moonshine"] = "moonshine"
    """`moonshine`: transformers' MoonshineForConditionalGeneration."""
    model: Text = "UsefulSensors/moonshine-tiny"
    """Hub id or folder: UsefulSensors/moonshine-{tiny,base}, or yours."""


class OpenAITranscriberConfig(ServerTable, TranscriberConfig):
    """Speech to text by a server with OpenAI's `/v1/audio/transcriptions`."""

    class_path = "marvin.stt.openai_transcriptions:OpenAITranscriber"

    engine: Literal["openai"] = "openai"
    """`openai`: Speaches, vLLM, `transformers serve`, LocalAI, OpenAI itself."""
    base_url: Address = "http://localhost:8000/v1"
    """URL of the server, including `/v1`."""
    model: Text = "whisper-1"
    """Name of the model on the server."""
    language: Text = "en"
    """ISO 639-1 code of the spoken language, or `auto` to let the server detect it."""
    timeout_s: Seconds = 10.0
    """Timeout for the transcript, including retries."""
    min_speech_s: Annotated[float, Field(ge=0.0, le=5.0)] = 0.2
    """Skip transcription if the voice activity detector found less speech than this."""

    @classmethod
    def for_language(cls, language: str, keys: Mapping[str, object]) -> Mapping[str, object]:
        return {"language": language}

    def lacks(self) -> str:
        return ""


class WyomingTranscriberConfig(WyomingTable, TranscriberConfig):
    """Speech to text by a Wyoming server."""

    class_path = "marvin.stt.wyoming_transcriber:WyomingTranscriber"
    domain = "asr"

    engine: Literal["wyoming"] = "wyoming"
    """`wyoming`: wyoming-faster-whisper, another Marvin, any speech-to-text add-on of Home
    Assistant."""
    url: WyomingAddress = "tcp://localhost:10300"
    """Address of the server."""
    model: Text | None = None
    """Name of the model on the server, if it has several."""
    language: Text = "en"
    """ISO 639-1 code of the spoken language, or `auto` to let the server decide."""
    names: tuple[Text, ...] = ()
    """Names that are likely to be said, for servers that take them."""
    timeout_s: Seconds = 10.0
    """Timeout for the transcript."""
    partial_s: Annotated[float, Field(ge=0.0, le=10.0)] = 0.0
    """Interval of partial transcripts while the user speaks, each of which is a request for all of
    it; 0: transcribe only at the end."""
    min_speech_s: Annotated[float, Field(ge=0.0, le=5.0)] = 0.2
    """Skip transcription if the voice activity detector found less speech than this."""

    @classmethod
    def for_language(cls, language: str, keys: Mapping[str, object]) -> Mapping[str, object]:
        return {"language": language}

    def lacks(self) -> str:
        return ""
