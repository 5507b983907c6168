"""Windows to which the second look is fitted."""

import numpy as np

from marvin.types import RATE_HZ
from marvin.workshop.wake_train.second_look_material import RealVoices


def test_recordings_that_are_too_short_are_skipped() -> None:
    rng = np.random.default_rng(0)
    short, long = np.zeros(RATE_HZ // 4, np.float32), np.ones(2 * RATE_HZ, np.float32)
    shown = list(RealVoices([short, long], [[], []]).windows(rng, 10))
    assert len(shown) == 20
    assert all(window.samples.any() for window in shown)
    assert list(RealVoices([short], [[]]).windows(rng, 10)) == []
