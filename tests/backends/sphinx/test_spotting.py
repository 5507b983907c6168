"""Spotting a phrase among arbitrary phones: its position, and how much better it fits."""

import numpy as np

from marvin.backends.sphinx.acoustics import STATES, Scores
from marvin.backends.sphinx.spotting import SpottedPhrase, filler, spot

PHONES, FRAMES = 5, 60


def sounds(*spans: tuple[int, int, int]) -> Scores:
    """Frames in which (phone, first frame, frame after the last) are heard, five per state."""
    scores = np.full((FRAMES, PHONES, STATES), -30.0, np.float32)
    scores[:, 4] = 0.0  # Phone 4 is the silence in between.
    for phone, first, end in spans:
        scores[first:end] = -30.0
        for state, frames in enumerate(np.array_split(np.arange(first, end), STATES)):
            scores[frames, phone, state] = 0.0
    return scores


def found(scores: Scores, *ways: tuple[int, ...], latest: int = 40) -> list[SpottedPhrase]:
    chains = [scores[:, list(way)].reshape(FRAMES, -1) for way in ways]
    lengths = [len(way) * STATES for way in ways]
    return spot(filler(scores), np.concatenate(chains, axis=1), lengths, latest)


def test_phrase_is_found_where_it_was_said() -> None:
    (place,) = found(sounds((0, 10, 25), (1, 25, 34)), (0, 1))
    assert list(place.starts[::STATES][:2]) == [10, 25]
    assert 31 <= place.starts[-1] <= 34  # It has ended within the last sound, however long that is.


def test_pronunciation_that_was_said_fits_better() -> None:
    said, not_said = found(sounds((0, 10, 25), (1, 25, 34)), (0, 1), (0, 2))
    assert said.margin > not_said.margin + 80


def test_phrase_that_ended_long_ago_does_not_count() -> None:
    (place,) = found(sounds((0, 5, 14), (1, 14, 23)), (0, 1), latest=20)
    assert place.margin < -100


def test_phrase_longer_than_the_sound_is_not_found() -> None:
    assert found(sounds()[:, :, :], tuple([0] * 30)) == []
