"""Thinning out the silence with which a short utterance is padded."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from marvin.backends.pretrained.place import CPU, Place
from marvin.cancellation import CancelToken
from marvin.stt.whisper.network import Decoded, WhisperNetwork
from marvin.stt.whisper.text_decoder import Encoded
from marvin.types import RATE_HZ, Endpoint, Utterance
from tests.checkpoints.whisper import make_whisper
from tests.stt.hearing import before_each, hear, load, model_of, noise, utterance


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_whisper(tmp_path_factory.mktemp("tiny.en"))


@pytest.mark.parametrize("length_s", [0.1, 1.0, 7.3, 30.0])
def test_features_of_the_speech_do_not_depend_on_the_padding(folder: Path, length_s: float) -> None:
    import torch
    from transformers import WhisperFeatureExtractor

    extractor = WhisperFeatureExtractor.from_pretrained(folder)
    whole, short = (
        extractor(
            noise(length_s), sampling_rate=RATE_HZ, max_length=most, return_tensors="pt"
        ).input_features
        for most in (30 * RATE_HZ, min(30, round(length_s) + 1) * RATE_HZ)
    )
    assert torch.equal(whole[:, :, : short.shape[2]], short)


def test_with_all_of_the_padding_the_encoding_matches_transformers(folder: Path) -> None:
    import torch
    from transformers import WhisperFeatureExtractor

    extractor = WhisperFeatureExtractor.from_pretrained(folder)
    mel = extractor(noise(), sampling_rate=RATE_HZ, return_tensors="pt").input_features
    with torch.inference_mode():
        wanted = model_of(folder).model.encoder(mel).last_hidden_state
    network = load(folder).network
    encoded = network.encode(noise(), CancelToken(), whole=True)
    assert encoded.counts is None
    assert torch.allclose(encoded.states, wanted, atol=1e-4)
    full = network.encode(noise(30.0), CancelToken())
    assert full.counts is None, "no padding follows a full window"


@pytest.mark.parametrize("place", [CPU, Place("cpu", "bfloat16")], ids=str)
def test_cost_grows_with_the_utterance(folder: Path, place: Place) -> None:
    network = load(folder, place).network
    for length_s, positions in [(0.0, 75), (1.0, 125), (4.0, 275), (28.0, 1475), (29.0, 1500)]:
        encoded = network.encode(noise(length_s), CancelToken())
        assert encoded.states.shape[1] == positions
        every = positions if encoded.counts is None else encoded.counts.float().exp().sum().item()
        assert every == pytest.approx(1500, rel=0.01), "they stand for the whole window"


def test_uniform_silence_gives_the_same_encoding_in_part(tmp_path: Path) -> None:
    import torch

    folder = make_whisper(tmp_path, init_std=0.1)
    model = model_of(folder)
    # Only the positions distinguish one part of the silence from another.
    model.model.encoder.embed_positions.weight.data *= 0.0
    network = load(folder).network
    thin, whole = (
        network.encode(noise(2.0), CancelToken(), whole=whole).states for whole in (False, True)
    )
    assert thin.shape[1] < 200
    # The very last position hears the end of the window.
    assert torch.allclose(thin[:, :100], whole[:, :100], atol=2e-3)
    assert not torch.allclose(whole[:, :100], whole[:, 700:800], atol=2e-2)


def encodings(folder: Path, *, partly: bool = False, ended: bool = True, **keys: Any) -> list[bool]:
    """For each encoding of an utterance, whether it covers the whole window.

    With `ended`, every text counts as ended by the model.
    """
    transcriber = load(folder, **keys)
    network = transcriber.network
    made: list[bool] = []

    def encode(*args: Any, whole: bool = False) -> Encoded:
        encoded = WhisperNetwork.encode(network, *args, whole=whole)
        made.append(encoded.counts is None)
        return encoded

    def decode(*args: Any, **more: Any) -> Decoded:
        decoded = WhisperNetwork.decode(network, *args, **more)
        return replace(decoded, ended=True) if ended else decoded

    network.encode, network.decode = encode, decode  # type: ignore[method-assign, assignment]
    if partly:
        transcriber.partial(utterance(noise()), CancelToken())
    else:
        hear(transcriber, noise())
    return made


def test_text_rejected_by_a_gate_is_decoded_again_from_the_whole_window(folder: Path) -> None:
    assert encodings(folder) == [False]
    assert encodings(folder, min_log_probability=0.0) == [False, True]
    assert encodings(folder, max_compression_ratio=1.0) == [False, True]
    assert encodings(folder, min_log_probability=0.0, partly=True) == [False], (
        "a partial transcript has no time for it"
    )


def test_text_that_does_not_end_is_decoded_again_from_the_whole_window(tmp_path: Path) -> None:
    folder = make_whisper(tmp_path, positions=100)
    model = model_of(folder)
    model.generation_config.suppress_tokens.append(model.generation_config.eos_token_id)
    steps: list[int] = []
    with before_each(model.model.decoder.layer_norm, lambda: steps.append(1)):
        assert encodings(folder, ended=False) == [False, True]
    # 16 tokens plus 20 per second; then as many as fit, less those of the draft.
    assert 56 < len(steps) <= 56 + 98


def test_thinning_can_be_switched_off(folder: Path) -> None:
    assert encodings(folder, thin_silence=False, min_log_probability=0.0) == [True]


def test_noise_in_a_long_utterance_is_heard_in_whole_and_thinned_windows(folder: Path) -> None:
    pause = np.zeros(RATE_HZ, np.float32)
    samples = np.concatenate([noise(25.0), pause, noise(10.0)])
    said = Utterance(samples, 0, 35.0, Endpoint.SILENCE)
    on, off = (
        [*load(folder, thin_silence=thin)._pieces(samples, said, CancelToken(), final=True)]
        for thin in (True, False)
    )
    assert len(on) == len(off) == 2
