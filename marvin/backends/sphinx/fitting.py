"""Logistic regression, for the scripts that fit weights of evidence."""

import numpy as np
from numpy.typing import NDArray

_STEPS = 50


def balanced_weights(rows: NDArray[np.float64], true: NDArray[np.float64]) -> NDArray[np.float64]:
    """A weight for each column of `rows`, shape (n, columns); `true`, shape (n,), is 1 or 0.

    Both classes have the same total weight; a ridge penalty of 1 keeps the weights finite.
    """
    balance = np.where(true == 1, 0.5 / true.mean(), 0.5 / (1 - true.mean()))
    mean, spread = rows.mean(axis=0), rows.std(axis=0)
    inputs = np.column_stack([(rows - mean) / spread, np.ones(len(rows))])
    found = np.zeros(inputs.shape[1])
    for _ in range(_STEPS):
        chance = 1 / (1 + np.exp(-inputs @ found))
        slope = inputs.T @ (balance * (chance - true)) + found
        bend = (inputs * (balance * chance * (1 - chance))[:, None]).T @ inputs
        found -= np.linalg.solve(bend + np.eye(len(found)), slope)
    return np.asarray(found[:-1] / spread)
