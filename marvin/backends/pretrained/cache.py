"""The name of the key-value cache in transformers."""

import inspect
from collections.abc import Callable
from typing import Any


def cache_name(forward: Callable[..., Any]) -> str:
    """The cache's name as a parameter of `forward` and a field of its output.

    `cache`, or `past_key_values` before transformers 5.24; empty if the model has neither.
    """
    parameters = inspect.signature(forward).parameters
    return next((name for name in ("cache", "past_key_values") if name in parameters), "")
