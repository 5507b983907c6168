"""The table [tts], one class an engine."""

from typing import Annotated, Literal

from pydantic import Field

from marvin.config.table import Address, Fraction, PlacedTable, Seconds, Table, Text


class EspeakConfig(Table):
    """Speech by espeak-ng, in a process of its own."""

    engine: Literal["espeak"] = "espeak"
    """`espeak`: espeak-ng from the espeakng-loader wheel."""
    voice: Text = "en-gb"
    """Language or voice, with an optional variant: `en-us`, `de`, `en-gb+f3`."""
    words_per_minute: Annotated[int, Field(ge=80, le=450)] = 165
    """Speaking rate."""
    pitch: Annotated[int, Field(ge=0, le=99)] = 45
    """Base pitch."""
    volume: Annotated[int, Field(ge=0, le=200)] = 100
    """Amplitude as the synthesiser understands it; 100 is its normal level."""


class SpeechT5Config(PlacedTable):
    """English speech by SpeechT5 and a HiFi-GAN vocoder."""

    engine: Literal["speecht5"] = "speecht5"
    """`speecht5`: transformers' SpeechT5ForTextToSpeech."""
    model: Text = "microsoft/speecht5_tts"
    """Hub id or folder."""
    vocoder: Text = "microsoft/speecht5_hifigan"
    """Hub id or folder of the model that turns its spectrogram into sound."""
    speaker: Text = "slt"
    """Voice: a file (.npy or .safetensors) with an x-vector of 512 numbers, one in a folder
    (`voices/anna`), or a speaker of CMU ARCTIC: `awb`, `bdl`, `clb`, `jmk`, `ksp`, `rms`, `slt`."""
    seed: Annotated[int, Field(ge=0, le=2**32 - 1)] | None = 0
    """The same seed says the same sentence in the same way; without it each time differs."""
    early_audio: bool = True
    """Begin to be heard while the sentence is still computed, where the machine is fast enough."""


class BarkConfig(PlacedTable):
    """Speech, laughter and song by Bark: the most lively voice, and the slowest."""

    engine: Literal["bark"] = "bark"
    """`bark`: transformers' BarkModel."""
    model: Text = "suno/bark-small"
    """Hub id or folder: suno/bark-small, suno/bark."""
    voice_preset: Text = "v2/en_speaker_6"
    """Speaker of the model's speaker embeddings."""
    offload: bool = False
    """Keep on the GPU only the one of its models that computes; saves memory, takes longer."""
    temperature: Annotated[float, Field(gt=0.0, le=2.0)] = 0.7
    """How much the speech varies."""
    seed: Annotated[int, Field(ge=0, le=2**32 - 1)] | None = None
    """The same seed says the same sentence in the same way; without it each time differs."""


class MmsConfig(PlacedTable):
    """Speech in 1,100 languages by MMS (VITS). Its weights are CC BY-NC 4.0: not for business."""

    engine: Literal["mms"] = "mms"
    """`mms`: transformers' VitsModel."""
    model: Text = "facebook/mms-tts-eng"
    """Hub id (facebook/mms-tts- and an ISO 639-3 code) or folder."""
    speaking_rate: Annotated[float, Field(ge=0.25, le=4.0)] = 1.0
    """1 is the model's own; larger is faster."""
    noise_scale: Fraction = 0.667
    """How much the voice varies."""
    noise_scale_duration: Fraction = 0.8
    """How much the rhythm varies."""
    seed: Annotated[int, Field(ge=0, le=2**32 - 1)] | None = 0
    """The same seed says the same sentence in the same way."""
    early_audio: bool = True
    """Begin to be heard while the sentence is still computed, where the machine is fast enough."""


class OpenAISpeechConfig(Table):
    """Speech by a server that speaks OpenAI's `/v1/audio/speech`."""

    engine: Literal["openai"] = "openai"
    """`openai`: Speaches, vLLM, LocalAI, Kokoro-FastAPI, OpenAI itself."""
    base_url: Address = "http://localhost:8000/v1"
    """Where the server is, `/v1` included."""
    model: Text = "tts-1"
    """Name of the model on the server."""
    voice: Text = "alloy"
    """Name of the voice on the server."""
    speed: Annotated[float, Field(ge=0.25, le=4.0)] = 1.0
    """1 is the voice's own rate."""
    format: Literal["wav", "pcm"] = "wav"
    """What is asked for; `pcm` (24 kHz, 16 bit) for servers that send only it piece by piece."""
    api_key_env: Text | None = None
    """Environment variable that has the key, for servers that want one."""
    timeout_s: Seconds = 10.0
    """Longest wait for the first piece of speech, all tries together, and for each further one."""
    retries: Annotated[int, Field(ge=0, le=10)] = 1
    """Further tries when the server is busy (429, 502, 503, 504) or the connection breaks."""


SynthesizerConfig = Annotated[
    EspeakConfig | SpeechT5Config | BarkConfig | MmsConfig | OpenAISpeechConfig,
    Field(discriminator="engine"),
]
