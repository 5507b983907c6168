"""The beam finds the sentence that trying all of them finds; every form of a sentence counts."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from marvin.cancellation import Cancelled, CancelToken
from marvin.stt.grammar import compile_grammar
from marvin.stt.whisper.branching_decoder import BranchingDecoder
from marvin.stt.whisper.grammar_beam import EXPECTED, ScoredSentence, likeliest_sentences
from marvin.stt.whisper.network import WhisperNetwork
from marvin.stt.whisper.text_decoder import Encoded, WhisperDecoder
from marvin.stt.whisper.token_graph import GraphPlace, TokenGraph
from marvin.types import Patterns
from tests.stt.hearing import before_each, noise

PATTERNS = Patterns(
    (
        "turn [the] (light|lamp) (on|off)",
        "set (a|the) timer for {n} minutes",
        "stop",
        "{n} percent",
    ),
    {"n": range(4, 24)},
)
WIDE = 100_000
LEAST = -24.0


@pytest.fixture(scope="module")
def graph(folder: Path) -> TokenGraph:
    return TokenGraph(compile_grammar(PATTERNS), tokenizer_of(folder))


def tokenizer_of(folder: Path) -> Any:
    from transformers import WhisperTokenizer

    tokenizer = WhisperTokenizer.from_pretrained(folder)
    return lambda texts: tokenizer(list(texts), add_special_tokens=False)["input_ids"]


def encode(network: WhisperNetwork, seed: int) -> Encoded:
    samples = np.random.default_rng(seed).normal(0.0, 0.1, 16_000).astype(np.float32)
    return network.encode(samples, CancelToken())


def decoders(
    network: WhisperNetwork, encoded: Encoded, silence: Encoded | None = None
) -> tuple[BranchingDecoder, BranchingDecoder]:
    """Of the audio, and of what stands for silence."""
    return network.branching(encoded, "en"), network.branching(silence or encoded, "en")


def every_form(graph: TokenGraph, most: int) -> Iterator[tuple[tuple[int, ...], str]]:
    """All token sequences of sentences without courtesies, of at most some tokens."""
    todo: list[tuple[tuple[int, ...], GraphPlace]] = [((), graph.start())]
    while todo:
        tokens, place = todo.pop()
        yield from ((tokens, text) for text in place.complete)
        if len(tokens) < most:
            todo += [
                ((*tokens, token), graph.after(place, token))
                for token in map(int, graph.tokens(place))
            ]


def score(network: WhisperNetwork, encoded: Encoded, tokens: Sequence[int]) -> float:
    """The log-probability of one text by the decoder for one text."""
    import torch

    with torch.inference_mode():
        reader = WhisperDecoder(network._model, encoded)
        logits = reader.read([*network.tokens.prompt("en"), *tokens])[-1 - len(tokens) :]
        total = 0.0
        for at, token in enumerate([*tokens, network.tokens.end]):
            total += float(network._rules.text(tokens[:at], logits[at]).log_softmax(-1)[token])
    return total


@pytest.mark.parametrize("seed", range(3))
def test_the_beam_finds_what_trying_all_sentences_finds(
    network: WhisperNetwork, graph: TokenGraph, seed: int
) -> None:
    most = 5
    encoded = encode(network, seed)
    forms: dict[str, list[float]] = defaultdict(list)
    for tokens, text in every_form(graph, most):
        forms[text].append(score(network, encoded, tokens))
    expected = {text: float(np.logaddexp.reduce(scores)) for text, scores in forms.items()}
    expected = {text: total for text, total in expected.items() if total > -np.inf}
    assert len(expected) > 5
    assert max(map(len, forms.values())) > 2
    silence = network.encode(np.zeros(16_000, np.float32), CancelToken())
    found = likeliest_sentences(
        *decoders(network, encoded, silence), graph, CancelToken(), most=most, width=WIDE
    )
    assert {one.text: one.log_probability for one in found} == pytest.approx(expected, abs=1e-3)
    for one in found:
        loud, silent = (score(network, audio, one.tokens) for audio in (encoded, silence))
        assert (one.form_log_probability, one.heard(0)) == pytest.approx(
            (loud, loud - silent), abs=1e-3
        )


def test_what_is_expected_in_silence_counts_less(
    network: WhisperNetwork, graph: TokenGraph
) -> None:
    encoded, silence = encode(network, 1), encode(network, 2)
    forms: dict[str, list[float]] = defaultdict(list)
    for tokens, text in every_form(graph, 5):
        loud, silent = (score(network, audio, tokens) for audio in (encoded, silence))
        if loud > -np.inf:
            forms[text].append(loud - EXPECTED * silent)
    ranks = {text: float(np.logaddexp.reduce(scores)) for text, scores in forms.items()}
    found = likeliest_sentences(
        *decoders(network, encoded, silence), graph, CancelToken(), most=5, width=WIDE
    )
    assert [one.text for one in found] == sorted(ranks, key=lambda text: -ranks[text])


def test_the_limit_leaves_out_only_what_is_beyond_it(
    network: WhisperNetwork, graph: TokenGraph
) -> None:
    encoded = encode(network, 1)

    def search(least: float) -> list[ScoredSentence]:
        decoder, silence = decoders(network, encoded)
        return likeliest_sentences(
            decoder, silence, graph, CancelToken(), most=5, width=WIDE, least=least
        )

    everything, some = search(-np.inf), search(LEAST)
    near = {one.text for one in everything if one.form_log_probability > LEAST}
    assert 0 < len(near) < len(everything)
    assert near <= {one.text for one in some}
    assert len(some) < len(everything)
    assert some[0].text == everything[0].text


def test_the_texts_of_a_beam_do_not_mix(network: WhisperNetwork) -> None:
    import torch

    encoded = encode(network, 4)
    with torch.inference_mode():
        decoder = network.branching(encoded, "en")
        decoder.begin()
        decoder.branch([0, 0, 0], [20, 7, 99])
        decoder.branch([2, 0], [31, 31])
        scores = decoder.branch([0, 1, 1], [50, 50, 51])
        alone = []
        for tokens in ([99, 31, 50], [20, 31, 50], [20, 31, 51]):
            reader = WhisperDecoder(network._model, encoded)
            logits = reader.read([*network.tokens.prompt("en"), *tokens])[-1]
            alone.append(network._rules.text((0,), logits).log_softmax(-1))
    assert torch.allclose(scores, torch.stack(alone), atol=1e-3)


def test_a_search_can_be_cancelled(network: WhisperNetwork, graph: TokenGraph) -> None:
    token = CancelToken()
    encoded = network.encode(noise(), CancelToken())
    first_layer = network._model.model.decoder.layers[0].fc1
    decoder, silence = decoders(network, encoded)
    with before_each(first_layer, token.cancel), pytest.raises(Cancelled):
        likeliest_sentences(decoder, silence, graph, token)
