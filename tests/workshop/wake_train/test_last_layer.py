"""The last layer, fitted anew."""

import numpy as np
import pytest

from marvin.workshop.wake_train.last_layer import fit, put


def test_fitted_layer_tells_the_phrase_from_the_rest_and_takes_few_others() -> None:
    rng = np.random.default_rng(1)
    said = np.repeat([1.0, 0.0], [400, 2_000])
    seen = rng.normal(0, 1, (2_400, 5)) + 4 * said[:, None] * np.eye(5)[2]
    weights, bias = fit(seen, said)
    totals = seen @ weights + bias
    assert np.argmax(weights) == 2
    assert np.mean(totals[said == 0] > 0) == pytest.approx(0.03, abs=0.001)
    assert np.mean(totals[said == 1] > 0) > 0.9


def test_layer_has_the_fitted_odds() -> None:
    import torch

    layer = torch.nn.Linear(3, 2)
    put(layer, np.array([1.0, -2.0, 0.5]), -0.25)
    other, phrase = layer(torch.tensor([2.0, 1.0, 4.0])).tolist()
    assert other == 0.0
    assert phrase == pytest.approx(2.0 - 2.0 + 2.0 - 0.25)
