"""VITS with random weights: shapes, flow, cancelling, romanisation, errors."""

import json
import logging
import sys

import numpy as np
import pytest
import torch  # noqa: TID253 (a test)
from safetensors.torch import load_file, save_file

from marvin.backends.pretrained.place import CPU, Place
from marvin.cancellation import Cancelled, CancelToken
from marvin.config.tts import MmsConfig
from marvin.errors import DeviceFailedError, ModelLoadError, SynthesisError
from marvin.tts.languages import two_letters
from marvin.tts.mms import MmsSynthesizer
from marvin.tts.randomness import seeded
from tests.checkpoints.mms import make_mms
from tests.tts.conftest import Copied
from tests.tts.speaking import CancelledAt, alike, check_sound, joined, say

TEXT = "Hello there, it is nine."


@pytest.fixture(scope="module")
def voice(mms_config: MmsConfig) -> MmsSynthesizer:
    return MmsSynthesizer.load(mms_config, CPU)


@pytest.fixture(scope="module")
def roman(tmp_path_factory: pytest.TempPathFactory) -> MmsSynthesizer:
    pytest.importorskip("uroman")
    folder = make_mms(tmp_path_factory.mktemp("uroman"), uroman=True)
    return MmsSynthesizer.load(MmsConfig(model=str(folder)), CPU)


def loaded(config: MmsConfig, **keys: object) -> MmsSynthesizer:
    return MmsSynthesizer.load(config.model_copy(update=keys), CPU)


def test_speech_has_the_model_s_rate(voice: MmsSynthesizer) -> None:
    voice.warm()
    chunks = say(voice, TEXT)
    check_sound(chunks, 16_000)
    assert 0.5 < sum(chunk.duration_s for chunk in chunks) < 10.0


def test_language_is_that_of_the_tokenizer(voice: MmsSynthesizer, roman: MmsSynthesizer) -> None:
    assert (voice.language, roman.language) == ("en", "ko")


@pytest.mark.parametrize(
    ("tag", "code"), [("deu", "de"), ("azj-script_latin", "az"), ("quy", ""), (None, "")]
)
def test_language_without_readable_numbers_has_no_code(tag: str | None, code: str) -> None:
    assert two_letters(tag) == code


def test_same_seed_gives_the_same_speech(mms_config: MmsConfig, voice: MmsSynthesizer) -> None:
    one = say(voice, TEXT)
    assert alike(one, say(voice, TEXT))
    assert not alike(one, say(loaded(mms_config, seed=1), TEXT))
    free = loaded(mms_config, seed=None)
    assert not alike(say(free, TEXT), say(free, TEXT))


def test_speaking_rate_shortens_speech(mms_config: MmsConfig) -> None:
    normal = len(joined(say(loaded(mms_config), TEXT)))
    slow = len(joined(say(loaded(mms_config, speaking_rate=0.5), TEXT)))
    fast = len(joined(say(loaded(mms_config, speaking_rate=2.0), TEXT)))
    assert fast < normal < slow


def test_sound_matches_transformers_in_windows_too(mms_config: MmsConfig) -> None:
    text = f"{TEXT} {TEXT}"
    slow = loaded(mms_config, early_audio=False)
    fast = loaded(mms_config)
    slow._pace.work = fast._pace.work = 0.1
    whole, parts = say(slow, text), say(fast, text)
    assert len(whole) == 1
    assert parts[0].duration_s < 0.25
    assert [chunk.duration_s for chunk in parts[1:3]] == pytest.approx([0.384, 0.768])
    check_sound(parts, 16_000)
    assert joined(parts) == pytest.approx(joined(whole), abs=1e-5)

    inputs = slow._tokenizer(text, return_tensors="pt")
    with seeded(0), torch.inference_mode():
        expected = slow._model(**inputs).waveform.squeeze(0).numpy()
    assert joined(whole) == pytest.approx(expected, abs=1e-5)
    assert np.abs(expected).max() > 0.1


def test_without_noise_the_seed_does_not_matter(mms_config: MmsConfig) -> None:
    still = {"noise_scale": 0.0, "noise_scale_duration": 0.0}
    one = say(loaded(mms_config, seed=1, **still), TEXT)
    other = say(loaded(mms_config, seed=2, **still), TEXT)
    assert alike(one, other)


@pytest.mark.parametrize("dtype", ["bfloat16", "float16", "int8"])
def test_it_always_computes_in_float32(
    mms_config: MmsConfig, dtype: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, "marvin.tts.mms"):
        voice = MmsSynthesizer.load(mms_config, Place(dtype=dtype))
    assert f"runs in float32 instead of {dtype}" in caplog.text
    assert voice._model.dtype == torch.float32


@pytest.mark.parametrize("text", ["", " \n", "🙂🤖", "...", "?!"])
def test_text_without_words_gives_no_chunks(voice: MmsSynthesizer, text: str) -> None:
    assert say(voice, text) == []


@pytest.mark.parametrize(("text", "script"), [("Привет", "Cyrillic"), ("你好", "CJK")])
def test_unknown_script_is_an_error(voice: MmsSynthesizer, text: str, script: str) -> None:
    with pytest.raises(SynthesisError, match=rf"tts\.model = .* cannot read {script}"):
        say(voice, text)
    assert say(voice, "Yes.")


@pytest.mark.parametrize("text", ["Ça va, Zoë?", "a\0b\ud800", "<unk> yes", "_", "x" * 300])
def test_odd_text_is_harmless(voice: MmsSynthesizer, text: str) -> None:
    for chunk in say(voice, text):
        assert np.abs(chunk.samples).max() <= 1.0


def test_capitals_and_accents_are_read_as_plain_letters(voice: MmsSynthesizer) -> None:
    assert alike(say(voice, "CAFÉ!"), say(voice, "cafe"))


@pytest.mark.parametrize("text", ["안녕하세요", "Привет", "こんにちは。"])
def test_other_scripts_are_romanised_if_the_model_needs_it(
    roman: MmsSynthesizer, text: str
) -> None:
    check_sound(say(roman, text), 16_000)


def test_romanised_text_is_spoken_like_latin_text(roman: MmsSynthesizer) -> None:
    assert alike(say(roman, "Привет"), say(roman, "privet"))


def test_missing_uroman_names_the_command(
    roman: MmsSynthesizer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "uroman", None)
    with pytest.raises(ModelLoadError, match=r"tts\.model = .*`pip install uroman`"):
        MmsSynthesizer.load(roman._config, CPU)


def test_vits_that_reads_phonemes_is_refused(mms_config: MmsConfig, copied: Copied) -> None:
    folder = copied(mms_config.model)
    path = folder / "tokenizer_config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"phonemize": True}))
    with pytest.raises(ModelLoadError, match=r"tts\.model = .*it takes phonemes"):
        MmsSynthesizer.load(MmsConfig(model=str(folder)), CPU)


def test_long_text_arrives_piece_by_piece(voice: MmsSynthesizer) -> None:
    token = CancelToken()
    speech = voice.synthesize("This goes on and on, and on again. " * 143, token)
    lengths = [next(speech).duration_s for _ in range(3)]
    assert max(lengths) < 30
    token.cancel()
    with pytest.raises(Cancelled):
        next(speech)


def test_cancel_stops_within_the_single_pass(voice: MmsSynthesizer) -> None:
    patient = CancelledAt(-1)
    assert list(voice.synthesize(TEXT, patient))
    for check in (2, patient.checks // 2, patient.checks - 1):
        token = CancelledAt(check)
        with pytest.raises(Cancelled):
            list(voice.synthesize(TEXT, token))
        assert token.checks == check
    assert say(voice, "Yes.")


def test_cancelled_token_says_nothing(voice: MmsSynthesizer) -> None:
    token = CancelToken()
    token.cancel()
    with pytest.raises(Cancelled):
        next(voice.synthesize(TEXT, token))


@pytest.mark.parametrize(
    ("part", "value", "message"),
    [
        ("decoder.conv_post.weight", float("nan"), r"produced NaN"),
        ("text_encoder.embed_tokens.weight", float("nan"), r"tts\.model = .*produced NaN"),
        ("duration_predictor.flows.0.translate", -20.0, "predicts absurd durations"),
        ("duration_predictor.flows.0.translate", float("nan"), r"produced NaN"),
    ],
)
def test_broken_model_is_an_error_and_not_noise(
    mms_config: MmsConfig, copied: Copied, part: str, value: float, message: str
) -> None:
    folder = copied(mms_config.model)
    weights = load_file(folder / "model.safetensors")
    weights[part].fill_(value)
    save_file(weights, folder / "model.safetensors", {"format": "pt"})
    with pytest.raises(SynthesisError, match=message):
        say(MmsSynthesizer.load(MmsConfig(model=str(folder)), CPU), TEXT)


def test_full_device_is_told_apart_from_a_broken_model(
    voice: MmsSynthesizer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise torch.OutOfMemoryError("CUDA out of memory")

    monkeypatch.setattr("marvin.tts.mms.Vocoder.__call__", full)
    with pytest.raises(DeviceFailedError, match=r"tts\.model = .*out of memory"):
        say(voice, TEXT)
    monkeypatch.undo()
    assert say(voice, "Yes.")


@pytest.mark.parametrize("missing", ["config.json", "model.safetensors", "vocab.json"])
def test_missing_file_is_one_message(mms_config: MmsConfig, copied: Copied, missing: str) -> None:
    folder = copied(mms_config.model)
    (folder / missing).unlink()
    with pytest.raises(ModelLoadError, match=r"tts\.model = .*cannot be loaded"):
        MmsSynthesizer.load(MmsConfig(model=str(folder)), CPU)
