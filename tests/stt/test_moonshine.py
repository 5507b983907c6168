"""The Moonshine engine: random weights for the flow and bad input, trained weights for words."""

from collections.abc import Callable, Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from marvin.backends.pretrained.checkpoint import load_model
from marvin.backends.pretrained.place import CPU, Place
from marvin.cancellation import Cancelled, CancelToken
from marvin.config.stt import MoonshineConfig
from marvin.errors import DeviceFailedError, ModelLoadError, TranscriptionError
from marvin.hub.source import Source
from marvin.protocols import StreamingTranscriber
from marvin.stt.moonshine import MoonshineTranscriber
from marvin.types import RATE_HZ, Endpoint, Partial, Samples, Transcript, Utterance
from tests.checkpoints.moonshine import make_moonshine, make_spoken_moonshine
from tests.checkpoints.spoken_whisper import Clip, say
from tests.checkpoints.whisper import make_whisper
from tests.stt.hearing import before_each, noise

OPEN: dict[str, Any] = {
    "min_log_probability": -10.0,
    "max_compression_ratio": 100.0,
    "max_repeats": 100,
}
"""Gates that accept what random weights write."""

WINDOW_S = 3
"""Length of a window in these tests, in seconds."""
PAUSE = np.zeros(RATE_HZ // 2, np.float32)


@pytest.fixture(scope="module")
def random(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_moonshine(tmp_path_factory.mktemp("random"))


@pytest.fixture(scope="module")
def clips() -> dict[str, Clip]:
    return say()


@pytest.fixture(scope="module")
def spoken(tmp_path_factory: pytest.TempPathFactory, clips: Mapping[str, Clip]) -> Path:
    return make_spoken_moonshine(tmp_path_factory.mktemp("spoken"), clips)


def load(folder: Path, place: Place = CPU, **keys: Any) -> MoonshineTranscriber:
    return MoonshineTranscriber.load(MoonshineConfig(model=str(folder), **keys), place)


def model_of(folder: Path) -> Any:
    """The model that an engine on the CPU uses."""
    from transformers import MoonshineForConditionalGeneration

    return load_model(MoonshineForConditionalGeneration, Source("stt.model", str(folder)), CPU)


def hear(transcriber: StreamingTranscriber, samples: Samples, speech_s: float = 1.0) -> Transcript:
    return transcriber.transcribe(Utterance(samples, 0, speech_s, Endpoint.SILENCE), CancelToken())


def partials(transcriber: StreamingTranscriber, samples: Samples, start: int) -> list[Partial]:
    """Partial transcripts every 200 ms."""
    step = RATE_HZ // 5
    ends = [*range(step, len(samples), step), len(samples)]
    return [
        transcriber.partial(Utterance(samples[:end], start, 1.0, Endpoint.NONE), CancelToken())
        for end in ends
    ]


def test_checkpoint_has_the_files_of_the_published_ones(random: Path) -> None:
    published = {
        "config.json",
        "generation_config.json",
        "model.safetensors",
        "preprocessor_config.json",
        "tokenizer.json",
        "tokenizer_config.json",
    }
    assert published == {path.name for path in random.iterdir()}


@pytest.mark.parametrize("length_s", [0.4, 1.0, 3.7])
def test_text_matches_transformers_generate(random: Path, length_s: float) -> None:
    import torch
    from transformers import AutoProcessor

    processor = AutoProcessor.from_pretrained(random)
    inputs = processor(noise(length_s), sampling_rate=RATE_HZ, return_tensors="pt")
    most = -(-length_s * 6.5 // 1)
    with torch.inference_mode():
        tokens = model_of(random).generate(**inputs, max_new_tokens=int(most), do_sample=False)
    text = processor.batch_decode(tokens, skip_special_tokens=True)[0]
    assert hear(load(random, **OPEN), noise(length_s)).text == " ".join(text.split())
    assert text or length_s < 3.0


def test_checkpoint_without_a_generation_configuration_writes_the_same(
    random: Path, tmp_path: Path
) -> None:
    folder = make_moonshine(tmp_path)
    (folder / "generation_config.json").unlink()
    assert hear(load(folder, **OPEN), noise(4.0)) == hear(load(random, **OPEN), noise(4.0))


def test_text_length_is_limited_by_the_audio_length(random: Path) -> None:
    transcriber = load(random, **OPEN)
    steps: list[int] = []
    with before_each(model_of(random).model.decoder, lambda: steps.append(1)):
        hear(transcriber, noise(2.0))
    assert len(steps) <= 13


@pytest.mark.parametrize(
    ("samples", "speech_s"),
    [
        (noise(1.0), 0.1),
        (np.zeros(RATE_HZ, np.float32), 1.0),
        (np.full(RATE_HZ, 1e-5, np.float32), 1.0),
        (np.zeros(0, np.float32), 1.0),
    ],
    ids=["short", "silent", "faint", "empty"],
)
def test_silence_is_an_empty_transcript(random: Path, samples: Samples, speech_s: float) -> None:
    transcriber = load(random, **OPEN)
    with before_each(model_of(random).model.encoder, lambda: pytest.fail("the model was run")):
        assert hear(transcriber, samples, speech_s) == Transcript("")
        utterance = Utterance(samples, 0, speech_s, Endpoint.NONE)
        assert transcriber.partial(utterance, CancelToken()) == Partial("")


@pytest.mark.parametrize("length", [1, 100, 894, 1_601])
def test_very_short_audio_is_harmless(random: Path, length: int) -> None:
    assert hear(load(random, **OPEN), noise(1.0)[:length]).language == "en"


@pytest.mark.parametrize("gate", [{"min_log_probability": -0.01}, {"max_compression_ratio": 1.0}])
def test_text_rejected_by_a_gate_is_not_understood(random: Path, gate: dict[str, float]) -> None:
    samples = noise(20.0)
    assert hear(load(random, **OPEN), samples).text
    assert hear(load(random, **{**OPEN, **gate}), samples) == Transcript("", confidence=0.0)


@pytest.mark.parametrize("dtype", ["bfloat16", "float16", "int8"])
def test_other_dtypes_work_too(random: Path, dtype: str) -> None:
    transcript = hear(load(random, Place(dtype=dtype), **OPEN), noise(1.0))
    assert transcript.text
    assert 0.0 < transcript.confidence < 1.0


def test_warming_runs_every_part(random: Path) -> None:
    transcriber = load(random)
    seen: list[str] = []
    model = model_of(random).model
    with (
        before_each(model.encoder, lambda: seen.append("encoder")),
        before_each(model.decoder, lambda: seen.append("decoder")),
    ):
        transcriber.warm()
    assert set(seen) == {"encoder", "decoder"}


@pytest.mark.parametrize("part", ["encoder.layers.1", "decoder.layers.0"])
def test_cancel_stops_between_two_steps(random: Path, part: str) -> None:
    transcriber, token = load(random, **OPEN), CancelToken()
    steps: list[int] = []

    def step() -> None:
        steps.append(1)
        token.cancel()

    utterance = Utterance(noise(4.0), 0, 1.0, Endpoint.SILENCE)
    with (
        before_each(model_of(random).model.get_submodule(part), step),
        pytest.raises(Cancelled),
    ):
        transcriber.transcribe(utterance, token)
    assert len(steps) == 1
    assert transcriber.transcribe(utterance, CancelToken()).text


def test_cancelled_token_runs_nothing(random: Path) -> None:
    token = CancelToken()
    token.cancel()
    utterance = Utterance(noise(1.0), 0, 1.0, Endpoint.SILENCE)
    with pytest.raises(Cancelled):
        load(random).transcribe(utterance, token)


def test_nan_is_an_error_with_advice(tmp_path: Path) -> None:
    folder = make_moonshine(tmp_path)
    transcriber = load(folder)
    model_of(folder).proj_out.weight.fill_(float("nan"))
    message = r"^stt\.model = .* computes NaN as cpu float32; .*: try another stt\.device$"
    with pytest.raises(TranscriptionError, match=message):
        hear(transcriber, noise(1.0))


def test_full_device_is_told_apart_from_a_bug(random: Path) -> None:
    def fail() -> None:
        raise RuntimeError("CUDA out of memory. Tried to allocate 2.00 GiB")

    transcriber = load(random, **OPEN)
    with (
        before_each(model_of(random).model.decoder, fail),
        pytest.raises(DeviceFailedError, match=r"stt\.model = .*: out of memory"),
    ):
        hear(transcriber, noise(1.0))
    assert hear(transcriber, noise(1.0)).text


def _truncate(folder: Path) -> None:
    weights = folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:1_000])


@pytest.mark.parametrize(
    "harm",
    [
        _truncate,
        lambda folder: (folder / "model.safetensors").unlink(),
        lambda folder: (folder / "tokenizer.json").unlink(),
        lambda folder: (folder / "preprocessor_config.json").unlink(),
        lambda folder: (folder / "config.json").write_text("{"),
        lambda folder: make_whisper(folder),
    ],
    ids=["truncated", "no weights", "no tokenizer", "no extractor", "bad json", "a whisper"],
)
def test_broken_checkpoint_is_named(tmp_path: Path, harm: Callable[[Path], object]) -> None:
    folder = make_moonshine(tmp_path)
    harm(folder)
    with pytest.raises(ModelLoadError, match=r"^stt\.model = '") as raised:
        load(folder)
    assert "\n" not in str(raised.value)


def test_learned_words_are_transcribed(spoken: Path, clips: Mapping[str, Clip]) -> None:
    transcriber = load(spoken)
    for text, clip in clips.items():
        transcript = hear(transcriber, np.concatenate([PAUSE, clip.samples, PAUSE]))
        assert transcript.text == text.removeprefix("Marvin, ")
        assert 0.3 < transcript.confidence < 1.0


def test_wake_word_alone_is_an_empty_transcript(spoken: Path, clips: Mapping[str, Clip]) -> None:
    clip = next(clip for text, clip in clips.items() if text.startswith("Marvin"))
    _, begin, end = clip.words[0]
    assert hear(load(spoken), clip.samples[begin:end], 0.6) == Transcript("", confidence=1.0)


def test_partial_transcripts_grow_into_the_final_one(
    spoken: Path, clips: Mapping[str, Clip]
) -> None:
    transcriber = load(spoken)
    for start, (text, clip) in enumerate(clips.items()):
        samples = np.concatenate([PAUSE, clip.samples, PAUSE])
        heard = partials(transcriber, samples, start)
        assert heard[-1] == Partial(heard[-1].text, len(heard[-1].text.rstrip(".?")))
        assert heard[-1].text == hear(transcriber, samples).text == text.removeprefix("Marvin, ")
        for before, after in pairwise(heard):
            assert after.text.startswith(before.text[: before.stable])


def test_long_speech_is_split_into_windows_at_pauses(
    spoken: Path, clips: Mapping[str, Clip], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("marvin.stt.moonshine._WINDOW", WINDOW_S * RATE_HZ)
    said = [text for text in clips if not text.startswith("Marvin")] * 3
    samples = np.zeros((len(said), 5 * RATE_HZ // 2), np.float32)
    for row, text in zip(samples, said, strict=True):
        row[: len(clips[text].samples)] = clips[text].samples
    assert hear(load(spoken), samples.reshape(-1)).text == " ".join(said)


def test_silent_windows_are_skipped(random: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("marvin.stt.moonshine._WINDOW", WINDOW_S * RATE_HZ)
    transcriber = load(random, **OPEN)
    samples = np.concatenate([noise(1.0), np.zeros(4 * WINDOW_S * RATE_HZ, np.float32)])
    asked: list[int] = []
    with before_each(model_of(random).model.encoder, lambda: asked.append(1)):
        hear(transcriber, samples)
    assert len(asked) == 1
