"""Joining tokens to words, and word times from the attention."""

import numpy as np
import pytest

from marvin.stt.whisper.word_times import align, split_words, timed
from marvin.types import Word


def decode(tokens: list[int]) -> str:
    """Decode this test's tokens, which are bytes."""
    return bytes(tokens).decode(errors="replace")


@pytest.mark.parametrize(
    ("text", "language", "words"),
    [
        ("", "en", []),
        (" What time is it?", "en", [" What", " time", " is", " it?"]),
        ("Stop", "en", ["Stop"]),
        (" 3.5 €", "fr", [" 3.5", " €"]),
        ("几点了。", "zh", ["几", "点", "了。"]),
    ],
)
def test_tokens_are_joined_to_words(text: str, language: str, words: list[str]) -> None:
    found = split_words(list(text.encode()), decode, language)
    assert [word for word, _ in found] == words
    assert [count for _, count in found] == [len(word.encode()) for word in words]


def test_bytes_that_are_not_text_are_kept() -> None:
    found = split_words([0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 65], decode, "en")
    assert sum(count for _, count in found) == 6


def test_token_begins_where_the_heads_attend_to_it() -> None:
    rng = np.random.default_rng(1)
    weights = rng.uniform(0.0, 0.2, (2, 3, 60)).astype(np.float32)
    for token, begin in enumerate((0, 20, 35)):
        weights[:, token, begin : begin + 15] += 1.0
    starts = align(weights)
    assert starts[0] == 0
    assert np.allclose(starts, [0, 20, 35], atol=6)


@pytest.mark.parametrize(("tokens", "positions"), [(1, 1), (1, 20), (5, 3), (4, 4)])
def test_times_never_decrease(tokens: int, positions: int) -> None:
    rng = np.random.default_rng(2)
    starts = align(rng.uniform(0.0, 1.0, (2, tokens, positions)).astype(np.float32))
    assert len(starts) == tokens
    assert starts == sorted(starts)
    assert 0 <= starts[0] <= starts[-1] < positions


def test_words_get_the_times_of_their_tokens() -> None:
    words = timed([(" What", 2), (" ", 1), (" time?", 1)], [0, 3, 10, 12, 20], 0.02, 30.0)
    assert words == (Word("What", 30.0, 30.2), Word("time?", 30.24, 30.4))
