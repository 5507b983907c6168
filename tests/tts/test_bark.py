"""Bark with random weights: shapes, flow, presets, cancelling, errors."""

import json
import logging

import numpy as np
import pytest
import torch  # noqa: TID253 (a test)
from safetensors.torch import load_file, save_file

from marvin.backends.pretrained.place import CPU, Place
from marvin.cancellation import Cancelled, CancelToken
from marvin.config.tts import BarkConfig
from marvin.errors import DeviceFailedError, ModelLoadError, SynthesisError
from marvin.tts.bark import BarkSynthesizer
from tests.tts.conftest import Copied
from tests.tts.speaking import cancel_at, check_sound, joined, say

TEXT = "Hello there."


@pytest.fixture(scope="module")
def voice(bark_config: BarkConfig) -> BarkSynthesizer:
    return BarkSynthesizer.load(bark_config, CPU)


def loaded(config: BarkConfig, **keys: object) -> BarkSynthesizer:
    return BarkSynthesizer.load(config.model_copy(update=keys), CPU)


def test_speech_has_the_model_s_rate(
    voice: BarkSynthesizer, capfd: pytest.CaptureFixture[str]
) -> None:
    voice.warm()
    chunks = say(voice, TEXT)
    check_sound(chunks, 24_000)
    # 12 semantic tokens at 49.9 Hz are 18 codec frames of 320 samples.
    assert len(joined(chunks)) == 18 * 320
    assert capfd.readouterr() == ("", "")


def test_length_is_limited_by_that_of_the_text(bark_config: BarkConfig, copied: Copied) -> None:
    folder = copied(bark_config.model)
    path = folder / "generation_config.json"
    settings = json.loads(path.read_text())
    settings["semantic_config"]["max_new_tokens"] = 768
    path.write_text(json.dumps(settings))
    chunks = say(loaded(bark_config, model=str(folder)), "A")
    # 8 per letter plus 150, at 49.9 per second, where 768 would be 15 s.
    assert joined(chunks).size / 24_000 == pytest.approx(158 / 49.9, abs=0.05)


def test_same_seed_gives_the_same_speech(bark_config: BarkConfig, voice: BarkSynthesizer) -> None:
    one = joined(say(voice, TEXT))
    assert np.array_equal(one, joined(say(voice, TEXT)))
    assert not np.array_equal(one, joined(say(loaded(bark_config, seed=1), TEXT)))
    free = loaded(bark_config, seed=None)
    assert not np.array_equal(joined(say(free, TEXT)), joined(say(free, TEXT)))


def test_presets_sound_different(bark_config: BarkConfig, voice: BarkSynthesizer) -> None:
    other = loaded(bark_config, voice_preset="announcer")
    assert not np.array_equal(joined(say(voice, TEXT)), joined(say(other, TEXT)))


def test_preset_sets_the_language(bark_config: BarkConfig, voice: BarkSynthesizer) -> None:
    german = loaded(bark_config, voice_preset="v2/de_speaker_3")
    nameless = loaded(bark_config, voice_preset="announcer")
    assert (voice.language, german.language, nameless.language) == ("en", "de", "en")


def test_unknown_preset_gets_suggestions(bark_config: BarkConfig) -> None:
    message = r"tts\.voice_preset: .* has no 'v2/en_speaker_66' \(did you mean 'v2/en_speaker_6'"
    with pytest.raises(ModelLoadError, match=message):
        loaded(bark_config, voice_preset="v2/en_speaker_66")
    message = r"\(there is: announcer, v2/de_speaker_3, v2/en_speaker_6\)"
    with pytest.raises(ModelLoadError, match=message):
        loaded(bark_config, voice_preset="xx")


@pytest.mark.parametrize("name", ["repo_or_path", "../../etc/passwd", "/etc/passwd"])
def test_preset_is_never_a_path(bark_config: BarkConfig, name: str) -> None:
    with pytest.raises(ModelLoadError, match=r"tts\.voice_preset: .* has no"):
        loaded(bark_config, voice_preset=name)


def test_broken_preset_is_one_message(bark_config: BarkConfig, copied: Copied) -> None:
    folder = copied(bark_config.model)
    coarse = folder / "speaker_embeddings/v2/en_speaker_6_coarse_prompt.npy"
    for broken in (np.zeros(3, int), np.array([{}], object)):
        np.save(coarse, broken, allow_pickle=True)
        with pytest.raises(ModelLoadError, match=r"tts\.voice_preset: 'v2/en.* cannot be read"):
            loaded(bark_config, model=str(folder))
    for broken_bytes in (b"", b"nonsense"):
        coarse.write_bytes(broken_bytes)
        with pytest.raises(ModelLoadError, match=r"tts\.voice_preset: 'v2/en.* cannot be read"):
            loaded(bark_config, model=str(folder))
    coarse.unlink()
    with pytest.raises(ModelLoadError, match=r"tts\.voice_preset: 'v2/en.* cannot be read"):
        loaded(bark_config, model=str(folder))


def test_checkpoint_without_presets_says_so(
    bark_config: BarkConfig, copied: Copied, capfd: pytest.CaptureFixture[str]
) -> None:
    folder = copied(bark_config.model)
    (folder / "speaker_embeddings_path.json").unlink()
    with pytest.raises(ModelLoadError, match="its voice presets are missing"):
        loaded(bark_config, model=str(folder))


@pytest.mark.parametrize("dtype", ["bfloat16", "float16", "int8"])
def test_other_dtypes(bark_config: BarkConfig, dtype: str) -> None:
    voice = BarkSynthesizer.load(bark_config, Place(dtype=dtype))
    check_sound(say(voice, TEXT), 24_000)
    assert next(voice._model.codec_model.parameters()).dtype == torch.float32


def test_offload_without_a_gpu_is_ignored_with_a_reason(
    bark_config: BarkConfig, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING, "marvin.tts.bark"):
        voice = loaded(bark_config, offload=True)
    assert "tts.offload is for CUDA; it has no effect on cpu" in caplog.text
    assert say(voice, TEXT)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU")
def test_offload_keeps_the_models_off_the_gpu(bark_config: BarkConfig) -> None:
    pytest.importorskip("accelerate")
    config = bark_config.model_copy(update={"offload": True})
    for _ in range(2):
        voice = BarkSynthesizer.load(config, Place("cuda:0", "float16"))
        check_sound(say(voice, TEXT), 24_000)
        assert voice._model.semantic.lm_head.weight.device.type == "cpu"


@pytest.mark.parametrize("text", ["", " \n", "🙂🤖", "...", "?!", "♪"])
def test_text_without_words_gives_no_chunks(voice: BarkSynthesizer, text: str) -> None:
    assert say(voice, text) == []


def test_unknown_script_is_an_error(voice: BarkSynthesizer) -> None:
    with pytest.raises(SynthesisError, match=r"tts\.model = .* cannot read Hangul"):
        say(voice, "안녕하세요, 하세요!")
    assert say(voice, "Привет: 안녕하세요 means hello.")


@pytest.mark.parametrize("text", ["[laughs] ♪ la la ♪", "a\0b\ud800", "[PAD] [UNK]", "x" * 150])
def test_odd_text_is_harmless(voice: BarkSynthesizer, text: str) -> None:
    check_sound(say(voice, text), 24_000)


def test_long_text_arrives_piece_by_piece(voice: BarkSynthesizer) -> None:
    token = CancelToken()
    speech = voice.synthesize("This goes on and on, and on again. " * 143, token)
    assert [len(next(speech).samples) for _ in range(2)] == [18 * 320] * 2
    token.cancel()
    with pytest.raises(Cancelled):
        next(speech)


@pytest.mark.parametrize("part", ["semantic", "coarse_acoustics", "fine_acoustics"])
def test_cancel_stops_at_the_next_step(voice: BarkSynthesizer, part: str) -> None:
    token, calls = cancel_at(getattr(voice._model, part).layers[0], 3)
    with pytest.raises(Cancelled):
        list(voice.synthesize(TEXT, token))
    assert calls() == 3
    assert say(voice, "Yes.")


def test_cancelled_token_says_nothing(voice: BarkSynthesizer) -> None:
    token = CancelToken()
    token.cancel()
    with pytest.raises(Cancelled):
        next(voice.synthesize(TEXT, token))


@pytest.mark.parametrize(
    "part", ["semantic.lm_head.weight", "codec_model.decoder.layers.0.conv.bias"]
)
def test_nan_never_reaches_the_loudspeaker(
    bark_config: BarkConfig, copied: Copied, part: str
) -> None:
    folder = copied(bark_config.model)
    weights = load_file(folder / "model.safetensors")
    weights[part].fill_(float("nan"))
    save_file(weights, folder / "model.safetensors", {"format": "pt"})
    with pytest.raises(SynthesisError, match=r'produced NaN; tts\.dtype = "float32"'):
        say(loaded(bark_config, model=str(folder)), TEXT)


def test_full_device_is_told_apart_from_a_broken_model(
    voice: BarkSynthesizer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise torch.OutOfMemoryError("CUDA out of memory")

    monkeypatch.setattr(voice._model.codec_model.decoder, "forward", full)
    with pytest.raises(DeviceFailedError, match=r"tts\.model = .*out of memory"):
        say(voice, TEXT)
    monkeypatch.undo()
    assert say(voice, "Yes.")


@pytest.mark.parametrize(
    ("missing", "message"),
    [
        ("config.json", "cannot be loaded"),
        ("model.safetensors", "cannot be loaded"),
        ("vocab.txt", "the vocabulary of its tokenizer is missing"),
    ],
)
def test_missing_file_is_one_message(
    bark_config: BarkConfig, copied: Copied, missing: str, message: str
) -> None:
    folder = copied(bark_config.model)
    (folder / missing).unlink()
    with pytest.raises(ModelLoadError, match=rf"tts\.model = .*{message}"):
        loaded(bark_config, model=str(folder))
