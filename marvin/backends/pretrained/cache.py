"""What transformers calls a decoder's cache of keys and values."""

import inspect
from collections.abc import Callable
from typing import Any


def cache_name(forward: Callable[..., Any]) -> str:
    """The cache's parameter of a model's `forward`, and its field of what that returns.

    `cache`, before transformers 5.24 `past_key_values`; empty where the model takes neither.
    """
    parameters = inspect.signature(forward).parameters
    return next((name for name in ("cache", "past_key_values") if name in parameters), "")
