"""Fitting weights that separate two classes."""

import numpy as np

from marvin.backends.sphinx.fitting import balanced_weights


def test_informative_features_get_weight_and_others_none() -> None:
    random = np.random.default_rng(1)
    true = np.r_[np.ones(50), np.zeros(2_000)]
    telling = random.normal(0, 1, len(true)) + 2 * true
    against = random.normal(0, 5, len(true)) - 10 * true
    weights = balanced_weights(
        np.column_stack([telling, against, random.normal(0, 1, len(true))]), true
    )
    assert weights[0] > 0.5
    assert weights[1] < -0.1
    assert abs(weights[2]) < 0.3 * weights[0]
    assert np.all(np.isfinite(weights))
