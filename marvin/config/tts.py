"""The table [tts], one class per engine."""

import re
from collections.abc import Mapping
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
from marvin.config.voice_mix import LANGUAGE_VOICES, VoiceMix, espeak_voice
from marvin.hub.catalogue import ARCTIC, NOT_FOR_BUSINESS


class SynthesizerConfig(EngineTable):
    """Base class of all synthesisers."""

    does = "speaks with {model}"
    letters_only: ClassVar[bool] = False
    """Whether the voice reads no digits at all, in a language that its checkpoint names."""

    @property
    def reads(self) -> str:
        """ISO 639-1 code of the language in which numbers are spelled out. Empty: the engine does
        it itself, or its checkpoint names the language."""
        return "en"

    @classmethod
    def for_language(cls, language: str) -> Mapping[str, object] | None:
        """What its keys have to be for a language other than English; None: it does not speak
        it."""
        return None


class EspeakConfig(SynthesizerConfig):
    """Speech by espeak-ng, in a separate process."""

    class_path = "marvin.tts.espeak:EspeakSynthesizer"
    runs = "a small process of its own"
    does = "speaks with espeak-ng"

    engine: Literal["espeak"] = "espeak"
    """`espeak`: espeak-ng from the espeakng-loader wheel."""
    voice: Text = "en-gb"
    """Language or voice, with an optional variant: `en-us`, `de`, `en-gb+f3`."""
    words_per_minute: Annotated[int, Field(ge=80, le=450)] = 165
    """Speaking rate."""
    pitch: Annotated[int, Field(ge=0, le=99)] = 45
    """Base pitch, 0 to 99."""
    volume: Annotated[int, Field(ge=0, le=200)] = 100
    """Amplitude in percent of espeak-ng's normal level."""

    @property
    def reads(self) -> str:
        return re.split(r"[-+]", self.voice)[0]

    @classmethod
    def for_language(cls, language: str) -> Mapping[str, object]:
        return {"voice": language}


def _x_vectors(speaker: str) -> str | None:
    """The dataset that has a named speaker's x-vector; None if the user has it in a file."""
    path = Path(speaker).expanduser()
    own = "/" in speaker or path.suffix in (".npy", ".safetensors") or path.exists()
    return None if own else ARCTIC


class SpeechT5Config(PlacedTable, SynthesizerConfig):
    """English speech by SpeechT5 and a HiFi-GAN vocoder."""

    class_path = "marvin.tts.speecht5.speecht5:SpeechT5Synthesizer"
    checkpoints = (
        CheckpointKey(parameters=160_000_000),
        CheckpointKey("vocoder", 13_000_000, float32=True),
        CheckpointKey("speaker", resolve=_x_vectors),
    )
    # Each step is two frames of 16 ms: a clause of 1.5 s takes fifty passes of the decoder, which
    # has 40 % of the weights. On an accelerator, kernel launches dominate, so dtype does not
    # matter.
    traits = DeviceTraits(("float32",), ("float32", "bfloat16"), 20, 0.9)

    engine: Literal["speecht5"] = "speecht5"
    """`speecht5`: transformers' SpeechT5ForTextToSpeech."""
    model: Text = "microsoft/speecht5_tts"
    """Hub id or folder."""
    vocoder: Text = "microsoft/speecht5_hifigan"
    """Hub id or folder of the model that turns spectrograms into audio."""
    speaker: Text = "slt"
    """Voice: a file (.npy or .safetensors) with an x-vector of 512 numbers, also without its suffix
    (`voices/anna`), or a CMU ARCTIC speaker: `awb`, `bdl`, `clb`, `jmk`, `ksp`, `rms`, `slt`."""
    seed: Annotated[int, Field(ge=0, le=2**32 - 1)] | None = 0
    """The same seed gives the same audio for the same sentence; without it, each time differs."""
    early_audio: bool = True
    """Start playback before the whole sentence is synthesised, if the machine is fast enough."""


class BarkConfig(PlacedTable, SynthesizerConfig):
    """Speech, laughter and singing by Bark: the liveliest voice, and the slowest."""

    class_path = "marvin.tts.bark:BarkSynthesizer"
    checkpoints = (CheckpointKey(parameters=420_000_000),)
    # Three models in sequence, at least 50 steps per second of speech. transformers' documentation
    # uses float16; with bfloat16 the codec's output is audibly worse.
    traits = DeviceTraits(("float16", "float32"), ("float32",), 150, 0.9)

    engine: Literal["bark"] = "bark"
    """`bark`: transformers' BarkModel."""
    model: Text = "suno/bark-small"
    """Hub id or folder: suno/bark-small, suno/bark."""
    voice_preset: Text = "v2/en_speaker_6"
    """Name of one of the model's speaker embeddings."""
    offload: bool = False
    """Keep only the active submodel on the GPU; saves memory, but is slower."""
    temperature: Annotated[float, Field(gt=0.0, le=2.0)] = 0.7
    """How much the speech varies."""
    seed: Annotated[int, Field(ge=0, le=2**32 - 1)] | None = None
    """The same seed gives the same audio for the same sentence; without it, each time differs."""

    @property
    def reads(self) -> str:
        """Taken from presets such as `v2/de_speaker_3`; English for other names."""
        named = re.search(r"\b([a-z]{2})_speaker", self.voice_preset)
        return named[1] if named else "en"

    @classmethod
    def for_language(cls, language: str) -> Mapping[str, object] | None:
        spoken = language in ("de", "es", "fr", "it")
        return {"voice_preset": f"v2/{language}_speaker_6"} if spoken else None


_THREE_LETTERS = {"de": "deu", "es": "spa", "fr": "fra", "it": "ita", "nl": "nld"}
"""ISO 639-3."""


class MmsConfig(PlacedTable, SynthesizerConfig):
    """Speech in 1,100 languages by MMS (VITS). Weights are CC BY-NC 4.0: no commercial use."""

    class_path = "marvin.tts.mms:MmsSynthesizer"
    checkpoints = (CheckpointKey(parameters=36_000_000, licence=NOT_FOR_BUSINESS),)
    letters_only = True
    # A small model, one pass. Its flow does not work in half precision.
    traits = DeviceTraits(("float32",), ("float32",), 1, 0.0, allowed=("float32",))

    engine: Literal["mms"] = "mms"
    """`mms`: transformers' VitsModel."""
    model: Text = "facebook/mms-tts-eng"
    """Hub id (facebook/mms-tts- followed by an ISO 639-3 code) or folder."""
    speaking_rate: Annotated[float, Field(ge=0.25, le=4.0)] = 1.0
    """1 is the model's normal rate; larger is faster."""
    noise_scale: Fraction = 0.667
    """How much the voice varies."""
    noise_scale_duration: Fraction = 0.8
    """How much the rhythm varies."""
    seed: Annotated[int, Field(ge=0, le=2**32 - 1)] | None = 0
    """The same seed gives the same audio for the same sentence."""
    early_audio: bool = True
    """Start playback before the whole sentence is synthesised, if the machine is fast enough."""

    @property
    def reads(self) -> str:
        return ""

    @classmethod
    def for_language(cls, language: str) -> Mapping[str, object]:
        return {"model": f"facebook/mms-tts-{_THREE_LETTERS[language]}"}


class KokoroConfig(PlacedTable, SynthesizerConfig):
    """Natural speech by Kokoro (StyleTTS 2) with onnxruntime, on the CPU, in 54 voices."""

    class_path = "marvin.tts.kokoro.kokoro:KokoroSynthesizer"
    package = "onnxruntime"
    checkpoints = (CheckpointKey(parameters=82_000_000, licence="Apache-2.0"),)
    # One pass. The number formats are those of its file.
    traits = DeviceTraits((), ("float32",), 1, 0.0, allowed=())

    engine: Literal["kokoro"] = "kokoro"
    """`kokoro`: Kokoro-82M as ONNX; phonemes come from espeak-ng."""
    model: Text = "hexgrad/Kokoro-82M"
    """Hub id or folder with model.onnx, config.json and voices/."""
    voice: VoiceMix = "af_heart"
    """A file in the model's folder `voices`, or a mix: `af_heart:0.7, bf_emma:0.3`. The first
    letter is the language: a American, b British English, e Spanish, f French, h Hindi, i Italian,
    p Brazilian Portuguese; not j and z, as espeak-ng has no Japanese or Chinese phonemes for it."""
    speed: Annotated[float, Field(ge=0.5, le=2.0)] = 1.0
    """1 is the voice's normal rate."""
    early_audio: bool = True
    """Start playback before the whole sentence is synthesised: clause by clause, and English also
    within a clause if the machine is fast enough."""

    @property
    def reads(self) -> str:
        return espeak_voice(self.voice).partition("-")[0]

    @classmethod
    def for_language(cls, language: str) -> Mapping[str, object] | None:
        voice = LANGUAGE_VOICES.get(language)
        return {"voice": voice} if voice else None

    def working(self, settings: Mapping[str, int]) -> int:
        """Of the longest clause, as measured."""
        return 65_000_000


class OpenAISpeechConfig(ServerTable, SynthesizerConfig):
    """Speech by a server with OpenAI's `/v1/audio/speech`."""

    class_path = "marvin.tts.openai.openai_speech:OpenAISynthesizer"

    engine: Literal["openai"] = "openai"
    """`openai`: Speaches, vLLM, LocalAI, Kokoro-FastAPI, OpenAI itself."""
    base_url: Address = "http://localhost:8000/v1"
    """URL of the server, including `/v1`."""
    model: Text = "tts-1"
    """Name of the model on the server."""
    voice: Text = "alloy"
    """Name of the voice on the server."""
    speed: Annotated[float, Field(ge=0.25, le=4.0)] = 1.0
    """1 is the voice's normal rate."""
    format: Literal["wav", "pcm"] = "wav"
    """Audio format to request; `pcm` (24 kHz, 16 bit) for servers that stream no other."""
    timeout_s: Seconds = 10.0
    """Timeout for the first piece of speech, including retries, and for each later one."""

    @property
    def reads(self) -> str:
        return ""

    @classmethod
    def for_language(cls, language: str) -> Mapping[str, object]:
        return {}


class WyomingSpeechConfig(WyomingTable, SynthesizerConfig):
    """Speech by a Wyoming server."""

    class_path = "marvin.tts.wyoming_synthesizer:WyomingSynthesizer"
    domain = "tts"
    things = "voices"

    engine: Literal["wyoming"] = "wyoming"
    """`wyoming`: wyoming-piper, another Marvin, any text-to-speech add-on of Home Assistant."""
    url: WyomingAddress = "tcp://localhost:10200"
    """Address of the server."""
    voice: Text | None = None
    """Name of the voice on the server; without it, the server's own choice."""
    speaker: Text | None = None
    """Name of the speaker, for a `voice` with several."""
    language: Text | None = None
    """Without a `voice`: ISO 639-1 code of the language, of which the server's first voice is
    used."""
    timeout_s: Seconds = 10.0
    """Timeout for the first piece of speech, and for each later one."""

    @property
    def reads(self) -> str:
        return ""

    @classmethod
    def for_language(cls, language: str) -> Mapping[str, object]:
        return {"language": language}
