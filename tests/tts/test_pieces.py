"""Splitting long text where a reader would breathe, without losing any of it."""

# ruff: noqa: RUF001 (marks of Chinese)

import pytest

from marvin.tts.pieces import pieces, speakable


@pytest.mark.parametrize("text", ["", "  \n\t", "…", "?!", "🙂🤖", "—", "\u200b"])
def test_punctuation_alone_has_no_words(text: str) -> None:
    assert not speakable(text)
    assert list(pieces(text, 50)) == []


@pytest.mark.parametrize("text", ["a", "7", "é", "你", "🙂 ok"])
def test_letter_or_digit_can_be_spoken(text: str) -> None:
    assert speakable(text)


def test_short_text_stays_whole() -> None:
    assert list(pieces("  It is  nine.\nGood morning. ", 50)) == ["It is nine. Good morning."]


def test_sentence_ends_are_preferred_to_commas_and_commas_to_spaces() -> None:
    text = "It is nine, and it rains. Take a thick coat, an umbrella and your boots today"
    assert list(pieces(text, 40)) == [
        "It is nine, and it rains.",
        "Take a thick coat,",
        "an umbrella and your boots today",
    ]


def test_numbers_and_times_are_not_split() -> None:
    assert list(pieces("The result is 3.141,592 or 9:30", 24)) == [
        "The result is 3.141,592",
        "or 9:30",
    ]


def test_chinese_is_split_without_spaces() -> None:
    assert list(pieces("今天下雨。带上雨伞，穿好靴子", 24)) == [
        "今天下雨。",
        "带上雨伞，",
        "穿好靴子",
    ]


@pytest.mark.parametrize("text", ["x" * 5_000, "word " * 1_000, "你" * 2_000, "Yes. " * 1_000])
def test_nothing_of_a_huge_text_is_lost(text: str) -> None:
    cut = list(pieces(text, 120))
    assert max(map(len, cut)) <= 120
    assert "".join(cut).replace(" ", "") == text.replace(" ", "")
