"""Which phrases are accepted, which with a warning, and which refused."""

import pytest

from marvin.workshop.wake_train.phrase import Pronouncer, check_phrase

# ruff: noqa: RUF001 - IPA looks like Latin on purpose.
DICTIONARY = {
    "hey": "HH EY", "marvin": "M AA R V IH N", "computer": "K AH M P Y UW T ER", "stop": "S T AA P",
    "cafe": "K AH F EY", "good": "G UH D", "morning": "M AO R N IH NG", "ada": "EY D AH",
}  # fmt: skip
FAKE = Pronouncer(
    lambda word: "ɡɪzmoʊ", lambda text: 0.1 * len(text.replace(" ", "")), DICTIONARY.get
)


def problems(text: str) -> str:
    phrase = check_phrase(text, 1.2, FAKE)
    return "\n".join(phrase.problems)


def warnings(text: str) -> str:
    phrase = check_phrase(text, 1.2, FAKE)
    assert phrase.problems == []
    return "\n".join(phrase.warnings)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "the phrase is empty"),
        (" ,. ", "the phrase is empty"),
        ("x9#", "pronunciation of 9 # is ambiguous. Spell numbers and signs as words"),
        ("привет", "Marvin trains English phrases: 'привет' has non-English letters"),
        ("你好", "Marvin trains English phrases"),
        ("straße", "(ß, Latin)"),
        ("'", "is not a word"),
        ("zxqvw", "'zxqvw' cannot be pronounced: it has no vowel"),
        ("hey marvin hey marvin hey", "has 5 words"),
        ("computer marvin", "takes 1.4 s to say; the model hears 1.2 s at once"),
    ],
)
def test_phrase_that_cannot_be_trained_is_refused_with_a_reason(text: str, message: str) -> None:
    assert message in problems(text)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("stop", "'stop' has one syllable: expect many false accepts"),
        ("ada", "'ada' has only 3 sounds"),
        ("gizmo", "'gizmo' is not in the dictionary; pronounced G IH Z M OW"),
        ("café marvin", "'café marvin' is read as 'cafe marvin'"),
        ("good morning", "occurs in nearly every conversation"),
        ("hey computer", "slow speakers will be missed"),
    ],
)
def test_phrase_that_may_disappoint_gets_a_warning(text: str, message: str) -> None:
    assert message in warnings(text)


def test_repeated_word_counts_twice_and_is_named_once() -> None:
    phrase = check_phrase("ada ada", 1.2, FAKE)
    assert phrase.sounds == "EY D AH EY D AH"
    assert not any("expect many false accepts" in warning for warning in phrase.warnings)
    assert len(check_phrase("gizmo gizmo", 1.2, FAKE).warnings) == 1


def test_good_phrase_becomes_lower_case_without_punctuation() -> None:
    phrase = check_phrase("  Marvin! ", 1.2, FAKE)
    assert (phrase.text, phrase.problems, phrase.warnings) == ("marvin", [], [])
    assert phrase.phones == {"marvin": "M AA R V IH N"}


def test_marvin_s_own_voice_and_dictionary_give_the_pronunciation() -> None:
    phrase = check_phrase("hey gizmolo", 1.2)
    assert phrase.phones["hey"] == "HH EY"
    assert phrase.phones["gizmolo"].startswith("G IH Z M")
    assert list(phrase.ipa) == ["gizmolo"]
    assert 0.4 < phrase.seconds < 1.1
    assert len(phrase.warnings) == 1
