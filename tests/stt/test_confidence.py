"""What the confidence of a transcript is made of."""

from marvin.sphinx.decoder import AlignedPhone, AlignedWord
from marvin.stt.confidence import confidence, gather


def word(start: int, *phones: tuple[int, float]) -> AlignedWord:
    return AlignedWord(start, tuple(AlignedPhone(frames, score) for frames, score in phones))


def test_evidence_counts_phones_not_frames() -> None:
    evidence = gather([word(0, (30, -3.0), (3, -9.0)), word(83, (7, -6.0))])
    assert evidence.fit == -6.0
    assert evidence.squeezed == 1 / 3
    assert evidence.pauses == 0.5


def test_what_fits_is_believed_and_what_does_not_is_not() -> None:
    good = [word(0, *[(8, -3.0)] * 8)]
    poor = [word(0, *[(8, -10.0)] * 8)]
    assert confidence(gather(good)) > 0.9
    assert confidence(gather(poor)) < 0.1


def test_long_commands_may_fit_less_well_than_short_ones() -> None:
    def fair(phones: int) -> float:
        return confidence(gather([word(0, *[(8, -6.0)] * phones)]))

    assert fair(20) > fair(3)


def test_words_with_a_long_pause_between_them_are_doubted() -> None:
    phones = [(8, -4.0)] * 4
    together = [word(0, *phones), word(32, *phones)]
    apart = [word(0, *phones), word(332, *phones)]
    assert confidence(gather(apart)) < confidence(gather(together))
