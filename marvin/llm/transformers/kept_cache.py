"""A KV cache that is kept for the next turn of the conversation."""

from __future__ import annotations

from itertools import takewhile
from typing import TYPE_CHECKING, Any

from marvin.backends.pretrained.cache import cache_name
from marvin.backends.pretrained.lock import transformers_lock

if TYPE_CHECKING:
    from collections.abc import Sequence


class KeptCache:
    """A transformers cache and the tokens that it covers.

    `take` it for a call and `keep` it afterwards; if the call fails, it is lost.
    """

    def __init__(self, model: Any) -> None:
        self._config = model.config
        self.name = cache_name(model.forward)
        """Its argument name in `generate`; empty for models that create their own."""
        self._possible = bool(self.name) and _only_attention(model)
        self._cache: Any = None
        self._covered: tuple[int, ...] = ()

    def take(self, ids: Sequence[int], most: int | None = None) -> tuple[Any, int]:
        """A cache, and how many of the prompt's tokens it covers: never all of them, and at `most`
        so many.

        None for models that create their own: state-space models cannot be rewound.
        """
        with transformers_lock:
            from transformers import DynamicCache

        if not self._possible:
            return None, 0
        cache, self._cache = self._cache, None
        # The last token is always read again, for the logits of the next one.
        pairs = zip(self._covered, ids[:-1][:most], strict=False)
        common = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
        if common and cache is not None and _shortened(cache, common):
            return cache, common
        return DynamicCache(config=self._config), 0

    def keep(self, cache: Any, covered: Sequence[int]) -> None:
        """Keep it for the next call. A stopped step may have added more than `covered`."""
        if cache is not None and covered and _shortened(cache, len(covered)):
            self._cache = cache
            self._covered = tuple(covered[: cache.get_seq_length()])


def _only_attention(model: Any) -> bool:
    with transformers_lock:
        from transformers import DynamicCache
        from transformers.cache_utils import DynamicLayer, DynamicSlidingWindowLayer

    layers = DynamicCache(config=model.config).layers
    return all(type(layer) in (DynamicLayer, DynamicSlidingWindowLayer) for layer in layers)


def _shortened(cache: Any, tokens: int) -> bool:
    """Crop each layer to its first `tokens`; returns whether that was possible."""
    for layer in cache.layers:
        surplus = layer.get_seq_length() - tokens
        if surplus <= 0:
            continue
        if layer.is_sliding and layer.get_seq_length() >= layer.sliding_window:
            # Tokens that slid out of the window are gone.
            return False
        layer.crop(-surplus)
    return True
