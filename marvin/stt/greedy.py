"""Writes the likeliest token after the other.

An own loop instead of transformers' `generate`, whose result it gives: it can be stopped in every
step, it yields the probabilities that the gates ask for, and it takes a draft. What an earlier and
shorter part of the utterance was written as is mostly how the longer one begins: the decoder reads
all of it in one step, which takes little longer than reading one token, and each token that it
would have written itself stands. Only what follows is written one by one.
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
    """Of the tokens so far and the next one's logits: what may follow."""


@dataclass(frozen=True, slots=True)
class Written:
    """Tokens, and how sure the model is of them."""

    tokens: tuple[int, ...]
    """Without the end."""
    log_probability: float
    """Mean over the tokens, the end included; NaN where the model computes it."""
    ended: bool
    """By itself: there was room for more."""


class Reader(Protocol):
    """A decoder that has read some tokens beside one encoding of the audio."""

    def read(self, tokens: Sequence[int]) -> Tensor:
        """The logits after each of these further tokens, shape (tokens, vocabulary)."""

    def forget(self, count: int) -> None:
        """The last so many tokens."""


class TransformersReader:
    """A decoder of transformers that has read some tokens beside one encoding of the audio."""

    def __init__(self, model: Any, encoded: Tensor) -> None:
        self._model = model
        self._encoded = encoded
        self._cache: Any = None
        self._cache_name = cache_name(model.model.decoder.forward)

    def read(self, tokens: Sequence[int]) -> Tensor:
        """The logits after each of these further tokens, shape (tokens, vocabulary)."""
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
        """The last so many tokens."""
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
    """The likeliest tokens, at most so many.

    Args:
        reader: Has read the prompt and the draft.
        logits: After the prompt, and after each token of the draft.
        draft: What the text may begin with; whatever it is, the text is the same.
        token: Checked before each token.
        ends: Tokens after the text.
        most: Most tokens to write.
        allowed: Makes what must not follow impossible.

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
