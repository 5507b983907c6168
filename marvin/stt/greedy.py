"""Greedy decoding with a draft.

A replacement for transformers' `generate` with the same result: it can be cancelled at every step,
returns the probabilities that the gates need, and accepts a draft. The partial transcript is the
draft for the next one, as in speculative decoding: the decoder verifies all of it in one step,
which takes little longer than one token, and keeps the tokens it would have generated itself.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from marvin.backends.pretrained.cache import cache_name

if TYPE_CHECKING:
    from torch import Tensor

    from marvin.cancellation import CancelToken

    Rules = Callable[[Sequence[int], Tensor], Tensor]
    """Masks the next token's logits, given the tokens so far."""


@dataclass(frozen=True, slots=True)
class Written:
    """Decoded tokens and their probability."""

    tokens: tuple[int, ...]
    """Without the end token."""
    log_probability: float
    """Mean over the tokens, including the end token; may be NaN."""
    ended: bool
    """With an end token, rather than at the length limit."""


class Reader(Protocol):
    """A decoder with a KV cache and one encoding of the audio."""

    def read(self, tokens: Sequence[int]) -> Tensor:
        """Append tokens; returns the logits after each, shape (tokens, vocabulary)."""

    def forget(self, count: int) -> None:
        """Remove the last `count` tokens."""


class TransformersReader:
    """transformers' decoder with a KV cache and one encoding of the audio."""

    def __init__(self, model: Any, encoded: Tensor) -> None:
        self._model = model
        self._encoded = encoded
        self._cache: Any = None
        self._cache_name = cache_name(model.model.decoder.forward)

    def read(self, tokens: Sequence[int]) -> Tensor:
        import torch

        output = self._model.model.decoder(
            input_ids=torch.tensor([tokens], device=self._encoded.device),
            encoder_hidden_states=self._encoded,
            use_cache=True,
            **{self._cache_name: self._cache},
        )
        self._cache = output[self._cache_name]
        logits: Tensor = self._model.proj_out(output.last_hidden_state[0])
        return logits.float()

    def forget(self, count: int) -> None:
        self._cache.crop(-count)


def write(
    reader: Reader,
    logits: Tensor,
    draft: Sequence[int],
    token: CancelToken,
    *,
    ends: Collection[int],
    most: int,
    allowed: Rules = lambda _, logits: logits,
) -> Written:
    """Decode greedily.

    Args:
        reader: Has read the prompt and the draft.
        logits: After the prompt, and after each token of the draft.
        draft: Only affects speed, never the result.
        token: Checked before each token.
        ends: End tokens.
        most: Maximum number of tokens.
        allowed: Masks forbidden tokens.

    Raises:
        Cancelled: The token was cancelled.
    """
    written: list[int] = []
    total, steps, ended = 0.0, 0, False
    while len(written) < most and not ended and total == total:
        token.check()
        if not len(logits):
            logits = reader.read(written[-1:])
        scores = allowed(written, logits[0])
        best = int(scores.argmax())
        total += float(scores[best] - scores.logsumexp(-1))
        steps += 1
        if best in ends:
            ended = True
            continue
        written.append(best)
        logits = logits[1:]
        if draft and draft[0] != best:
            reader.forget(len(draft))
            logits, draft = logits[:0], ()
        draft = draft[1:]
    return Written(tuple(written), total / max(1, steps), ended)
