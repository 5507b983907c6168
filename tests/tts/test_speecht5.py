"""SpeechT5 with random weights: shapes, flow, cancelling, errors; compared with transformers step
by step.
"""

import itertools
from pathlib import Path

import numpy as np
import pytest
import torch  # noqa: TID253 (a test)
from safetensors.torch import load_file, save_file

from marvin.backends.pretrained.place import CPU, Place
from marvin.cancellation import Cancelled, CancelToken
from marvin.config.tts import SpeechT5Config
from marvin.errors import DeviceFailedError, ModelLoadError, ModelMissingError, SynthesisError
from marvin.tts.speecht5.postnet import LATE, RefinedSound
from marvin.tts.speecht5.spectrogram import frames
from marvin.tts.speecht5.speecht5 import SpeechT5Synthesizer
from marvin.tts.vocoding import in_windows
from tests.checkpoints.speecht5 import make_speecht5
from tests.paths import DATA
from tests.tts.conftest import Copied
from tests.tts.speaking import CancelledAt, alike, cancel_at, check_sound, joined, say

TEXT = "Hello there, it is nine."
REAL = DATA / "weights/speecht5_xvectors"


@pytest.fixture(scope="module")
def voice(speecht5_config: SpeechT5Config) -> SpeechT5Synthesizer:
    return SpeechT5Synthesizer.load(speecht5_config, CPU)


def changed(config: SpeechT5Config, **keys: object) -> SpeechT5Config:
    return config.model_copy(update=keys)


def test_speech_has_the_vocoder_s_rate(voice: SpeechT5Synthesizer) -> None:
    chunks = say(voice, TEXT)
    check_sound(chunks, 16_000)
    # A model that never finds its end: 10 frames per token for 26 tokens, plus 60, of 256 samples.
    assert len(joined(chunks)) == (10 * 26 + 60) * 256


def test_model_that_finds_the_end_stops(speecht5_config: SpeechT5Config, tmp_path: Path) -> None:
    model = str(make_speecht5(tmp_path, stop_bias=9.0))
    voice = SpeechT5Synthesizer.load(changed(speecht5_config, model=model), CPU)
    assert len(joined(say(voice, TEXT))) == 2 * 256


def test_it_never_exceeds_the_last_position_of_the_model(
    speecht5_config: SpeechT5Config, copied: Copied
) -> None:
    folder = copied(speecht5_config.model)
    text = (folder / "config.json").read_text()
    (folder / "config.json").write_text(
        text.replace('"max_speech_positions": 1876', '"max_speech_positions": 30')
    )
    voice = SpeechT5Synthesizer.load(changed(speecht5_config, model=str(folder)), CPU)
    assert len(joined(say(voice, TEXT))) == 2 * 30 * 256


def test_steps_match_transformers(
    speecht5_config: SpeechT5Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    voice = SpeechT5Synthesizer.load(speecht5_config, CPU)
    model = voice._model
    # Dropout draws differently in the two, so it is switched off.
    prenet = model.speecht5.decoder.prenet
    monkeypatch.setattr(model.config, "speech_decoder_prenet_dropout", 0.0)
    monkeypatch.setattr(prenet, "_consistent_dropout", lambda inputs, p: inputs)
    ids = voice._tokenizer(TEXT, return_tensors="pt").input_ids
    ratio = (10 * ids.shape[1] + 60) / ids.shape[1]
    expected = model.generate_speech(ids, voice._speaker, maxlenratio=ratio)
    steps = list(frames(model, ids, voice._speaker, torch.Generator(), CancelToken()))
    actual = model.speech_decoder_postnet.postnet(torch.cat(steps).unsqueeze(0)).squeeze(0)
    assert actual.std() > 0.1
    torch.testing.assert_close(actual, expected, rtol=1e-4, atol=1e-4)


def test_each_step_depends_on_the_previous_frame(voice: SpeechT5Synthesizer) -> None:
    ids = voice._tokenizer(TEXT, return_tensors="pt").input_ids

    def spectrogram(seed: int) -> torch.Tensor:
        chance = torch.Generator().manual_seed(seed)
        return torch.cat(list(frames(voice._model, ids, voice._speaker, chance, CancelToken())))

    assert torch.equal(spectrogram(1), spectrogram(1))
    assert not torch.allclose(spectrogram(1), spectrogram(2))


def test_windows_of_sound_join_without_a_seam(voice: SpeechT5Synthesizer) -> None:
    chance = torch.Generator().manual_seed(0)
    spectrogram = torch.randn(401, 80, generator=chance)
    postnet, vocoder = voice._model.speech_decoder_postnet, voice._vocoder
    with torch.inference_mode():
        whole = vocoder(postnet.postnet(spectrogram.unsqueeze(0)).squeeze(0))
    sound = RefinedSound(postnet, vocoder, CancelToken())
    made = torch.split(spectrogram.T.unsqueeze(0), 2, -1)
    parts = list(in_windows(made, iter([12, 24, 48, 96]), LATE, sound))
    assert [len(part) // 256 for part in parts] == [12, 24, 48, 96, 220]
    torch.testing.assert_close(torch.cat(parts), whole, rtol=0, atol=1e-5)
    assert whole.abs().max() > 0.01


def test_fast_machine_speaks_before_the_piece_is_finished(
    voice: SpeechT5Synthesizer, speecht5_config: SpeechT5Config
) -> None:
    config = changed(speecht5_config, early_audio=False)
    slow = SpeechT5Synthesizer.load(config, CPU)
    slow._pace.work = voice._pace.work = 0.1
    whole, parts = say(slow, TEXT), say(voice, TEXT)
    assert len(whole) == 1
    assert len(parts) > 2
    check_sound(parts, 16_000)
    assert joined(parts) == pytest.approx(joined(whole), abs=1e-5)


def test_warming_measures_the_machine_s_speed(speecht5_config: SpeechT5Config) -> None:
    voice = SpeechT5Synthesizer.load(speecht5_config, CPU)
    assert list(voice._pace.sizes()) == []
    clock = itertools.count()
    voice._pace._clock = lambda: float(next(clock))
    voice.warm()
    # One window of 10 frames per token for 26 tokens, plus 60, took a second on this clock.
    assert voice._pace.work == pytest.approx(1 / ((10 * 26 + 60) * 0.016))


def test_same_seed_gives_the_same_speech(
    voice: SpeechT5Synthesizer, speecht5_config: SpeechT5Config
) -> None:
    assert alike(say(voice, TEXT), say(voice, TEXT))
    other = SpeechT5Synthesizer.load(changed(speecht5_config, seed=None), CPU)
    assert not alike(say(other, TEXT), say(other, TEXT))


def test_speakers_sound_different(
    voice: SpeechT5Synthesizer, speecht5_config: SpeechT5Config, tmp_path: Path
) -> None:
    np.save(tmp_path / "x.npy", np.random.default_rng(9).standard_normal(512).astype(np.float32))
    other = SpeechT5Synthesizer.load(changed(speecht5_config, speaker=str(tmp_path / "x.npy")), CPU)
    assert not np.allclose(joined(say(voice, TEXT)), joined(say(other, TEXT)))


@pytest.mark.skipif(not REAL.is_dir(), reason="the real x-vectors are not on this machine")
@pytest.mark.parametrize("speaker", ["slt", "bdl"])
def test_real_speakers(speecht5_config: SpeechT5Config, speaker: str) -> None:
    config = changed(speecht5_config, speaker=str(REAL / speaker))
    check_sound(say(SpeechT5Synthesizer.load(config, CPU), "Yes."), 16_000)


@pytest.mark.parametrize("dtype", ["bfloat16", "float16", "int8"])
def test_other_dtypes(speecht5_config: SpeechT5Config, dtype: str) -> None:
    voice = SpeechT5Synthesizer.load(speecht5_config, Place(dtype=dtype))
    check_sound(say(voice, TEXT), 16_000)
    assert next(voice._vocoder.parameters()).dtype == torch.float32


@pytest.mark.parametrize("text", ["", " \n", "🙂🤖", "...", "?!"])
def test_text_without_words_gives_no_chunks(voice: SpeechT5Synthesizer, text: str) -> None:
    assert say(voice, text) == []


@pytest.mark.parametrize("text", ["Привет", "你好", "12"])
def test_unknown_script_is_an_error(voice: SpeechT5Synthesizer, text: str) -> None:
    with pytest.raises(SynthesisError, match=r"tts\.model = .* cannot read (Cyr|CJK|digits)"):
        say(voice, text)
    assert say(voice, "Yes.")


@pytest.mark.parametrize(
    "text", ["ﷺ and so on and on " * 20, "</s><pad> yes", "a\0b\ud800", "½ cup, ﬁne"]
)
def test_odd_text_is_harmless(voice: SpeechT5Synthesizer, text: str) -> None:
    check_sound(say(voice, text), 16_000)


def test_long_text_arrives_piece_by_piece(voice: SpeechT5Synthesizer) -> None:
    token = CancelToken()
    speech = voice.synthesize("This goes on and on, and on again. " * 143, token)
    for _ in range(3):
        # Pieces have 150 letters at most, far below the model's 600 tokens.
        assert next(speech).duration_s <= (10 * 152 + 60) * 0.016
    token.cancel()
    with pytest.raises(Cancelled):
        next(speech)


def test_cancel_stops_at_the_next_step(speecht5_config: SpeechT5Config, copied: Copied) -> None:
    config = changed(speecht5_config, model=str(copied(speecht5_config.model)))
    voice = SpeechT5Synthesizer.load(config, CPU)
    token, calls = cancel_at(voice._model.speecht5.decoder.wrapped_decoder, 5)
    with pytest.raises(Cancelled):
        list(voice.synthesize(TEXT, token))
    assert calls() == 5
    assert say(voice, "Yes.")


def test_cancel_stops_the_vocoder(voice: SpeechT5Synthesizer) -> None:
    token = CancelledAt(3)
    sound = RefinedSound(voice._model.speech_decoder_postnet, voice._vocoder, token)
    with pytest.raises(Cancelled):
        list(in_windows([torch.zeros(1, 80, 50)], iter(()), LATE, sound))
    assert token.checks == 3


def test_cancelled_token_says_nothing(voice: SpeechT5Synthesizer) -> None:
    token = CancelToken()
    token.cancel()
    with pytest.raises(Cancelled):
        next(voice.synthesize(TEXT, token))


def test_nan_never_reaches_the_loudspeaker(speecht5_config: SpeechT5Config, copied: Copied) -> None:
    folder = copied(speecht5_config.model)
    weights = load_file(folder / "model.safetensors")
    weights["speech_decoder_postnet.feat_out.bias"].fill_(float("nan"))
    save_file(weights, folder / "model.safetensors", {"format": "pt"})
    voice = SpeechT5Synthesizer.load(changed(speecht5_config, model=str(folder)), CPU)
    with pytest.raises(SynthesisError, match=r'produced NaN; tts\.dtype = "float32"'):
        say(voice, TEXT)


def test_full_device_is_told_apart_from_a_broken_model(
    voice: SpeechT5Synthesizer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(error: Exception) -> None:
        def forward(*_: object, **__: object) -> None:
            raise error

        monkeypatch.setattr("marvin.tts.speecht5.postnet.Vocoder.__call__", forward)

    fail(torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 1 GiB"))
    with pytest.raises(DeviceFailedError, match=r"tts\.model = .*out of memory"):
        say(voice, TEXT)
    fail(RuntimeError("mat1 and mat2 shapes cannot be multiplied\nand more"))
    with pytest.raises(SynthesisError, match=r"failed: mat1 .* multiplied$"):
        say(voice, TEXT)
    monkeypatch.undo()
    assert say(voice, "Yes.")


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("model", "/nowhere/model", r"tts\.model = '/nowhere/model': there is no such folder"),
        ("vocoder", "/nowhere", r"tts\.vocoder = '/nowhere': there is no such folder"),
        ("speaker", "/nowhere/x.npy", r"tts\.speaker: there is no file or folder"),
    ],
)
def test_missing_file_is_named_with_its_key(
    speecht5_config: SpeechT5Config, key: str, value: str, message: str
) -> None:
    with pytest.raises(ModelLoadError, match=message):
        SpeechT5Synthesizer.load(changed(speecht5_config, **{key: value}), CPU)


def test_model_that_was_not_fetched_says_how_to_fetch_it(
    speecht5_config: SpeechT5Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    config = changed(speecht5_config, vocoder="microsoft/speecht5_hifigan")
    with pytest.raises(ModelMissingError, match="`marvin models pull microsoft/speecht5_hifigan`"):
        SpeechT5Synthesizer.load(config, CPU)


def test_folder_without_a_tokenizer_is_refused(
    speecht5_config: SpeechT5Config, copied: Copied
) -> None:
    folder = copied(speecht5_config.model)
    (folder / "spm_char.model").unlink()
    with pytest.raises(ModelLoadError, match=r"tts\.model = .*cannot be loaded"):
        SpeechT5Synthesizer.load(changed(speecht5_config, model=str(folder)), CPU)


def test_vocoder_in_place_of_the_model_is_refused(
    speecht5_config: SpeechT5Config, copied: Copied
) -> None:
    folder = copied(speecht5_config.model)
    vocoder = Path(speecht5_config.vocoder)
    for name in ("config.json", "model.safetensors"):
        (folder / name).write_bytes((vocoder / name).read_bytes())
    with pytest.raises(ModelLoadError, match="has model_type 'speecht5_hifigan', not 'speecht5'"):
        SpeechT5Synthesizer.load(changed(speecht5_config, model=str(folder)), CPU)
