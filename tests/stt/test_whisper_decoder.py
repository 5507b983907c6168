"""Whisper's own decoder matches transformers, and a draft never changes the text."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from marvin.backends.pretrained.place import CPU, Place
from marvin.cancellation import Cancelled, CancelToken
from marvin.stt.greedy import TransformersReader
from marvin.stt.whisper.detected_language import LanguageChoice
from marvin.stt.whisper.network import Decoded, WhisperNetwork
from marvin.stt.whisper.text_decoder import Encoded, WhisperDecoder
from tests.stt.hearing import before_each, load, model_of, noise

TEXT = (20, 7, 99, 140, 31, 7)


@pytest.fixture(scope="module")
def encoded(network: WhisperNetwork) -> Encoded:
    return network.encode(noise(), CancelToken())


@pytest.mark.parametrize("place", [CPU, Place("cpu", "int8")], ids=str)
def test_logits_match_transformers(folder: Path, place: Place) -> None:
    import torch

    network = load(folder, place).network
    states = network.encode(noise(), CancelToken(), whole=True).states
    with torch.inference_mode():
        own, other = (
            WhisperDecoder(network._model, Encoded(states)),
            TransformersReader(network._model, states),
        )
        for tokens in ([3, 250, 251], [20], [7], [99]):
            assert torch.allclose(own.read(tokens), other.read(tokens), atol=1e-4)
        own.forget(2)
        other.forget(2)
        assert torch.allclose(own.read([31]), other.read([31]), atol=1e-4)


def test_in_int8_tokens_read_together_give_exactly_what_each_gives_alone(folder: Path) -> None:
    import torch

    network = load(folder, Place("cpu", "int8")).network
    encoded = network.encode(noise(), CancelToken())
    assert encoded.counts is not None
    tokens = [3, *range(100, 130)]
    with torch.inference_mode():
        together = WhisperDecoder(network._model, encoded).read(tokens)
        reader = WhisperDecoder(network._model, encoded)
        alone = torch.cat([reader.read([token]) for token in tokens])
    assert torch.equal(together, alone)


@pytest.mark.parametrize(
    ("dtype", "own_decoder", "exact"),
    [
        ("float32", False, True),
        ("int8", True, True),
        ("int8", False, False),
        ("bfloat16", True, False),
    ],
)
def test_drafts_are_read_only_where_they_change_no_text(
    folder: Path, dtype: str, own_decoder: bool, exact: bool
) -> None:
    network = load(folder, Place("cpu", dtype), own_decoder=own_decoder).network
    assert network.exact_drafts == exact


def test_tokens_after_a_rollback_follow_the_kept_ones_alone(
    network: WhisperNetwork, encoded: Encoded
) -> None:
    import torch

    with torch.inference_mode():
        reader = WhisperDecoder(network._model, encoded)
        reader.read([3, 4, 5])
        reader.forget(2)
        several = reader.read([20, 21, 22])
        whole = WhisperDecoder(network._model, encoded).read([3, 20, 21, 22])
    assert torch.allclose(several, whole[1:], atol=1e-4)


def test_position_with_a_count_weighs_like_that_many_positions(
    network: WhisperNetwork,
) -> None:
    import torch

    states = torch.randn(1, 6, network._model.config.d_model)
    counts = torch.ones(6)
    counts[2], counts[5] = 3, 40
    with torch.inference_mode():
        one = WhisperDecoder(network._model, Encoded(states, counts.log()[None, None, None]))
        many = torch.repeat_interleave(states, counts.long(), dim=1)
        every = WhisperDecoder(network._model, Encoded(many))
        assert torch.allclose(one.read(TEXT), every.read(TEXT), atol=1e-4)
        heads = [(1, 0), (0, 1)]
        looks, looked = one.attention([8, 9], heads), every.attention([8, 9], heads)
    assert torch.allclose(looks[:, :, 2], looked[:, :, 2:5].sum(-1), atol=1e-4)
    assert torch.allclose(looks.sum(-1), torch.ones(2, 2), atol=1e-4)


def drafts(right: Decoded) -> dict[str, Decoded]:
    """Correct, wrong and absurd drafts."""
    tokens = right.tokens
    return {
        "right": right,
        "the beginning": replace(right, tokens=tokens[:5]),
        "a wrong end": replace(right, tokens=(*tokens[:5], 11, 12, 13)),
        "wrong": replace(right, tokens=(11, *tokens[1:])),
        "too long": replace(right, tokens=(*tokens, *([11] * 200))),
        "empty": replace(right, tokens=()),
        "special tokens": replace(right, tokens=(0, 300, 290, 1)),
        "of another language": replace(right, language="zh"),
    }


@pytest.mark.parametrize("timestamps", [False, True])
@pytest.mark.parametrize("language", ["de", LanguageChoice()])
def test_draft_does_not_change_the_text(
    network: WhisperNetwork, encoded: Encoded, language: str | LanguageChoice, timestamps: bool
) -> None:
    def decode(draft: Decoded | None) -> Decoded:
        return network.decode(
            encoded, CancelToken(), language=language, timestamps=timestamps, draft=draft
        )

    wanted = decode(None)
    assert len(wanted.tokens) > 8
    for name, draft in drafts(wanted).items():
        got = decode(draft)
        assert got.tokens == wanted.tokens, name
        assert got.language == wanted.language, name
        assert got.log_probability == pytest.approx(wanted.log_probability, abs=1e-4), name
        assert got.no_speech == pytest.approx(wanted.no_speech, abs=1e-4), name


def steps(network: WhisperNetwork, encoded: Encoded, **keys: Any) -> int:
    count: list[int] = []
    with before_each(network._model.model.decoder.layer_norm, lambda: count.append(1)):
        network.decode(encoded, CancelToken(), language="en", **keys)
    return len(count)


def test_draft_is_checked_in_one_step(network: WhisperNetwork, encoded: Encoded) -> None:
    wanted = network.decode(encoded, CancelToken(), language="en", most=12)
    assert steps(network, encoded, most=12) == 12
    assert steps(network, encoded, most=12, draft=wanted) == 1
    begun = replace(wanted, tokens=wanted.tokens[:7])
    assert steps(network, encoded, most=12, draft=begun) == 5
    wrong = replace(wanted, tokens=(*wanted.tokens[:7], 11, 12))
    assert steps(network, encoded, most=12, draft=wrong) == 5


def test_call_can_be_cancelled_while_its_draft_is_checked(
    folder: Path, network: WhisperNetwork, encoded: Encoded
) -> None:
    wanted, token = network.decode(encoded, CancelToken(), language="en"), CancelToken()
    with (
        before_each(model_of(folder).model.decoder.layer_norm, token.cancel),
        pytest.raises(Cancelled),
    ):
        network.decode(encoded, token, language="en", draft=wanted)
    again = network.decode(encoded, CancelToken(), language="en", draft=wanted)
    assert again.tokens == wanted.tokens, "the next call works"
