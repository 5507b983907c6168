"""The Whisper engine on checkpoints with random weights: tokens, languages, gates."""

import json
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from marvin.backends.pretrained.place import Place
from marvin.cancellation import CancelToken
from marvin.errors import ConfigError
from marvin.stt.windows import complete
from marvin.types import RATE_HZ, Partial, Samples, Transcript
from tests.checkpoints.whisper import make_whisper
from tests.stt.hearing import before_each, hear, load, model_of, noise, utterance

ENGLISH = {"language": "en", "most": 2}


@pytest.fixture(scope="module")
def english(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_whisper(tmp_path_factory.mktemp("tiny.en"))


@pytest.fixture(scope="module")
def multilingual(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_whisper(tmp_path_factory.mktemp("tiny"), multilingual=True)


def mel(folder: Path) -> Any:
    """transformers' features of the noise."""
    from transformers import WhisperFeatureExtractor

    extractor = WhisperFeatureExtractor.from_pretrained(folder)
    return extractor(noise(), sampling_rate=RATE_HZ, return_tensors="pt").input_features


@pytest.mark.parametrize("timestamps", [False, True])
@pytest.mark.parametrize("language", [None, "de"])
def test_tokens_match_transformers_greedy_search(
    english: Path, multilingual: Path, language: str | None, timestamps: bool
) -> None:
    folder = english if language is None else multilingual
    network = load(folder, language=language or "en").network
    decoded = network.decode(
        network.encode(noise(), CancelToken(), whole=True),
        CancelToken(),
        language=language or "en",
        timestamps=timestamps,
    )
    known = {} if language is None else {"language": language, "task": "transcribe"}
    wanted = model_of(folder).generate(mel(folder), return_timestamps=timestamps, **known)[0]
    # `generate` continues with the rest of a window; this is the window itself.
    mine, _ = complete(decoded.tokens, network.tokens.first_timestamp)
    assert len(mine) > 5
    assert wanted[: len(mine)].tolist() == mine


def test_detected_language_matches_transformers(multilingual: Path) -> None:
    transcriber = load(multilingual, language="auto")
    wanted = model_of(multilingual).detect_language(mel(multilingual)).item()
    transcript = hear(transcriber, noise())
    assert transcriber.network.tokens.languages[transcript.language] == wanted


def test_configured_language_is_not_detected(multilingual: Path) -> None:
    assert hear(load(multilingual, language="fr"), noise()).language == "fr"


def test_english_model_gets_neither_language_nor_task(english: Path, multilingual: Path) -> None:
    tokens = load(english).network.tokens
    assert tokens.prompt("en") == [tokens.start, tokens.no_timestamps]
    tokens = load(multilingual, language="de").network.tokens
    assert tokens.prompt("de") == [
        tokens.start,
        tokens.languages["de"],
        tokens.task,
        tokens.no_timestamps,
    ]


def test_it_translates_to_english(multilingual: Path) -> None:
    transcriber = load(multilingual, language="de", task="translate")
    token = transcriber._tokenizer.convert_ids_to_tokens(transcriber.network.tokens.task)
    assert token == "<|translate|>"
    said = model_of(multilingual).generate(mel(multilingual), language="de", task="translate")[0]
    decoded = transcriber.network.decode(
        transcriber.network.encode(noise(), CancelToken(), whole=True),
        CancelToken(),
        language="de",
    )
    assert len(decoded.tokens) > 5
    assert said[: len(decoded.tokens)].tolist() == list(decoded.tokens)
    assert hear(transcriber, noise()).language == "en"


def test_an_english_model_does_not_translate(english: Path) -> None:
    with pytest.raises(ConfigError, match=r"stt\.task = 'translate': .* knows English only"):
        load(english, task="translate")


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("fra", "did you mean 'fr'?"),
        ("german", "did you mean 'de'?"),
        ("xx", "it knows de, en, es, fr, zh; `auto` detects the language"),
        ("EN", "did you mean 'en'?"),
        ("yue", "whisper-large-v3 and -turbo do; it knows 5 languages: de, en, es, fr, zh"),
    ],
)
def test_language_unknown_to_the_model_is_an_error(
    multilingual: Path, language: str, said: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        load(multilingual, language=language)
    assert str(caught.value).startswith(f"stt.language = {language!r}: ")
    assert said in str(caught.value)


def test_english_model_refuses_other_languages(english: Path) -> None:
    with pytest.raises(ConfigError, match=r"stt\.language = 'de'.* knows English only"):
        load(english, language="de")
    assert hear(load(english, language="auto"), noise()).language == "en"


@pytest.mark.parametrize("dtype", ["bfloat16", "float16", "int8"])
def test_every_dtype_computes(multilingual: Path, dtype: str) -> None:
    transcriber = load(multilingual, Place("cpu", dtype), language="en", word_times=True)
    transcriber.warm()
    transcript = hear(transcriber, noise())
    assert transcript.text
    assert 0.0 < transcript.confidence <= 1.0
    assert transcript.words


@pytest.mark.parametrize(
    "samples",
    [np.zeros(0, np.float32), np.zeros(RATE_HZ, np.float32), np.full(40, 1e-5, np.float32)],
    ids=["empty", "silent", "short"],
)
def test_silence_is_an_empty_transcript(english: Path, samples: Samples) -> None:
    transcriber = load(english)
    assert hear(transcriber, samples) == Transcript("", confidence=1.0)
    assert transcriber.partial(utterance(samples), CancelToken()) == Partial("")


def test_single_sample_of_sound_does_not_fail(english: Path) -> None:
    assert hear(load(english), np.ones(1, np.float32)).language == "en"


@pytest.mark.parametrize(
    "limit",
    [
        {"min_log_probability": 0.0},
        {"max_compression_ratio": 1.0},
    ],
    ids=lambda limit: next(iter(limit)),
)
def test_text_rejected_by_a_gate_is_dropped(english: Path, limit: dict[str, Any]) -> None:
    assert hear(load(english), noise()).text
    transcriber = load(english, **limit)
    assert hear(transcriber, noise()) == Transcript("", confidence=0.0)
    assert transcriber.partial(utterance(noise()), CancelToken()) == Partial("")


def test_too_little_speech_skips_the_model(english: Path) -> None:
    transcriber = load(english, min_speech_s=1.5)
    with before_each(
        model_of(english).model.encoder.conv1, lambda: pytest.fail("the model was run")
    ):
        assert hear(transcriber, noise()) == Transcript("", confidence=1.0)
        assert transcriber.partial(utterance(noise()), CancelToken()) == Partial("")


def test_likely_silence_needs_a_higher_probability(english: Path) -> None:
    network = load(english).network
    encoded = network.encode(noise(), CancelToken())
    decoded = network.decode(encoded, CancelToken(), language="en")
    limit = 1.5 * decoded.log_probability
    assert hear(load(english, min_log_probability=limit), noise()).text
    transcriber = load(english, min_log_probability=limit, max_no_speech=decoded.no_speech * 0.9)
    assert hear(transcriber, noise()) == Transcript("", confidence=0.0)


@pytest.mark.parametrize("teacher", [False, True], ids=["none named", "a teacher's"])
def test_without_alignment_heads_the_later_half_of_the_layers_gives_the_times(
    tmp_path: Path, teacher: bool
) -> None:
    folder = make_whisper(tmp_path, alignment_heads=False)
    if teacher:
        file = folder / "generation_config.json"
        file.write_text(json.dumps(json.loads(file.read_text()) | {"alignment_heads": [[30, 1]]}))
    transcriber = load(folder, word_times=True)
    words = hear(transcriber, noise()).words
    times = [time for word in words for time in (word.start_s, word.end_s)]
    assert times
    assert times == sorted(times)
    assert 0.0 <= times[0] <= times[-1] <= 2.0


def test_without_a_pause_it_continues_after_the_last_complete_segment(english: Path) -> None:
    transcriber, token = load(english), CancelToken()
    network = transcriber.network
    samples = noise(34.0)
    encoded = network.encode(samples[: network.window], token)
    decoded = network.decode(encoded, token, language="en", timestamps=True)
    kept, position = complete(decoded.tokens, network.tokens.first_timestamp)
    assert position is not None
    assert len(kept) < len(decoded.tokens)
    rest = hear(transcriber, samples[position * network.frame :]).text
    whole = hear(transcriber, samples).text
    assert rest
    assert whole.endswith(rest)
    assert len(whole) > len(rest)


def test_word_times_come_from_this_call_while_another_hangs(english: Path) -> None:
    transcriber, token = load(english, word_times=True), CancelToken()
    network, model = transcriber.network, model_of(english)
    wanted = hear(transcriber, noise()).words
    other = network.encode(noise(1.0), token)
    me, times = threading.get_ident(), 0

    def go_on_elsewhere() -> None:
        nonlocal times
        if threading.get_ident() != me:
            return
        times += 1
        thread = threading.Thread(target=network.decode, args=(other, token), kwargs=ENGLISH)
        thread.start()
        thread.join()

    # Between the layers' attention and its use.
    with before_each(model.model.decoder.layer_norm, go_on_elsewhere):
        assert hear(transcriber, noise()).words == wanted
    assert times > 0
