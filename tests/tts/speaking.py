"""What the tests of every voice do."""

from collections.abc import Callable

import numpy as np
import torch  # noqa: TID253 (a test)

from marvin.cancellation import CancelToken
from marvin.protocols import Synthesizer
from marvin.types import AudioChunk, Samples


def say(voice: Synthesizer, text: str) -> list[AudioChunk]:
    return list(voice.synthesize(text, CancelToken()))


def joined(chunks: list[AudioChunk]) -> Samples:
    return np.concatenate([chunk.samples for chunk in chunks])


def check_sound(chunks: list[AudioChunk], rate_hz: int) -> None:
    """One stream of float32 samples at the model's rate, none over full scale, not silent."""
    assert {chunk.rate_hz for chunk in chunks} == {rate_hz}
    assert [chunk.start for chunk in chunks] == [0, *(chunk.end for chunk in chunks[:-1])]
    samples = joined(chunks)
    assert samples.dtype == np.float32
    assert samples.ndim == 1
    assert 0 < np.abs(samples).max() <= 1.0


def cancel_at(module: torch.nn.Module, call: int) -> tuple[CancelToken, Callable[[], int]]:
    """A token that is cancelled when the module computes for the nth time; and how often it did."""
    token = CancelToken()
    calls = 0

    def count(*_: object) -> None:
        nonlocal calls
        calls += 1
        if calls == call:
            token.cancel()

    module.register_forward_hook(count)
    return token, lambda: calls
