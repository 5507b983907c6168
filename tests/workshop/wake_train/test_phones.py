"""Phones are found in speech by its text, or by what pocketsphinx hears."""

import random

import numpy as np
import pytest

from marvin.backends.sphinx.pronunciation import PHONES
from marvin.types import RATE_HZ
from marvin.workshop.wake_train.audio_files import read_file
from marvin.workshop.wake_train.phones import (
    HOP_SAMPLES,
    SILENCE,
    UNKNOWN,
    AlignedPhones,
    align_phones,
)
from marvin.workshop.wake_train.voices import TrainingVoice, VoiceBox, speak
from tests.paths import SAMPLES


def said(text: str, **new_words: tuple[str, ...]) -> AlignedPhones:
    (samples,) = speak([(TrainingVoice("espeak-ng", "en-us"), text)], jobs=1)
    (heard,) = align_phones([(samples, text)], jobs=1, new_words=new_words)
    return heard


def runs(heard: AlignedPhones) -> list[str]:
    """Phones in the order in which they were found."""
    changes = np.flatnonzero(np.diff(heard.phones, prepend=UNKNOWN))
    codes = [int(heard.phones[at]) for at in changes]
    return [PHONES[code - 1] for code in codes if code > SILENCE]


def test_phones_of_a_text_are_aligned_in_order() -> None:
    heard = said("marvin what time")
    assert runs(heard)[:6] == ["M", "AA", "R", "V", "IH", "N"]
    (first, second, third) = heard.words
    assert first[0] < first[1] <= second[0] < third[0] < third[1]
    assert len(heard.phones) * HOP_SAMPLES >= third[1] - HOP_SAMPLES


def test_word_missing_from_the_dictionary_is_found_by_its_phones() -> None:
    assert np.all(said("zorbax").phones == UNKNOWN)
    assert runs(said("zorbax", zorbax=("Z", "AO", "R", "B", "AE", "K", "S")))[0] == "Z"


def test_without_a_text_pocketsphinx_recognises_phones() -> None:
    samples = read_file(SAMPLES / "what_time_is_it.wav")
    (heard,) = align_phones([(samples, None)], jobs=1)
    assert len(heard.phones) == -(-len(samples) // HOP_SAMPLES)
    assert len(set(runs(heard))) > 5


def test_silence_has_no_phones() -> None:
    (heard,) = align_phones([(np.zeros(RATE_HZ, np.float32), None)], jobs=1)
    assert runs(heard) == []


@pytest.mark.parametrize("held_out", [False, True])
def test_voices_are_separated_by_purpose(held_out: bool) -> None:
    box, rng = VoiceBox(), random.Random(3)
    drawn = [box.draw(rng, foreign=foreign, held_out=held_out) for foreign in (True, False) * 20]
    assert {voice.held_out for voice in drawn} == {held_out}
    assert len({voice.name for voice in drawn}) > 10
