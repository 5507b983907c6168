"""A listener's "mhm" is no interruption, in any language; "yeah, but" is one."""

import pytest

from marvin.mind.backchannel import interjection, without_opening

REPLY = ["Ada wrote the first program.", "She lived in London with her children."]


def interrupts(text: str, *, least: int = 2, answers: bool = False) -> bool:
    return interjection(text, REPLY).interrupts(least, answers=answers)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Mm-hmm.",
        "mhm",
        "Yeah.",
        "Yeah, yeah, okay.",
        "Uh-huh, I see.",
        "Oh really? Wow!",
        "Ja, genau.",
        "Ach so, alles klar",
        "Oui, d\u2019accord.",
        "Sí, claro, vale",
        "Sì, va bene.",
        "Ja, dank je",
        "Ah OK, thank you.",
        "Tuesday",
    ],
)
def test_backchannels_and_single_words_do_not(text: str) -> None:
    assert not interrupts(text)


@pytest.mark.parametrize(
    "text",
    [
        "Yeah, but",
        "yeah but what about Grace",
        "okay, what time is it?",
        "Stop",
        "No.",
        "mhm wait",
        "Ja, aber",
        "Nein",
        "oui mais",
        "sí pero",
        "sì ma quando",
        "ja maar",
        "what day",
    ],
)
def test_words_do(text: str) -> None:
    assert interrupts(text)


@pytest.mark.parametrize(
    "text",
    [
        "Ada wrote the first program.",
        "the first program she lived in London",
        "She lived in London with her children",
        "Ada wrote the first program. Mm-hmm.",
        "first program",
        "lived",
    ],
)
def test_own_words_do_not(text: str) -> None:
    assert not interrupts(text)


def test_words_behind_the_own_do() -> None:
    assert interrupts("Ada wrote the first program. Who was Grace?")
    assert interrupts("in London who was Grace?")
    assert interrupts("She was who?")


def test_number_of_words_can_be_chosen() -> None:
    assert interrupts("Tuesday", least=1)
    assert not interrupts("Mhm", least=1)
    assert not interrupts("next Tuesday", least=3)


def test_any_word_answers_a_question() -> None:
    assert interrupts("Yes.", answers=True)
    assert not interrupts("", answers=True)
    assert not interrupts("She lived in London with her children", answers=True)


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        ("Yeah, but what day is it?", "what day is it?"),
        ("No, wait. Ten minutes.", "Ten minutes."),
        ("wait a minute who was Ada", "who was Ada"),
        ("What day is it?", "What day is it?"),
        ("Wait!", ""),
        ("Ja, aber", ""),
        ("stop", "stop"),
        ("", ""),
    ],
)
def test_opening_is_removed(text: str, rest: str) -> None:
    assert without_opening(text) == rest
