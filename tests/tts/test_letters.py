"""Text is fitted to a model's characters, or refused with the name of its script."""

import string

import pytest

from marvin.errors import SynthesisError
from marvin.tts.letters import readable

LATIN = frozenset(string.ascii_letters + ",.'\"-!?")
LOWER = frozenset(string.ascii_lowercase + "'")


def test_known_characters_are_kept() -> None:
    assert readable("It's nine, Ada.", LATIN, "m") == "It's nine, Ada."


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("Café Zoë", "Cafe Zoe"),
        ("Cafe\u0301", "Cafe"),
        ("Straße", "Strasse"),
        ("“Don’t”", '"Don\'t"'),  # noqa: RUF001
        ("so … yes", "so . yes"),
        ("a 🙂 b", "a b"),
        ("a\tb\n", "a b"),
    ],
)
def test_other_characters_are_simplified_or_removed(text: str, plain: str) -> None:
    assert readable(text, LATIN, "m") == plain


def test_vocabulary_without_capitals_gets_none() -> None:
    assert readable("ÀB'C", LOWER, "m") == "ab'c"


def test_letters_of_an_older_encoding_are_recognised() -> None:
    assert readable("Ţț", frozenset("ţ"), "m") == "ţţ"


def test_foreign_word_in_a_sentence_is_left_out() -> None:
    assert readable("The word мир means peace.", LATIN, "m") == "The word means peace."


@pytest.mark.parametrize(
    ("text", "script"),
    [
        ("Привет, как дела?", "Cyrillic"),
        ("你好", "CJK"),
        ("안녕하세요", "Hangul"),
        ("مرحبا", "Arabic"),
        ("12 34", "digits"),
    ],
)
def test_unknown_script_is_an_error_that_names_it(text: str, script: str) -> None:
    with pytest.raises(SynthesisError, match=rf"tts\.model = 'm' cannot read {script}"):
        readable(text, LATIN, "m")
