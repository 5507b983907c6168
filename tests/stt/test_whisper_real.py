"""The Whisper engine on real recordings with small trained weights; the published tokenizers."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from marvin.backends.pretrained.checkpoint import load_model
from marvin.backends.pretrained.place import CPU
from marvin.cancellation import CancelToken
from marvin.config.stt import WhisperConfig
from marvin.hub.source import Source
from marvin.stt.whisper.whisper import WhisperTranscriber
from marvin.types import RATE_HZ, Endpoint, Samples, Transcript, Utterance
from tests.paths import DATA

STAND_IN = DATA / "weights" / "mini_whisper_cmds"
DIGITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")

pytestmark = pytest.mark.skipif(not STAND_IN.is_dir(), reason="no real weights in ../shared/data")


@pytest.fixture(scope="module")
def transcriber() -> WhisperTranscriber:
    return WhisperTranscriber.load(WhisperConfig(model=str(STAND_IN), word_times=True), CPU)


def recording(name: str) -> Samples:
    """A recording at the pipeline's sample rate."""
    import soundfile
    import soxr

    samples, rate_hz = soundfile.read(DATA / name, dtype="float32", always_2d=True)
    resampled: Samples = soxr.resample(samples.mean(axis=1), rate_hz, RATE_HZ)
    return resampled.astype(np.float32)


def digit(digit: int, speaker: str = "jackson", take: int = 0) -> Samples:
    return recording(f"speech-en/fsdd/{digit}_{speaker}_{take}.wav")


def hear(transcriber: WhisperTranscriber, samples: Samples) -> Transcript:
    return transcriber.transcribe(Utterance(samples, 0, 1.0, Endpoint.SILENCE), CancelToken())


@pytest.mark.parametrize("number", range(10))
def test_digits_are_heard(transcriber: WhisperTranscriber, number: int) -> None:
    transcript = hear(transcriber, digit(number))
    assert transcript.text == DIGITS[number]
    assert transcript.confidence > 0.5
    (word,) = transcript.words
    assert 0.0 <= word.start_s < word.end_s <= 1.0


def test_tokens_match_transformers_greedy_search(
    transcriber: WhisperTranscriber,
) -> None:
    from transformers import WhisperFeatureExtractor, WhisperForConditionalGeneration

    model = load_model(WhisperForConditionalGeneration, Source("stt.model", str(STAND_IN)), CPU)
    extractor = WhisperFeatureExtractor.from_pretrained(STAND_IN)
    samples = recording("speech-en/ha_commands/set a timer for 5 minutes.wav")
    mel = extractor(samples, sampling_rate=RATE_HZ, return_tensors="pt").input_features
    network, token = transcriber.network, CancelToken()
    decoded = network.decode(network.encode(samples, token), token, language="en")
    assert len(decoded.tokens) > 2
    assert model.generate(mel)[0].tolist() == list(decoded.tokens)


def test_optimisations_do_not_change_the_text_of_a_recording() -> None:
    def load(*, on: bool) -> WhisperTranscriber:
        config = WhisperConfig(model=str(STAND_IN), thin_silence=on, drafts=on, own_decoder=on)
        return WhisperTranscriber.load(config, CPU, wake_phrases=())

    fast, slow = load(on=True), load(on=False)
    names = [*DATA.glob("speech-en/fsdd/*.wav"), *DATA.glob("speech-en/ha_commands/*.wav")]
    assert len(names) > 250
    for name in names:
        samples = recording(str(name.relative_to(DATA)))
        begun = Utterance(samples[: len(samples) // 2], 0, 1.0, Endpoint.NONE)
        fast.partial(begun, CancelToken())
        quick, sure = hear(fast, samples), hear(slow, samples)
        assert quick.text == sure.text, name.name
        assert quick.confidence == pytest.approx(sure.confidence, abs=0.02), name.name


def test_digits_over_several_windows_come_in_order(transcriber: WhisperTranscriber) -> None:
    # The model was trained on one digit per window.
    gap = np.zeros(30 * RATE_HZ, np.float32)
    samples = np.concatenate([digit(3), gap, digit(8), gap, digit(5)])
    assert hear(transcriber, samples).text == "three eight five"


def test_wake_word_alone_is_an_empty_transcript(transcriber: WhisperTranscriber) -> None:
    samples = recording("wake/marvin/mlcommons_marvin_617de221_0.wav")
    called = Utterance(samples, 0, 0.6, Endpoint.SILENCE)
    assert transcriber.transcribe(called, CancelToken()) == Transcript("", confidence=1.0)


@pytest.mark.parametrize(
    ("name", "prompt"),
    [
        ("tiny", ["<|startoftranscript|>", "<|de|>", "<|transcribe|>", "<|notimestamps|>"]),
        ("tiny.en", ["<|startoftranscript|>", "<|notimestamps|>"]),
    ],
)
def test_published_tokenizers_give_the_published_prompt(
    tmp_path: Path, name: str, prompt: list[str]
) -> None:
    from transformers import AutoTokenizer, WhisperForConditionalGeneration
    from transformers import WhisperConfig as ModelConfig

    published = DATA / "weights" / "whisper_processor" / name
    folder = Path(shutil.copytree(published, tmp_path / name))
    small = json.loads((folder / "config.json").read_text()) | {
        "d_model": 16,
        "encoder_layers": 1,
        "decoder_layers": 1,
        "encoder_ffn_dim": 16,
        "decoder_ffn_dim": 16,
        "encoder_attention_heads": 2,
        "decoder_attention_heads": 2,
    }
    WhisperForConditionalGeneration(ModelConfig(**small)).save_pretrained(folder)
    shutil.copyfile(published / "generation_config.json", folder / "generation_config.json")
    language = "de" if name == "tiny" else "en"
    transcriber = WhisperTranscriber.load(WhisperConfig(model=str(folder), language=language), CPU)
    tokens = transcriber.network.tokens
    tokenizer = AutoTokenizer.from_pretrained(folder)
    assert tokenizer.convert_ids_to_tokens(tokens.prompt(language)) == prompt
    assert tokenizer.convert_ids_to_tokens([tokens.end]) == ["<|endoftext|>"]
    assert tokenizer.convert_ids_to_tokens([tokens.first_timestamp]) == ["<|0.00|>"]
    assert "nospeech" in tokenizer.convert_ids_to_tokens([tokens.no_speech])[0]
    assert len(tokens.languages) == (99 if name == "tiny" else 0)
    transcriber.warm()
