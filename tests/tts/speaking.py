"""Shared checks of every voice's tests."""

from collections.abc import Callable

import numpy as np
import torch  # noqa: TID253 (a test)

from marvin.cancellation import CancelToken
from marvin.protocols import Synthesizer
from marvin.types import AudioChunk, Samples

SENTENCES = (
    "The timer for the pasta has 12 minutes left, and the kettle is on.",
    "I have moved your meeting with Sarah. It is 21 degrees in the living room.",
)
"""For voices with published weights, which Whisper hears."""


def say(voice: Synthesizer, text: str) -> list[AudioChunk]:
    return list(voice.synthesize(text, CancelToken()))


def joined(chunks: list[AudioChunk]) -> Samples:
    return np.concatenate([chunk.samples for chunk in chunks])


def alike(one: list[AudioChunk], other: list[AudioChunk]) -> bool:
    """Whether they sound the same, however they are split into chunks."""
    first, second = joined(one), joined(other)
    return len(first) == len(second) and np.allclose(first, second, rtol=0, atol=1e-5)


def check_sound(chunks: list[AudioChunk], rate_hz: int) -> None:
    """Check one stream of float32 samples at the model's rate, within full scale and not silent."""
    assert {chunk.rate_hz for chunk in chunks} == {rate_hz}
    assert [chunk.start for chunk in chunks] == [0, *(chunk.end for chunk in chunks[:-1])]
    samples = joined(chunks)
    assert samples.dtype == np.float32
    assert samples.ndim == 1
    assert 0 < np.abs(samples).max() <= 1.0


def cancel_at(module: torch.nn.Module, call: int) -> tuple[CancelToken, Callable[[], int]]:
    """A token that is cancelled at the module's nth forward pass, and the number of passes."""
    token = CancelToken()
    calls = 0

    def count(*_: object) -> None:
        nonlocal calls
        calls += 1
        if calls == call:
            token.cancel()

    module.register_forward_hook(count)
    return token, lambda: calls


class CancelledAt(CancelToken):
    """A token that is cancelled when checked for the nth time, with the number of checks."""

    def __init__(self, check: int) -> None:
        super().__init__()
        self._check = check
        self.checks = 0

    def check(self) -> None:
        self.checks += 1
        if self.checks == self._check:
            self.cancel()
        super().check()
