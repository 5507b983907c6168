"""The components of a transcript's confidence."""

import numpy as np

from marvin.backends.sphinx.decoder import AlignedPhone, AlignedWord
from marvin.stt.sphinx.confidence import confidence, gather, word_confidence
from marvin.stt.sphinx.rivals import Rival, alternatives, certainty


def word(start: int, *phones: tuple[int, float]) -> AlignedWord:
    return AlignedWord(start, tuple(AlignedPhone(frames, score) for frames, score in phones))


def test_evidence_counts_phones_not_frames() -> None:
    evidence = gather([word(0, (30, -3.0), (3, -9.0)), word(83, (7, -6.0))])
    assert evidence.fit == -6.0
    assert evidence.squeezed == 1 / 3
    assert evidence.pauses == 0.5


def test_good_fit_is_trusted_and_bad_fit_is_not() -> None:
    good = [word(0, *[(8, -3.0)] * 8)]
    poor = [word(0, *[(8, -10.0)] * 8)]
    assert confidence(gather(good)) > 0.9
    assert confidence(gather(poor)) < 0.1


def test_long_commands_may_fit_less_well_than_short_ones() -> None:
    def fair(phones: int) -> float:
        return confidence(gather([word(0, *[(8, -6.0)] * phones)]))

    assert fair(20) > fair(3)


def test_words_with_a_long_pause_in_between_are_doubted() -> None:
    phones = [(8, -4.0)] * 4
    together = [word(0, *phones), word(32, *phones)]
    apart = [word(0, *phones), word(332, *phones)]
    assert confidence(gather(apart)) < confidence(gather(together))


def test_one_badly_fitting_phone_is_enough_to_doubt_a_word() -> None:
    fits = [word(0, *[(8, -4.0)] * 12)]
    bent = [word(0, *[(8, -4.0)] * 11, (8, -16.0))]
    quiet = np.zeros(120, bool)
    assert word_confidence(fits, quiet) > 0.9
    assert word_confidence(bent, quiet) < 0.1


def test_speech_after_the_last_word_lowers_the_confidence() -> None:
    said = [word(0, *[(8, -4.0)] * 12)]
    more = np.zeros(200, bool)
    more[100:170] = True
    assert word_confidence(said, more) < 0.1


def test_closest_rival_limits_the_confidence() -> None:
    far, near = Rival("set a timer for ten minutes", 80.0), Rival("turn it off", -5.0)
    assert certainty([]) == 1.0
    assert certainty([far]) > 0.9
    assert certainty([near, far]) < 0.5
    assert alternatives([near, far]) == ("turn it off",)
