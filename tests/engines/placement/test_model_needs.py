"""Memory needed by the configured models, from their files, the catalogue or their names."""

import json
import struct
from pathlib import Path

import pytest

from marvin.config.hearing import AudioFlamingoConfig, VoxtralConfig
from marvin.config.llm import ChatConfig, LanguageModelConfig, TransformersConfig
from marvin.config.stt import WhisperConfig
from marvin.config.tables import Config
from marvin.config.tts import KokoroConfig, MmsConfig, SpeechT5Config
from marvin.engines.placement.model_needs import BYTES, Need, needs
from marvin.engines.placement.sizes import SizeOrigin, size_of
from marvin.hub.source import Source
from tests.checkpoints.audio_llm import make_audio_flamingo


@pytest.fixture(autouse=True)
def nothing_fetched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))


def source(name: object) -> Source:
    return Source("llm.model", str(name))


def by_key(config: Config) -> dict[str, Need]:
    return {need.key: need for need in needs(config)}


def test_parameters_are_counted_from_the_headers(tmp_path: Path) -> None:
    from transformers import LlamaConfig, LlamaForCausalLM

    config = LlamaConfig(
        vocab_size=100, hidden_size=32, intermediate_size=64, num_hidden_layers=2,
        num_attention_heads=4, num_key_value_heads=2,
    )  # fmt: skip
    model = LlamaForCausalLM(config)
    model.save_pretrained(tmp_path)
    size = size_of(source(tmp_path), 1)
    assert size.origin is SizeOrigin.FILES
    assert size.parameters == sum(tensor.numel() for tensor in model.state_dict().values())
    linear = sum(
        module.weight.numel() for module in model.modules() if type(module).__name__ == "Linear"
    )
    assert size.linear == linear
    assert size.settings["hidden_size"] == 32


def test_sharded_weights_are_added_up(tmp_path: Path) -> None:
    for number in (1, 2):
        header = json.dumps({"__metadata__": {}, f"w{number}": {"shape": [10, number]}}).encode()
        name = f"model-0000{number}-of-00002.safetensors"
        (tmp_path / name).write_bytes(struct.pack("<Q", len(header)) + header)
    files = {f"w{number}": f"model-0000{number}-of-00002.safetensors" for number in (1, 2)}
    (tmp_path / "model.safetensors.index.json").write_text(json.dumps({"weight_map": files}))
    assert size_of(source(tmp_path), 1).parameters == 30


def test_a_file_for_onnxruntime_is_as_large_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "model.onnx").write_bytes(bytes(4_000))
    table = KokoroConfig(model=str(tmp_path))
    need = by_key(Config(tts=table))["tts"]
    assert (need.parameters, need.origin) == (1_000, SizeOrigin.FILES)
    assert need.weights_gb("float32") == pytest.approx(4e-6)


@pytest.mark.parametrize("content", [b"", b"short", b"\xff" * 64, struct.pack("<Q", 4) + b"nope"])
def test_broken_file_is_left_to_the_loading(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "model.safetensors").write_bytes(content)
    size = size_of(source(tmp_path), 7)
    assert (size.parameters, size.origin) == (7, SizeOrigin.GUESS)


@pytest.mark.parametrize(
    ("name", "parameters", "origin"),
    [
        ("openai/whisper-base.en", 74_000_000, SizeOrigin.CATALOGUE),
        ("somebody/Chatty-360M-Instruct", 360_000_000, SizeOrigin.NAME),
        ("somebody/chatty-1.5b", 1_500_000_000, SizeOrigin.NAME),
        ("somebody/chatty-v2", 5, SizeOrigin.GUESS),
        ("somebody/chatty-3bit", 5, SizeOrigin.GUESS),
    ],
)
def test_models_not_on_disk_are_looked_up_or_estimated(
    name: str, parameters: int, origin: SizeOrigin
) -> None:
    size = size_of(source(name), 5)
    assert (size.parameters, size.origin) == (parameters, origin)


def test_each_local_model_has_a_need() -> None:
    config = Config(
        stt=WhisperConfig(device="cuda"),
        llm=ChatConfig(
            fallbacks=(ChatConfig(base_url="http://pc:8000/v1"), TransformersConfig(dtype="int8"))
        ),
        tts=SpeechT5Config(),
    )
    found = by_key(config)
    assert list(found) == ["wake", "stt", "llm.fallbacks[1]", "tts"]
    assert found["stt"].device == "cuda"
    assert found["llm.fallbacks[1]"].dtype == "int8"
    assert found["llm.fallbacks[1]"].spare
    assert found["tts"].exact > 1_000_000, "the vocoder"
    assert found["wake"].origin is SizeOrigin.FILES


def test_engines_without_models_need_nothing() -> None:
    assert list(by_key(Config())) == ["wake"]


def test_longer_conversation_needs_more_memory(tmp_path: Path) -> None:
    settings = {
        "vocab_size": 49152, "hidden_size": 960, "num_hidden_layers": 32,
        "num_attention_heads": 15, "num_key_value_heads": 5, "intermediate_size": 2560,
    }  # fmt: skip
    header = json.dumps({"w": {"shape": [361, 1_000_000]}}).encode()
    (tmp_path / "model.safetensors").write_bytes(struct.pack("<Q", len(header)) + header)
    (tmp_path / "config.json").write_text(json.dumps(settings))
    short, long = (
        by_key(Config(llm=TransformersConfig(model=str(tmp_path), history_tokens=tokens)))["llm"]
        for tokens in (1024, 8192)
    )
    # Keys and values: 2 · 33 · 5 · 64 numbers per token.
    assert long.working - short.working > (8192 - 1024) * 2 * 33 * 5 * 64
    assert short.memory_gb("bfloat16") == pytest.approx(0.90, abs=0.02)


def test_int8_makes_only_linear_layers_smaller() -> None:
    need = Need("tts", "mms", "m", parameters=100, linear=60, exact=10, working=5)
    weights = {dtype: round(need.weights_gb(dtype) * 1e9) for dtype in BYTES}
    assert weights == {"float32": 440, "bfloat16": 240, "float16": 240, "int8": 60 + 160 + 40}
    assert round(need.loading_gb("int8") * 1e9) == 440
    assert round(need.memory_gb("int8") * 1e9) == 280


def test_every_placeable_engine_is_known() -> None:
    assert by_key(Config(tts=MmsConfig()))["tts"].traits.allowed == ("float32",)


@pytest.mark.parametrize(
    ("table", "billions"), [(VoxtralConfig(), 4.7), (AudioFlamingoConfig(), 8.3)]
)
def test_models_that_hear_are_larger_than_their_names_say(
    table: LanguageModelConfig, billions: float
) -> None:
    need = by_key(Config(llm=table))["llm"]
    assert need.parameters == pytest.approx(billions * 1e9)
    assert need.memory_gb("bfloat16") > 2 * billions


def test_a_model_that_hears_has_the_shapes_of_its_language_model(tmp_path: Path) -> None:
    make_audio_flamingo(tmp_path)
    short, long = (
        by_key(Config(llm=AudioFlamingoConfig(model=str(tmp_path), history_tokens=tokens)))["llm"]
        for tokens in (1000, 2000)
    )
    # Two layers and one more, with keys and values of 2 x 8 numbers; and the prompt in one layer.
    assert long.working - short.working == 1000 * (2 * 3 * 16 + 6 * 32 + 3 * 64)
