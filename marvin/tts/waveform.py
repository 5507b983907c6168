"""From a model's tensor to samples, and from its failures to errors that a user understands."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from marvin.backends.pretrained.failures import device_failures
from marvin.errors import SynthesisError
from marvin.types import AudioChunk

if TYPE_CHECKING:
    from marvin.types import Samples

_NAN = re.compile(r"\bnan\b")


@contextlib.contextmanager
def computing(model: str) -> Iterator[None]:
    """Around every computation of a voice.

    Raises:
        DeviceFailedError: The device has no memory left, or does not work any more.
        SynthesisError: The model failed in another way.
    """
    try:
        with device_failures(f"tts.model = {model!r}"):
            yield
    except (RuntimeError, ValueError, IndexError) as error:
        line = str(error).strip().partition("\n")[0]
        if _NAN.search(line):  # torch.multinomial of the probabilities, VITS of its splines
            raise not_a_number(model) from error
        raise SynthesisError(f"tts.model = {model!r} failed: {line}") from error


def samples_of(waveform: Any, model: str) -> Samples:
    """Shape (samples,), within full scale, of a tensor with any shape.

    Raises:
        SynthesisError: Some are not numbers. They would come out of the loudspeaker as a bang.
    """
    samples: Samples = waveform.detach().float().cpu().numpy().reshape(-1)
    if not np.isfinite(samples).all():
        raise not_a_number(model)
    return samples.clip(-1.0, 1.0)


def chunks(waveforms: Iterable[Samples], rate_hz: int) -> Iterator[AudioChunk]:
    """One chunk for each waveform, in one stream."""
    at = 0
    for samples in waveforms:
        yield AudioChunk(samples, rate_hz, at)
        at += len(samples)


def not_a_number(model: str) -> SynthesisError:
    """What to do about it."""
    return SynthesisError(
        f"tts.model = {model!r} computed what is not a number (NaN); "
        'tts.dtype = "float32" may help, otherwise its files are broken'
    )
