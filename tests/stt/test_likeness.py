"""What a free text may say besides a sentence of the skills for it to be that sentence."""

import pytest

from marvin.stt.grammar_spelling import words_in
from marvin.stt.whisper.likeness import alike


@pytest.mark.parametrize(
    ("free", "sentence"),
    [
        ("Turn on the kitchen light.", "turn on the kitchen light"),
        ("Set bed light to 50%", "set bed light to fifty percent"),
        ("Activate blue lightning", "activate mood lighting"),
        ("time for status", "timer status"),
        ("Cancel all tires, please", "cancel all timers"),
        ("Hot!", "pause"),
        ("It's time to activate blue lighting", "activate mood lighting"),
        ("Turn off lights in the open", "turn off lights in the office"),
    ],
)
def test_two_spellings_of_the_same_words(free: str, sentence: str) -> None:
    assert alike(words_in("en", free), sentence.split())


@pytest.mark.parametrize(
    ("free", "sentence"),
    [
        ("Pause the garden hose", "pause"),
        ("Stop bothering me", "stop"),
        ("Turn on the lights in the attic", "turn on the lights"),
        ("Turn on the lights and call mum", "turn on the lights"),
        ("Set a timer for five minutes called noodles", "set a timer for five minutes"),
        ("Do not turn on the lights", "turn on the lights"),
        ("Never turn on the lights", "turn on the lights"),
        ("You did it, I had connections", "next"),
        ("Add 5 minutes to end timer", "add five minutes to the timer"),
        ("On", "turn on the kitchen light"),
        ("", "stop"),
    ],
)
def test_more_than_the_sentence_says(free: str, sentence: str) -> None:
    assert not alike(words_in("en", free), sentence.split())
