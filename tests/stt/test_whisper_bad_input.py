"""Faults in the Whisper engine: weights, files, memory, and cancelled calls."""

from pathlib import Path

import pytest
from safetensors.numpy import load_file, save_file

from marvin.backends.pretrained.place import Place
from marvin.cancellation import Cancelled, CancelToken
from marvin.errors import DeviceFailedError, MarvinError, ModelLoadError, TranscriptionError
from tests.checkpoints.whisper import make_whisper
from tests.stt.hearing import before_each, hear, load, model_of, noise, utterance


@pytest.fixture(scope="module")
def english(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_whisper(tmp_path_factory.mktemp("tiny.en"))


@pytest.mark.parametrize(
    ("dtype", "cure"),
    [("float32", r"try another stt\.device"), ("bfloat16", r'set stt\.dtype = "float32"')],
)
def test_nan_is_an_error_with_advice(tmp_path: Path, dtype: str, cure: str) -> None:
    file = make_whisper(tmp_path, multilingual=True) / "model.safetensors"
    weights = load_file(file)
    weights["model.decoder.layer_norm.weight"] *= float("nan")
    save_file(weights, file, {"format": "pt"})
    for language in ("de", "auto"):
        with pytest.raises(TranscriptionError, match=rf"^stt\.model computes NaN .*{cure}"):
            hear(load(tmp_path, Place("cpu", dtype), language=language), noise())


def test_cancelled_call_stops_within_a_step(english: Path) -> None:
    transcriber, decoder = load(english), model_of(english).model.decoder
    token, steps = CancelToken(), 0

    def cancel_in_the_third() -> None:
        nonlocal steps
        steps += 1
        if steps == 3:
            token.cancel()

    with before_each(decoder.layer_norm, cancel_in_the_third), pytest.raises(Cancelled):
        transcriber.transcribe(utterance(noise()), token)
    assert steps == 3
    assert hear(transcriber, noise()).text, "the next call works"


def test_cancelled_call_stops_within_an_encoder_layer(english: Path) -> None:
    transcriber, encoder = load(english), model_of(english).model.encoder
    token, later = CancelToken(), []
    with (
        before_each(encoder.layers[0], token.cancel),
        before_each(encoder.layers[1], lambda: later.append(1)),
        pytest.raises(Cancelled),
    ):
        transcriber.partial(utterance(noise()), token)
    assert later == []
    with pytest.raises(Cancelled):
        transcriber.transcribe(utterance(noise()), token)


def test_final_transcript_works_after_cancelling_a_partial_one(english: Path) -> None:
    transcriber, token = load(english), CancelToken()
    wanted = hear(transcriber, noise())
    with (
        before_each(model_of(english).model.decoder.layer_norm, token.cancel),
        pytest.raises(Cancelled),
    ):
        transcriber.partial(utterance(noise(1.0)), token)
    assert hear(transcriber, noise()) == wanted
    assert transcriber.partial(utterance(noise()), CancelToken()).stable == 0


def test_out_of_memory_is_a_device_failure(english: Path) -> None:
    import torch

    def full() -> None:
        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB")

    transcriber = load(english)
    for call in (transcriber.transcribe, transcriber.partial):
        with (
            before_each(model_of(english).model.encoder.conv1, full),
            pytest.raises(DeviceFailedError, match=r"stt\.model = .*out of memory"),
        ):
            call(utterance(noise()), CancelToken())
    assert hear(transcriber, noise()).text, "the next call works"


def rewrite(folder: Path, name: str, old: str, new: str) -> None:
    text = (folder / name).read_text()
    assert old in text
    (folder / name).write_text(text.replace(old, new))


@pytest.mark.parametrize(
    ("name", "old", "new", "said"),
    [
        ("processor_config.json", '"chunk_length": 30', '"chunk_length": 20', "gives 2000 of 80"),
        ("tokenizer.json", "<|notimestamps|>", "<|never|>", "not that of the model"),
        (
            "generation_config.json",
            '"no_timestamps_token_id": ',
            '"x": 1, "no_timestamps_token_id": 1',
            "not that of the model",
        ),
    ],
)
def test_mismatched_files_are_named(
    tmp_path: Path, name: str, old: str, new: str, said: str
) -> None:
    make_whisper(tmp_path)
    rewrite(tmp_path, name, old, new)
    with pytest.raises(ModelLoadError) as caught:
        load(tmp_path)
    assert said in str(caught.value)


def test_missing_tokenizer_is_an_error(tmp_path: Path) -> None:
    (make_whisper(tmp_path) / "tokenizer.json").unlink()
    with pytest.raises(ModelLoadError, match="its tokenizer is not that of the model"):
        load(tmp_path)


def test_fine_tuned_model_without_a_generation_configuration_works(tmp_path: Path) -> None:
    whole = load(make_whisper(tmp_path)).network.tokens
    (tmp_path / "generation_config.json").unlink()
    tokens = load(tmp_path).network.tokens
    assert tokens.prompt("en") == whole.prompt("en")
    assert (tokens.end, tokens.no_speech) == (whole.end, whole.no_speech)
    # Longer than a window and without a pause, so split by timestamps.
    assert hear(load(tmp_path), noise(31.0)).text


def test_model_that_is_not_whisper_is_refused(tmp_path: Path) -> None:
    make_whisper(tmp_path)
    rewrite(tmp_path, "config.json", '"model_type": "whisper"', '"model_type": "moonshine"')
    with pytest.raises(MarvinError, match=r"stt\.model = .* 'moonshine', not 'whisper'"):
        load(tmp_path)
